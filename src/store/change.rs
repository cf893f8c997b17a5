//! What a move of an onboarding writes. Pure but for the sealing: the back ends apply it with
//! their own SQL and decide nothing.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Actor, HistoryEntry, NewHistoryEntry, StoreError,
    chain::Head,
    events::HistoryEvent,
    history::chained,
    records::{HashedIds, Index, Purpose, Records, Source, millis, millis_up, rank},
    sql::{Statement, values},
};
use crate::{
    db::DataKey,
    domain::{
        field::Field,
        finding::Problem,
        ids::OnboardingId,
        onboarding::{
            Onboarding, State,
            acceptance::{Acceptance, AcceptanceObservation, AcceptanceSubject, learned},
            lease::Lease,
        },
        tenant::Tenant,
    },
};

/// For how long the login of a person just created stays reserved: longer than a directory may be
/// old, and longer than Lucca was ever assumed to hide a new person.
pub(super) const RESERVED_AFTER_CREATION: Duration = Duration::from_secs(600);

/// An onboarding as it was loaded.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    /// Its row.
    pub seq: i64,
    /// Its lease. On PostgreSQL `wake` is `None`, for only the server's clock tells the end.
    pub lease: Lease,
    /// The sort keys of lists, as stored.
    pub urgency: String,
    pub update_time: i64,
    /// What seals its values; `None`: an older version has stored it.
    pub key: Option<DataKey>,
    /// The end of the chain of its history.
    pub history: Head,
    /// The ids of an erased hire.
    pub ids: Option<HashedIds>,
    /// The onboarding, with its attempts.
    pub onboarding: Onboarding,
}

/// Something to be written in the transaction that a script runs in.
#[derive(Debug)]
pub(super) enum Write {
    /// A new onboarding, or what has changed of one.
    Onboarding(Box<Change>),
    /// Leases that were granted and change nothing else of these rows.
    Leases {
        rows: Vec<i64>,
        now: Timestamp,
        until: Timestamp,
    },
    /// Anything else.
    Statement(Statement),
}

/// What a script has decided: what to write, and what to answer once it is durable.
pub(super) struct Plan<A> {
    pub writes: Vec<Write>,
    pub answer: A,
}

impl<A> Plan<A> {
    /// Writes nothing.
    pub(super) fn answer(answer: A) -> Self {
        Self {
            writes: Vec::new(),
            answer,
        }
    }
}

/// What becomes of a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeaseChange {
    /// It stays as it is.
    Keep,
    /// Its worker holds it until then.
    Hold(Timestamp),
    /// Nobody holds it.
    End,
}

/// What becomes of the reservation of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReservationChange {
    /// The onboarding takes it. It must be free.
    Take {
        /// The login.
        login: Index,
        /// An operator wants a new employee: a login that is kept after a creation is free.
        anyway: bool,
    },
    /// The onboarding frees what it holds, after this span at the latest.
    FreeAfter(Duration),
}

/// An attempt that is new or has changed.
#[derive(Debug)]
pub(super) struct AttemptRow {
    pub number: u32,
    pub open: bool,
    /// The sealed intent; `None`: the stored one stays.
    pub intent: Option<Vec<u8>>,
}

/// Something sealed, with the number of its attempt.
pub(super) type Numbered = (u32, Vec<u8>);

