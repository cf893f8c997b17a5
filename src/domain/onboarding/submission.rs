//! What becomes of what a source says: new, the same, newer, older, withdrawn.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{
    BusinessKey, Content, Findings, LuccaUser, Onboarding, State,
    cancellation::Cancellation,
    machine::{self, Event, Facts},
};
use crate::domain::{
    amendment::Amendment,
    collaborator::Draft,
    field::Field,
    finding::{Candidate, Problem, ProblemCode, Warning},
    follow_up::FollowUp,
    ids::{ExternalId, OnboardingId},
};

/// A hire as a caller hands it in; its key's episode is ignored.
#[derive(Clone, Debug)]
pub struct Hire {
    /// Names the hire.
    pub key: BusinessKey,
    /// The person's id in the system the hire comes from.
    pub person: Option<ExternalId>,
    /// What is known of it.
    pub draft: Draft,
    /// The fields of the draft that are said anew; of the others, what the source said
    /// before stays. `None`: all of them.
    pub anew: Option<BTreeSet<Field>>,
    /// When the source said so, if it told.
    pub event_time: Option<Timestamp>,
    /// Amend only this revision.
    pub expected_revision: Option<u32>,
    /// What the intake remarked.
    pub remarks: Vec<Warning>,
    /// Who hands it in, for the history.
    pub said_by: String,
}

/// What becomes of a hire that is handed in.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// A new onboarding is to be stored.
    New(Box<Onboarding>),
    /// The onboarding changed.
    Changed,
    /// Nothing changes: said before, or older than what is known.
    Unchanged,
    /// The employee exists and these fields differ; noted as a follow-up.
    Differs(Vec<Field>),
    /// The caller expected another revision.
    WrongRevision,
    /// Some fields are said anew, but there is no hire that they could be of.
    NotKnown,
}

impl Hire {
    /// The whole hire, with what its source said before of the fields it leaves alone.
    fn completed_by(&self, latest: &Onboarding) -> Self {
        let Some(anew) = &self.anew else {
            return self.clone();
        };
        let known = latest.pending.as_ref().unwrap_or(&latest.content);
        let said_before = latest.said_since.as_ref().unwrap_or(&known.draft);
        let amendment = Amendment {
            fields: anew.clone(),
            values: self.draft.clone(),
        };
        let left_alone = |remark: &&Warning| remark.field.is_none_or(|it| !anew.contains(&it));
        let earlier = known.remarks.iter().filter(left_alone);
        let mut remarks: Vec<Warning> = earlier.cloned().collect();
        let new = self.remarks.iter().filter(|it| !known.remarks.contains(it));
        remarks.extend(new.cloned());
        Self {
            draft: amendment.over(said_before),
            anew: None,
            remarks,
            ..self.clone()
        }
    }
}

/// Whether a statement of time `new` is older than one of time `known`. Without both
/// times the order of arrival counts.
fn is_older(new: Option<Timestamp>, known: Option<Timestamp>) -> bool {
    matches!((new, known), (Some(new), Some(known)) if new < known)
}

/// Whether a confirmation of time `new` says nothing beyond a withdrawal noted at time
/// `known`. Without both times it is the later one by its arrival.
fn is_superseded(new: Option<Timestamp>, known: Option<Timestamp>) -> bool {
    matches!((new, known), (Some(new), Some(known)) if new <= known)
}

