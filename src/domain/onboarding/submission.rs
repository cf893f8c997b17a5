//! What becomes of what a source says: new, the same, newer, older, withdrawn.

mod after_creation;
mod withdrawal;

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;

use super::{
    BusinessKey, Content, Findings, Onboarding, Stage, State, cancellation::Cancellation,
    machine::Event, stage::CurrentStage,
};
use crate::domain::{
    amendment::Amendment,
    collaborator::Draft,
    field::Field,
    finding::{Problem, Warning},
    ids::{ExternalId, OnboardingId},
    resolve::Outlook,
    sense,
};

use after_creation::{after_creation, open_again};
pub use withdrawal::withdraw;

/// A hire as a caller hands it in; its key's episode is ignored.
#[derive(Clone, Debug)]
pub struct Hire {
    /// Names the hire.
    pub key: BusinessKey,
    /// The person's id in the system the hire comes from.
    pub person: Option<ExternalId>,
    /// What is known of it.
    pub draft: Draft,
    /// The fields of the draft that replace what the source said before; the others stay.
    /// `None`: all of them are replaced.
    pub anew: Option<BTreeSet<Field>>,
    /// When the source said so, if it told.
    pub event_time: Option<Timestamp>,
    /// Amend only this revision.
    pub expected_revision: Option<u32>,
    /// Once the employee exists, other content is noted as follow-ups. Otherwise it is refused.
    pub notes_differences: bool,
    /// What the intake remarked.
    pub remarks: Vec<Warning>,
    /// What is known of its tenant and Lucca, if it may have to wait for data.
    pub outlook: Option<Arc<Outlook>>,
}

/// What becomes of a hire that is handed in.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// A new onboarding is to be stored.
    New(Box<Onboarding>),
    /// The onboarding changed.
    Changed,
    /// Nothing changes: known already, or older than what is known.
    Unchanged,
    /// The employee exists and these fields differ. The hire is refused and nothing is stored.
    Differs(Vec<Field>),
    /// The caller expected another revision.
    WrongRevision,
    /// Some fields are to be replaced, but there is no such hire.
    NotKnown,
}

impl Hire {
    /// What the hire says, as this revision of an onboarding.
    fn content(&self, revision: u32) -> Content {
        Content {
            draft: self.draft.clone(),
            event_time: self.event_time,
            revision,
            remarks: self.remarks.clone(),
        }
    }

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
        let left_alone =
            |remark: &&Warning| remark.kind.field().is_none_or(|it| !anew.contains(&it));
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
            let _ = first.end_cancelled(Event::Cancel, now);
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
    if hire.person.is_some() && !latest.erased {
        latest.person.clone_from(&hire.person);
    }
    match latest.state() {
        State::Created => after_creation(latest, hire, id, now),
        State::Cancelled => {
            if is_superseded(hire.event_time, latest.content.event_time) {
                return Verdict::Unchanged;
            }
            // Whether this is an earlier employee was asked and not answered.
            let next = open_again(
                latest,
                latest.earlier.as_ref(),
                latest.replaces,
                hire,
                id,
                now,
            );
            Verdict::New(Box::new(next))
        }
        _ => before_creation(latest, hire, now),
    }
}

/// A fresh onboarding of this episode.
fn open(hire: &Hire, id: OnboardingId, episode: u32, now: Timestamp) -> Onboarding {
    let questions = sense::questions(&hire.draft, &hire.remarks);
    let mut opened = Onboarding {
        id,
        key: BusinessKey {
            episode,
            ..hire.key.clone()
        },
        person: hire.person.clone(),
        stage: CurrentStage::opened(
            match Problem::all(questions.into_iter().map(Problem::from)) {
                Some(problem) => Stage::NeedsAttention { problem },
                None => Stage::Accepted { due: now },
            },
        ),
        content: hire.content(1),
        pending: None,
        cancel_requested: false,
        cancellation: None,
        findings: Findings::default(),
        amendment: Amendment::default(),
        set_since: BTreeSet::new(),
        create_anyway: false,
        unlinked: BTreeSet::new(),
        earlier: None,
        replaces: None,
        erase_requested: false,
        erased: false,
        said_since: None,
        refreshed: None,
        failures: 0,
        unknown_outcomes: 0,
        last_error: None,
        create_time: now,
        update_time: now,
        attempts: Vec::new(),
    };
    opened.foresee(hire.outlook.as_deref());
    opened
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
    let content = hire.content(latest.newest_revision() + 1);
    latest.cancel_requested = false;
    latest.cancellation = None;
    latest.update_time = now;
    if latest.has_open_attempt() {
        latest.pending = Some(content);
        if latest.state() == State::NeedsAttention {
            latest.resume(now);
        }
    } else {
        latest.content = content;
        latest.reconsider(now);
        latest.foresee(hire.outlook.as_deref());
    }
    Verdict::Changed
}

#[cfg(test)]
mod tests;