/// What a move writes of an onboarding.
#[derive(Debug)]
pub(super) struct Change {
    /// The row that changes; `None`: a new one.
    pub seq: Option<i64>,
    pub id: OnboardingId,
    pub source: Source,
    pub episode: u32,
    /// When the change is made.
    pub now: Timestamp,
    pub state: &'static str,
    /// The codes of its questions.
    pub problem: Option<String>,
    /// The sort key of lists.
    pub urgency: String,
    pub lucca_user: Option<i64>,
    /// When a worker should look at it, unless one holds a lease: milliseconds.
    pub due: Option<i64>,
    pub token: i64,
    pub lease: LeaseChange,
    /// Milliseconds.
    pub update_time: i64,
    /// From when the retention time counts: milliseconds; `None`: it does not.
    pub retain_from: Option<i64>,
    pub document: Vec<u8>,
    /// A new data key, sealed; `None`: the stored one stays.
    pub data_key: Option<Vec<u8>>,
    /// By what it is found from now on; `None`: as before.
    pub lookups: Option<Vec<(&'static str, Index)>>,
    /// The person is erased: all stored evidence goes, and so does a reservation that is free.
    pub erases: bool,
    pub attempts: Vec<AttemptRow>,
    /// Sealed evidence to be added, with the numbers of the attempts.
    pub evidence: Vec<Numbered>,
    pub reservation: Option<ReservationChange>,
    /// What the change shows of Lucca's acceptance, in the order of the subjects.
    pub learned: Vec<AcceptanceObservation>,
    /// Entries of the history, each with its hash.
    pub history: Vec<(HistoryEntry, Index)>,
}

impl Change {
    /// A new onboarding. `also`: what else the history says of it.
    pub(super) fn new(
        records: &Records,
        onboarding: &Onboarding,
        actor: &Actor,
        also: Vec<HistoryEvent>,
    ) -> Result<Self, StoreError> {
        let event = HistoryEvent::Moved {
            to: onboarding.state(),
            reason: onboarding.reason(None),
        };
        let now = onboarding.create_time;
        let (key, sealed) = records.data_key(onboarding)?;
        let mut history = Head::new();
        let events = [event].into_iter().chain(also);
        let entries = events.map(|event| entry(onboarding, now, actor, event));
        let entries = chained(records, &mut history, entries);
        Ok(Self {
            lookups: Some(records.lookups(onboarding, None)),
            history: entries,
            data_key: Some(sealed),
            ..Self::row(records, &key, onboarding, (&history, None), now)?
        })
    }

    /// What has changed of an onboarding, with the lease as it is from now on. `also`: what else the
    /// history says of it.
    pub(super) fn of(
        records: &Records,
        before: &Stored,
        after: &Onboarding,
        lease: Lease,
        actor: &Actor,
        also: Vec<HistoryEvent>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let events = HistoryEvent::of_change(&before.onboarding, after).into_iter();
        let entries = events.map(|event| entry(after, after.update_time, actor, event));
        let also = also
            .into_iter()
            .map(|event| entry(after, now, actor, event));
        let entries = entries.chain(also).collect();
        Self::with(records, before, after, lease, entries, now)
    }

    /// The same, with these entries of the history.
    pub(super) fn with(
        records: &Records,
        before: &Stored,
        after: &Onboarding,
        lease: Lease,
        entries: Vec<NewHistoryEntry>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let Stored {
            seq,
            lease: old_lease,
            key: old_key,
            history: before_history,
            ids: old_ids,
            onboarding: before,
            ..
        } = before;
        let erases = after.erased && !before.erased;
        let looked_up_anew = after.draft() != before.draft()
            || after.person != before.person
            || after.also_known != before.also_known;
        // An erasure writes everything anew, with another key: what the old one has sealed is lost.
        let (key, data_key) = match old_key {
            Some(key) if !erases => (key.clone(), None),
            _ => records
                .data_key(after)
                .map(|(key, sealed)| (key, Some(sealed)))?,
        };
        let (attempts, evidence) = attempts(records, &key, before, after, erases)?;
        let ids = match old_ids {
            None if after.erased => Some(records.hashed_ids(before)),
            ids => ids.clone(),
        };
        let mut history = before_history.clone();
        let entries = chained(records, &mut history, entries);
        Ok(Self {
            seq: Some(*seq),
            token: i64::try_from(lease.token).map_err(|_| StoreError::Malformed)?,
            lease: lease_change(*old_lease, lease),
            lookups: looked_up_anew.then(|| records.lookups(after, ids.as_ref())),
            erases,
            attempts,
            evidence,
            reservation: reservation(records, before, after),
            learned: learned(before, after),
            history: entries,
            data_key,
            ..Self::row(records, &key, after, (&history, ids.as_ref()), now)?
        })
    }

    /// The row of an onboarding that nobody holds, and nothing beside it.
    fn row(
        records: &Records,
        key: &DataKey,
        of: &Onboarding,
        (history, ids): (&Head, Option<&HashedIds>),
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            seq: None,
            id: of.id,
            source: records.source_of(of, ids),
            episode: of.key.episode,
            now,
            state: of.state().as_str(),
            problem: of.problem().map(Problem::codes_as_text),
            urgency: rank(of),
            lucca_user: of.lucca_user().as_ref().map(|user| user.id.get()),
            due: of.due().map(millis_up),
            token: 0,
            lease: LeaseChange::End,
            update_time: millis(of.update_time),
            retain_from: of.retained_from().map(millis_up),
            document: records.seal_onboarding(key, of, history, ids)?,
            data_key: None,
            lookups: None,
            erases: false,
            attempts: Vec::new(),
            evidence: Vec::new(),
            reservation: None,
            learned: Vec::new(),
            history: Vec::new(),
        })
    }
}