/// Decides what becomes of a hire.
///
/// `latest` is the latest episode of the source, changed in place; `withdrawn` is the
/// tombstone of a withdrawal that came before any hire: its event time, if it had one.
pub fn submit(
    latest: Option<&mut Onboarding>,
    withdrawn: Option<Option<Timestamp>>,
    hire: &Hire,
    id: OnboardingId,
    now: Timestamp,
) -> Verdict {
    let Some(latest) = latest else {
        if hire.expected_revision.is_some() {
            return Verdict::WrongRevision;
        }
        if hire.anew.is_some() {
            return Verdict::NotKnown;
        }
        let mut first = open(hire, id, 1, now);
        if let Some(Some(withdrawn)) = withdrawn
            && hire.event_time.is_some_and(|time| time <= withdrawn)
        {
            first.state = State::Cancelled;
            first.problem = None;
            first.due = None;
            first.end_time = Some(now);
            first.cancellation = Some(Cancellation::by_source(Some(withdrawn), now));
            // Only what is said after the withdrawal opens a new episode.
            first.content.event_time = Some(withdrawn);
        }
        return Verdict::New(Box::new(first));
    };
    if let Some(expected) = hire.expected_revision
        && expected != latest.newest_revision()
    {
        return Verdict::WrongRevision;
    }
    // Something new about a hire that was taken back is no confirmation.
    if hire.anew.is_some() && latest.is_taken_back() {
        return Verdict::NotKnown;
    }
    let hire = &hire.completed_by(latest);
    if hire.person.is_some() {
        latest.person.clone_from(&hire.person);
    }
    match latest.state {
        State::Created => after_creation(latest, hire, id, now),
        State::Cancelled => {
            if is_superseded(hire.event_time, latest.content.event_time) {
                return Verdict::Unchanged;
            }
            // Whether this is an earlier employee was asked and not answered.
            let next = match &latest.earlier {
                Some(earlier) => open_again(latest, Some(earlier), hire, id, now),
                None => open(hire, id, latest.key.episode + 1, now),
            };
            Verdict::New(Box::new(next))
        }
        _ => before_creation(latest, hire, now),
    }
}

/// A fresh onboarding of this episode.
fn open(hire: &Hire, id: OnboardingId, episode: u32, now: Timestamp) -> Onboarding {
    let missing = hire.draft.complete().err();
    Onboarding {
        id,
        key: BusinessKey {
            episode,
            ..hire.key.clone()
        },
        person: hire.person.clone(),
        state: if missing.is_some() {
            State::NeedsAttention
        } else {
            State::Accepted
        },
        content: Content {
            draft: hire.draft.clone(),
            event_time: hire.event_time,
            revision: 1,
            remarks: hire.remarks.clone(),
        },
        pending: None,
        cancel_requested: false,
        cancellation: None,
        due: missing.is_none().then_some(now),
        problem: missing.map(|missing| Problem::incomplete(&missing)),
        findings: Findings::default(),
        amendment: Amendment::default(),
        set_since: BTreeSet::new(),
        create_anyway: false,
        earlier: None,
        erase_requested: false,
        erased: false,
        lucca_user: None,
        said_since: None,
        refreshed: None,
        looks: Vec::new(),
        failures: 0,
        doubts: 0,
        last_error: None,
        create_time: now,
        update_time: now,
        end_time: None,
        attempts: Vec::new(),
    }
}

fn before_creation(latest: &mut Onboarding, hire: &Hire, now: Timestamp) -> Verdict {
    let known = latest.pending.as_ref().unwrap_or(&latest.content);
    if is_older(hire.event_time, known.event_time)
        || latest.cancel_requested && is_superseded(hire.event_time, known.event_time)
    {
        return Verdict::Unchanged;
    }
    if known.draft == hire.draft {
        let known = latest.pending.as_mut().unwrap_or(&mut latest.content);
        known.event_time = hire.event_time.or(known.event_time);
        // Said again after a withdrawal that has not been carried out: wanted after all.
        if latest.cancel_requested {
            latest.cancel_requested = false;
            latest.cancellation = None;
            latest.update_time = now;
            return Verdict::Changed;
        }
        return Verdict::Unchanged;
    }
    let content = Content {
        draft: hire.draft.clone(),
        event_time: hire.event_time,
        revision: latest.newest_revision() + 1,
        remarks: hire.remarks.clone(),
    };
    latest.cancel_requested = false;
    latest.cancellation = None;
    latest.update_time = now;
    if latest.has_open_attempt() {
        latest.pending = Some(content);
        if latest.state == State::NeedsAttention {
            latest.resume(now);
        }
    } else {
        latest.content = content;
        latest.reconsider(now);
    }
    Verdict::Changed
}

