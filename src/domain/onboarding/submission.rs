//! What becomes of what a source says: new, the same, newer, older, withdrawn.

mod after_creation;
mod anonymised;
mod meant;
mod order;
mod remarks;
mod withdrawal;

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

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
pub use anonymised::{anonymise, is_anonymised};
pub use meant::{Meant, Named, is_same_person, meant};
pub use order::Ignored;
use order::{is_older, said_at_once};
pub use withdrawal::withdraw;

/// A hire as a caller hands it in; its key's episode is ignored.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    #[serde(skip)]
    pub outlook: Option<Arc<Outlook>>,
}

/// The kind of a statement. The words are those of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// The whole hire.
    Confirmation,
    /// Some of its fields.
    Update,
    /// The hire is not wanted any more.
    Withdrawal,
    /// The person is to be forgotten.
    Anonymization,
}

/// What becomes of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// A new onboarding is to be stored.
    New(Box<Onboarding>),
    /// The onboarding changed.
    Changed,
    /// Nothing changes: it is known already.
    Unchanged,
    /// It has no effect any more.
    Ignored(Ignored),
    /// The employee exists and these fields differ. The hire is refused and nothing is stored.
    Differs(Vec<Field>),
    /// The caller expected another revision.
    WrongRevision,
    /// Some fields are to be replaced, but there is no such hire.
    NotKnown,
}

impl Hire {
    /// The kind of statement it is.
    pub fn kind(&self) -> Kind {
        match self.anew {
            Some(_) => Kind::Update,
            None => Kind::Confirmation,
        }
    }

    /// What the hire says, as this revision of an onboarding.
    fn content(&self, revision: u32) -> Content {
        Content {
            draft: self.draft.clone(),
            event_time: self.event_time,
            revision,
            remarks: self.remarks.clone(),
            at_once: Vec::new(),
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
        let is_replaced = |it: &Warning| {
            let again =
                |new: &Warning| new.kind.is_left_out() && new.kind.field() == it.kind.field();
            it.kind.is_left_out() && self.remarks.iter().any(again)
        };
        let is_anew = |it: &Warning| it.kind.field().is_some_and(|it| anew.contains(&it));
        let left_alone = |it: &&Warning| !is_anew(it) && !is_replaced(it);
        let earlier = known.remarks.iter().filter(left_alone);
        let mut remarks: Vec<Warning> = earlier.cloned().collect();
        for new in &self.remarks {
            if !remarks.contains(new) {
                remarks.push(new.clone());
            }
        }
        Self {
            draft: amendment.over(said_before),
            anew: None,
            remarks,
            ..self.clone()
        }
    }
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
        first.taken_back = withdrawn.flatten();
        if is_older(hire.event_time, first.taken_back) {
            let _ = first.end_cancelled(Event::Cancel, now);
            first.cancellation = Some(Cancellation::by_source(first.taken_back, now));
        }
        return Verdict::New(Box::new(first));
    };
    if let Some(expected) = hire.expected_revision
        && expected != latest.newest_revision()
    {
        return Verdict::WrongRevision;
    }
    if is_older(hire.event_time, latest.known_time()) {
        return Verdict::Ignored(Ignored::Older);
    }
    // Something new about a hire that was taken back is no confirmation.
    if hire.anew.is_some() && latest.is_taken_back() {
        return Verdict::NotKnown;
    }
    let is_whole = hire.anew.is_none();
    let hire = &hire.completed_by(latest);
    if let Some(ignored) = latest.ignores(hire) {
        return Verdict::Ignored(ignored);
    }
    latest.note_ids(hire);
    if is_whole {
        latest.confirmed = hire.event_time.max(latest.confirmed);
    }
    let verdict = match latest.state() {
        State::Created => after_creation(latest, hire, id, now),
        State::Cancelled => {
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
    };
    match verdict {
        Verdict::Unchanged | Verdict::Changed if latest.note_remarks(hire, now) => Verdict::Changed,
        verdict => verdict,
    }
}

/// Decides what becomes of a hire whose application is another person's already: it goes by the id
/// of its person, and an operator is asked. An update opens nothing.
pub fn submit_shared(
    withdrawn: Option<Option<Timestamp>>,
    hire: &Hire,
    id: OnboardingId,
    now: Timestamp,
) -> Verdict {
    let mut own = hire.clone();
    if let Some(person) = &hire.person {
        own.key.external_id.clone_from(person);
    }
    match submit(None, withdrawn, &own, id, now) {
        Verdict::New(mut onboarding) => {
            onboarding.shared_application = Some(hire.key.external_id.clone());
            if onboarding.state() != State::Cancelled {
                onboarding.reconsider(now);
                onboarding.foresee(hire.outlook.as_deref());
            }
            Verdict::New(onboarding)
        }
        verdict => verdict,
    }
}

/// The next episode of a hire.
fn open_next(latest: &Onboarding, hire: &Hire, id: OnboardingId, now: Timestamp) -> Onboarding {
    // The ids of an erased hire are gone.
    let (key, person) = match latest.erased {
        true => (hire.key.clone(), hire.person.clone()),
        false => (latest.key.clone(), latest.person.clone()),
    };
    Onboarding {
        key: BusinessKey {
            episode: latest.key.episode + 1,
            ..key
        },
        person,
        also_known: latest.also_known.clone(),
        shared_application: latest.shared_application.clone(),
        taken_back: latest.taken_back,
        ..open(hire, id, 1, now)
    }
}

impl Onboarding {
    /// Notes the ids by which a statement names the hire.
    fn note_ids(&mut self, hire: &Hire) {
        if self.erased {
            return;
        }
        let before = self.person.clone();
        if hire.person.is_some() {
            self.person.clone_from(&hire.person);
        }
        for id in before.into_iter().chain([hire.key.external_id.clone()]) {
            if id != self.key.external_id && Some(&id) != self.person.as_ref() {
                self.also_known.insert(id);
            }
        }
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
        also_known: BTreeSet::new(),
        shared_application: None,
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
        taken_back: None,
        confirmed: hire.event_time,
        findings: Findings::default(),
        amendment: Amendment::default(),
        set_since: BTreeSet::new(),
        create_anyway: false,
        unlinked: BTreeSet::new(),
        earlier: None,
        replaces: None,
        earlier_draft: None,
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
    let known = latest.pending.as_mut().unwrap_or(&mut latest.content);
    if known.draft == hire.draft {
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
        at_once: said_at_once(hire, known, &known.draft),
        ..hire.content(latest.newest_revision() + 1)
    };
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