/// An entry about an onboarding.
pub(super) fn entry(
    of: &Onboarding,
    time: Timestamp,
    actor: &Actor,
    event: HistoryEvent,
) -> NewHistoryEntry {
    NewHistoryEntry {
        time,
        tenant: Some(of.key.tenant.clone()),
        onboarding: Some(of.id),
        outcome: actor.success(),
        actor: actor.clone(),
        event,
    }
}

fn lease_change(before: Lease, after: Lease) -> LeaseChange {
    match after.wake {
        Some(until) if after.held && after.wake != before.wake => LeaseChange::Hold(until),
        _ if after.held => LeaseChange::Keep,
        _ if after == before => LeaseChange::Keep,
        _ => LeaseChange::End,
    }
}

/// The attempts to be written, and the evidence to be added.
fn attempts(
    records: &Records,
    key: &DataKey,
    before: &Onboarding,
    after: &Onboarding,
    erases: bool,
) -> Result<(Vec<AttemptRow>, Vec<Numbered>), StoreError> {
    let (mut attempts, mut evidence) = (Vec::new(), Vec::new());
    for attempt in &after.attempts {
        let mut known = before.attempts.iter();
        // An erasure writes everything anew.
        let known = known.find(|known| known.number == attempt.number && !erases);
        let intent = match known {
            Some(_) => None,
            None => Some(records.seal_intent(key, after, attempt)?),
        };
        let open = attempt.is_open();
        if intent.is_some() || known.is_some_and(|known| known.is_open() != open) {
            attempts.push(AttemptRow {
                number: attempt.number,
                open,
                intent,
            });
        }
        let stored = known.map_or(0, |known| known.seen.len());
        for seen in attempt.seen.iter().skip(stored) {
            let sealed = records.seal_evidence(key, after, attempt.number, seen)?;
            evidence.push((attempt.number, sealed));
        }
    }
    Ok((attempts, evidence))
}

/// The login is reserved with the intent and stays so while an attempt is open, and for a while
/// longer once it has created someone.
fn reservation(
    records: &Records,
    before: &Onboarding,
    after: &Onboarding,
) -> Option<ReservationChange> {
    match (before.reserved_login(), after.reserved_login()) {
        (before, Some(login)) if before != Some(login) => Some(ReservationChange::Take {
            login: records.index(Purpose::Login, login),
            anyway: after.create_anyway,
        }),
        // Nobody in Lucca has it any more.
        (None, None) if after.is_gone() && !before.is_gone() => {
            Some(ReservationChange::FreeAfter(Duration::ZERO))
        }
        (Some(_), None) => Some(ReservationChange::FreeAfter(match after.state() {
            State::Created => RESERVED_AFTER_CREATION,
            _ => Duration::ZERO,
        })),
        _ => None,
    }
}

/// The statements that add what was learned and is not known yet. A row that every creation of a
/// tenant wrote would make them wait for each other; subjects come in one order, so that no two
/// transactions lock each other out.
pub(super) fn learn(
    source: &Source,
    known: &[Acceptance],
    learned: &[AcceptanceObservation],
) -> Vec<Statement> {
    let covers = |lesson: &&AcceptanceObservation| {
        let mut known = known.iter();
        !known.any(|known| known.subject == lesson.subject && known.covers(lesson))
    };
    let new = learned.iter().filter(covers);
    new.map(|lesson| {
        let time = millis(lesson.time);
        Statement::new(
            "INSERT INTO lessons (tenant, account, subject, accepted_time, refused_time)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant, account, subject) DO UPDATE SET
                accepted_time = coalesce(excluded.accepted_time, lessons.accepted_time),
                refused_time = coalesce(excluded.refused_time, lessons.refused_time)",
            values![
                source.tenant.as_str(),
                source.account.as_str(),
                lesson.subject.name(),
                lesson.accepted.then_some(time),
                (!lesson.accepted).then_some(time),
            ],
        )
    })
    .collect()
}

/// Subjects of fields that the tenant does not leave to Lucca's HR file. What was learned of them
/// is forgotten: Lucca may be set up differently when they are declared again.
pub(super) fn undeclared(tenant: &Tenant) -> Vec<String> {
    let fields = [
        Field::Establishment,
        Field::Department,
        Field::Role,
        Field::Login,
        Field::Culture,
    ];
    let undeclared = fields
        .into_iter()
        .filter(|field| !tenant.lucca_has_default(*field));
    undeclared
        .map(|field| AcceptanceSubject::LeftOut(field).name())
        .collect()
}