fn after_creation(
    latest: &mut Onboarding,
    hire: &Hire,
    id: OnboardingId,
    now: Timestamp,
) -> Verdict {
    if is_older(hire.event_time, latest.content.event_time) {
        return Verdict::Unchanged;
    }
    let starts_later = match (
        latest.content.draft.contract_start_date,
        hire.draft.contract_start_date,
    ) {
        (Some(known), Some(new)) => new > known,
        _ => false,
    };
    if latest.erased && !starts_later {
        return Verdict::Unchanged;
    }
    latest.content.event_time = hire.event_time.or(latest.content.event_time);
    let differs = latest.content.draft.differences(&hire.draft);
    if differs.is_empty() {
        let taken_back = latest.note_said(hire.draft.clone(), now);
        return if latest.wanted_after_all(now) || taken_back {
            Verdict::Changed
        } else {
            Verdict::Unchanged
        };
    }
    if starts_later {
        let next = open_again(latest, latest.lucca_user.as_ref(), hire, id, now);
        return Verdict::New(Box::new(next));
    }
    latest.wanted_after_all(now);
    latest.note_said(hire.draft.clone(), now);
    latest.update_time = now;
    Verdict::Differs(differs)
}

/// The next episode of a source whose hire created this employee: a question.
fn open_again(
    latest: &Onboarding,
    earlier: Option<&LuccaUser>,
    hire: &Hire,
    id: OnboardingId,
    now: Timestamp,
) -> Onboarding {
    let mut next = open(hire, id, latest.key.episode + 1, now);
    next.state = State::NeedsAttention;
    next.due = None;
    next.problem = Some(rehire(earlier));
    next.earlier = earlier.cloned();
    next
}

/// The question whether a later hire of the same source is a new contract.
fn rehire(earlier: Option<&LuccaUser>) -> Problem {
    let candidates = earlier.map(|user| {
        let label = format!("Lucca user {}", user.id);
        Candidate::new(
            user.id,
            label,
            "Created by the earlier hire of the same source.",
        )
    });
    Problem::new(
        ProblemCode::Rehire,
        "The same source was hired before and now starts later.",
        "If the start was only put off, correct it in Lucca and link the employee (ResolveOnboarding, link_existing); if it is a new contract, make it in Lucca and link the employee; otherwise cancel.",
    )
    .with(candidates.into_iter().collect())
}

/// What becomes of a withdrawal of a known hire; whether it changes more than what
/// counts as old from now on.
pub fn withdraw(latest: &mut Onboarding, event_time: Option<Timestamp>, now: Timestamp) -> bool {
    let known = latest.pending.as_mut().unwrap_or(&mut latest.content);
    if is_older(event_time, known.event_time) {
        return false;
    }
    // What was said before the withdrawal must not undo it, in whatever order it comes.
    known.event_time = event_time.or(known.event_time);
    match latest.state {
        State::Cancelled => false,
        State::Created => {
            let follow_ups = &latest.findings.follow_ups;
            if follow_ups.iter().any(FollowUp::is_withdrawal) {
                return false;
            }
            let start = latest.wanted().contract_start_date;
            let follow_up = FollowUp::withdrawn(start, now);
            latest.findings.follow_ups.push(follow_up);
            latest.update_time = now;
            true
        }
        _ if latest.cancel_requested => false,
        _ => {
            // Whoever an earlier hire of the source created is not wanted either.
            if let Some(earlier) = &latest.earlier {
                let follow_up = FollowUp::withdrawn_again(earlier.id);
                latest.findings.follow_ups.push(follow_up);
            }
            latest.cancel(Cancellation::by_source(event_time, now), now);
            true
        }
    }
}

impl Onboarding {
    /// Cancels at once, or once the outcome of the open attempt is known. Does nothing
    /// when it has ended.
    pub fn cancel(&mut self, why: Cancellation, now: Timestamp) {
        let facts = Facts {
            open_attempt: self.has_open_attempt() || self.state == State::Creating,
            cancel_requested: true,
        };
        let Ok(next) = machine::next(self.state, Event::Cancel, facts) else {
            return;
        };
        self.update_time = now;
        // Whoever wanted it first.
        self.cancellation.get_or_insert(why);
        match next {
            State::Cancelled => self.end(State::Cancelled, now),
            _ => {
                self.cancel_requested = true;
                if next != self.state {
                    self.start_verifying(now);
                }
            }
        }
    }

