//! What follows from a statement, given what is stored.

use jiff::Timestamp;

use super::{Early, Ids, Subject, Submitted, early};
use crate::{
    domain::{
        finding::WarningKind,
        ids::OnboardingId,
        onboarding::{
            Onboarding,
            lease::By,
            submission::{
                self, Hire, Ignored, Kind, Meant, Verdict, is_anonymised, is_same_person,
            },
        },
    },
    store::{
        Actor, NewHistoryEntry, StoreError,
        backend::{HireContext, HireQuery, RequestQuery},
        change::{Change, Plan, Stored, Write},
        events::HistoryEvent,
        history::insertion,
        records::{Records, Source, millis},
        sql::{Statement, values},
    },
};

/// A statement, and who hands it in.
pub(super) struct Said<'a> {
    pub records: &'a Records,
    pub query: &'a HireQuery,
    pub hire: &'a Hire,
    /// The id of a new record.
    pub id: OnboardingId,
    pub by: &'a Actor,
    pub now: Timestamp,
}

/// What is stored of the hire that a statement means.
struct Known {
    before: Option<Box<Stored>>,
    /// Another person's hire goes by the application.
    is_shared: bool,
    withdrawn: Option<Option<Timestamp>>,
    early: Vec<Early>,
    has_room: bool,
}

/// What becomes of a hire.
pub(super) fn plan_submit(
    said: &Said<'_>,
    context: HireContext,
) -> Result<Plan<Submitted>, StoreError> {
    let hire = said.hire;
    let (latest, meant, anonymised, known) = match context {
        HireContext::NoTenant | HireContext::Person { .. } => {
            return Ok(Plan::answer(Submitted::NoTenant));
        }
        HireContext::Requested {
            content,
            onboarding,
        } => {
            // What an erased hire was asked with is not known any more.
            let request = said.query.request;
            let same = content.is_empty() || request.is_some_and(|request| request.said(&content));
            return Ok(Plan::answer(match same {
                true => Submitted::Stored(onboarding),
                false => Submitted::RequestReused,
            }));
        }
        HireContext::Source {
            latest,
            meant,
            withdrawn,
            anonymised,
            early,
            has_room,
        } => {
            let known = Known {
                before: None,
                is_shared: false,
                withdrawn,
                early,
                has_room,
            };
            (latest, meant, anonymised, known)
        }
    };
    if meant == Meant::Several {
        return Err(several(&hire.key.external_id));
    }
    let is_shared = matches!(meant, Meant::Shared { .. })
        && !latest
            .as_ref()
            .is_some_and(|it| is_same_person(&it.onboarding.content.draft, &hire.draft));
    let before = latest.filter(|_| !is_shared);
    // Of a hire that goes on, only the person counts: its application may be another one's too.
    let [of_hire, of_person] = anonymised;
    let lives = before.as_ref().is_some_and(|it| !it.onboarding.erased);
    let anonymised = match hire.person {
        Some(_) if lives => of_person,
        _ => of_hire.max(of_person),
    };
    if is_anonymised(hire.event_time, anonymised) {
        return ignore(said, before);
    }
    follow(
        said,
        Known {
            before,
            is_shared,
            ..known
        },
    )
}

fn several(id: &crate::domain::ids::ExternalId) -> StoreError {
    StoreError::SeveralHires(id.as_str().to_owned())
}

/// Nothing is stored of a person whom the source has anonymised since.
fn ignore(said: &Said<'_>, before: Option<Box<Stored>>) -> Result<Plan<Submitted>, StoreError> {
    let event = HistoryEvent::StatementIgnored {
        kind: said.hire.kind(),
        why: Ignored::Anonymized,
    };
    let Some(before) = before else {
        return Ok(said.without_hire(vec![event], Submitted::NoHire));
    };
    let of = &before.onboarding;
    let (records, by, now) = (said.records, said.by, said.now);
    Ok(Plan {
        writes: before.save_noting(records, of, By::Outside, by, vec![event], now)?,
        answer: Submitted::Stored(Box::new(of.clone())),
    })
}

/// What follows from a statement about somebody who is not anonymised.
fn follow(said: &Said<'_>, known: Known) -> Result<Plan<Submitted>, StoreError> {
    let Said {
        records,
        hire,
        id,
        by,
        now,
        ..
    } = *said;
    let mut after = known
        .before
        .as_ref()
        .map(|stored| stored.onboarding.clone());
    let mut verdict = match known.is_shared {
        true => submission::submit_shared(known.withdrawn, hire, id, now),
        false => submission::submit(after.as_mut(), known.withdrawn, hire, id, now),
    };
    let mut events = said.remarks();
    events.extend(HistoryEvent::of_statement(hire.kind(), &verdict));
    let keeps = verdict == Verdict::NotKnown && hire.event_time.is_some() && known.has_room;
    if keeps {
        events.push(HistoryEvent::StatementKept { kind: hire.kind() });
    }
    let confirmed = match &mut verdict {
        Verdict::New(onboarding) => Some(&mut **onboarding),
        Verdict::Changed => after.as_mut(),
        _ => None,
    };
    let mut writes = Vec::new();
    let mut next = None;
    if let Some(confirmed) = confirmed {
        let applied = early::apply(&known.early, hire, confirmed, id, now);
        events.extend(applied.events);
        writes.extend(applied.forget.map(Write::Statement));
        next = applied.next;
    }
    let mut of_new = Vec::new();
    if let Verdict::New(onboarding) = &verdict {
        let amended = HistoryEvent::Amended { by_operator: false };
        of_new.extend((onboarding.content.revision > 1).then_some(amended));
        of_new.append(&mut events);
    }
    match (&known.before, &after) {
        _ if matches!(verdict, Verdict::Differs(_)) => {}
        (Some(before), Some(after)) => {
            writes.extend(before.save_noting(records, after, By::Outside, by, events, now)?);
        }
        _ if keeps => writes.extend(said.entries(events)),
        _ => {}
    }
    if keeps {
        let kept = early::keep(records, &said.query.ids, hire, id, now)?;
        writes.push(Write::Statement(kept));
        let answer = Submitted::NoHire;
        return Ok(Plan { writes, answer });
    }
    if let Verdict::New(onboarding) = &verdict {
        let change = Change::new(records, onboarding, by, of_new)?;
        writes.push(Write::Onboarding(Box::new(change)));
    }
    if let Some(next) = &next {
        let change = Change::new(records, next, by, Vec::new())?;
        writes.push(Write::Onboarding(Box::new(change)));
    }
    let answer = next.map_or_else(|| Submitted::of(verdict, after), Submitted::Stored);
    if let (Some(request), Submitted::Stored(onboarding)) = (said.query.request, &answer) {
        let remembered = remembered(said.query, request, onboarding.id, now);
        writes.push(Write::Statement(remembered));
    }
    Ok(Plan { writes, answer })
}