    /// Sets an onboarding that waits for a person going again: to its turn, or, while the
    /// outcome of an attempt is unknown, to verification. Returns whether it waited.
    pub fn resume(&mut self, now: Timestamp) -> bool {
        let facts = Facts {
            open_attempt: self.has_open_attempt(),
            cancel_requested: self.cancel_requested,
        };
        let Ok(next) = machine::next(self.state, Event::Resume, facts) else {
            return false;
        };
        self.update_time = now;
        match next {
            State::Verifying => self.start_verifying(now),
            _ => self.reconsider(now),
        }
        true
    }

    /// Puts the content in its turn anew, or asks for what it lacks. Only without an open
    /// attempt.
    pub(super) fn reconsider(&mut self, now: Timestamp) {
        self.failures = 0;
        self.doubts = 0;
        self.last_error = None;
        self.looks.clear();
        match self.draft().complete() {
            // Newer content does not answer whether this is the earlier employee.
            Ok(_) if self.earlier.is_some() && !self.create_anyway => {
                self.state = State::NeedsAttention;
                self.problem = Some(rehire(self.earlier.as_ref()));
                self.due = None;
            }
            Ok(_) => {
                self.state = State::Accepted;
                self.problem = None;
                self.due = Some(now);
            }
            Err(missing) => {
                self.state = State::NeedsAttention;
                self.problem = Some(Problem::incomplete(&missing));
                self.due = None;
            }
        }
    }

    /// Starts to find out what became of the open attempt, with fresh looks.
    pub(super) fn start_verifying(&mut self, first_look: Timestamp) {
        self.state = State::Verifying;
        self.problem = None;
        self.looks.clear();
        self.failures = 0;
        self.due = Some(first_look);
    }

    /// Ends it. What waited when it is cancelled is cancelled with it.
    pub(super) fn end(&mut self, state: State, now: Timestamp) {
        self.state = state;
        self.end_time = Some(now);
        if state == State::Cancelled {
            self.adopt_pending();
        } else {
            self.cancellation = None;
        }
        self.due = None;
        self.problem = None;
        self.last_error = None;
        self.cancel_requested = false;
        self.erase_if_ended();
    }

    /// Whether the source has taken the hire back and not confirmed it again.
    fn is_taken_back(&self) -> bool {
        self.state == State::Cancelled
            || self.cancel_requested
            || self.findings.follow_ups.iter().any(FollowUp::is_withdrawal)
    }

    /// A hire withdrawn after its creation and confirmed again is wanted after all.
    fn wanted_after_all(&mut self, now: Timestamp) -> bool {
        let before = self.findings.follow_ups.len();
        self.findings
            .follow_ups
            .retain(|item| !item.is_withdrawal());
        let changed = self.findings.follow_ups.len() < before;
        if changed {
            self.update_time = now;
        }
        changed
    }

    /// Notes what the source says now that the employee exists; tells whether it is
    /// something new. What was carried over into Lucca is to be done again where the source
    /// has changed its mind since.
    pub(super) fn note_said(&mut self, said: Draft, now: Timestamp) -> bool {
        let before = self.said_since.as_ref().unwrap_or(&self.content.draft);
        let moved = before.differences(&said);
        if moved.is_empty() {
            return false;
        }
        for item in &mut self.findings.follow_ups {
            if item.is_change() && item.field.is_some_and(|field| moved.contains(&field)) {
                item.seen = None;
            }
        }
        let differs = self.content.draft.differences(&said);
        self.said_since = Some(said);
        self.note_differences(differs, now);
        self.update_time = now;
        true
    }

    /// Notes that these fields are not what was created, each once.
    pub(super) fn note_differences(
        &mut self,
        fields: impl IntoIterator<Item = Field>,
        now: Timestamp,
    ) {
        let start = self.wanted().contract_start_date;
        for field in fields {
            let list = &mut self.findings.follow_ups;
            if !list
                .iter()
                .any(|item| item.is_change() && item.field == Some(field))
            {
                list.push(FollowUp::changed(field, start, now));
            }
        }
    }
}

#[cfg(test)]
mod tests;