impl Said<'_> {
    /// What the history says of a statement, whatever becomes of it.
    fn remarks(&self) -> Vec<HistoryEvent> {
        let is_untimed = |it: &WarningKind| *it == WarningKind::EventTimeUnlikely;
        let is_untimed = self.hire.remarks.iter().any(|it| is_untimed(&it.kind));
        untimed(is_untimed, self.hire.kind())
    }

    /// Entries about no onboarding.
    fn entries(&self, events: Vec<HistoryEvent>) -> Vec<Write> {
        let entries = events.into_iter().map(|event| {
            let entry = NewHistoryEntry {
                time: self.now,
                tenant: Some(self.hire.key.tenant.clone()),
                onboarding: None,
                outcome: self.by.success(),
                actor: self.by.clone(),
                event,
            };
            Write::Statement(insertion(self.records, &entry))
        });
        entries.collect()
    }

    fn without_hire(&self, events: Vec<HistoryEvent>, answer: Submitted) -> Plan<Submitted> {
        Plan {
            writes: self.entries(events),
            answer,
        }
    }
}

fn untimed(is_untimed: bool, kind: Kind) -> Vec<HistoryEvent> {
    let event = HistoryEvent::EventTimeIgnored { kind };
    is_untimed.then_some(event).into_iter().collect()
}

/// What becomes of a withdrawal.
pub(super) fn plan_withdraw(
    records: &Records,
    ids: &Ids,
    context: HireContext,
    subject: &Subject,
    by: &Actor,
    now: Timestamp,
) -> Result<Plan<Option<Onboarding>>, StoreError> {
    let HireContext::Source {
        latest,
        meant,
        anonymised: [of_hire, of_person],
        ..
    } = context
    else {
        return Ok(Plan::answer(None));
    };
    if meant == Meant::Several {
        return Err(several(&subject.key.external_id));
    }
    let means_another = matches!(meant, Meant::Shared { is_known: true, .. });
    let Some(before) = latest.filter(|_| !means_another) else {
        let source = ids.person.as_ref().filter(|_| means_another);
        let tombstone = tombstone(source.unwrap_or(&ids.source), subject.event_time, now);
        return Ok(Plan {
            writes: vec![Write::Statement(tombstone)],
            answer: None,
        });
    };
    let mut after = before.onboarding.clone();
    let mut verdict = submission::withdraw(&mut after, subject.event_time, now);
    if verdict == Verdict::Unchanged
        && after.erased
        && is_anonymised(subject.event_time, of_hire.max(of_person))
    {
        verdict = Verdict::Ignored(Ignored::Anonymized);
    }
    let mut also = untimed(subject.is_untimed, Kind::Withdrawal);
    also.extend(HistoryEvent::of_statement(Kind::Withdrawal, &verdict));
    Ok(Plan {
        writes: before.save_noting(records, &after, By::Outside, by, also, now)?,
        answer: Some(after),
    })
}

/// Remembers the withdrawal of a hire that is not known, with its latest time.
fn tombstone(source: &Source, event_time: Option<Timestamp>, now: Timestamp) -> Statement {
    let (tenant, account, system, index) = source.columns();
    let event_time = event_time.map(Timestamp::as_microsecond);
    Statement::new(
        "INSERT INTO tombstones (tenant, account, system, source_index, event_time, noted)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant, account, system, source_index) DO UPDATE SET
            noted = excluded.noted, event_time = CASE
            WHEN tombstones.event_time >= excluded.event_time OR excluded.event_time IS NULL
            THEN tombstones.event_time ELSE excluded.event_time END",
        values![tenant, account, system, index, event_time, millis(now)],
    )
}

/// Remembers what a request id was used for. If another replica has just stored the same one this
/// fails, and the script begins anew and finds it.
fn remembered(
    query: &HireQuery,
    request: RequestQuery,
    id: OnboardingId,
    now: Timestamp,
) -> Statement {
    let (tenant, account, ..) = query.ids.source.columns();
    Statement::new(
        "INSERT INTO requests (tenant, account, request_index, content_index, onboarding, noted)
         VALUES ($1, $2, $3, $4, $5, $6)",
        values![
            tenant,
            account,
            request.id,
            request.content,
            id.to_string(),
            millis(now)
        ],
    )
}
