//! The durable record of turning one hire into one collaborator, and how it moves.
//!
//! Everything that changes an onboarding is a function here of the onboarding, what
//! happened and the moment: [`submission`] for what callers say, [`progress`] for what
//! workers do and see. Stores run them inside a transaction and add nothing of their own.

pub mod acceptance;
pub mod cancellation;
pub mod decision;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod forward;
pub mod lease;
mod link;
pub mod machine;
#[cfg(test)]
mod model;
mod moves;
pub mod progress;
#[cfg(test)]
pub(crate) mod read_back;
mod reason;
pub mod refresh;
pub mod retention;
mod stage;
pub mod submission;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use cancellation::Cancellation;
pub use link::{EmployeeOrigin, Link};
pub use machine::State;
use refresh::Refreshed;
use stage::CurrentStage;
pub use stage::Stage;

use super::{
    amendment::Amendment,
    attempt::Attempt,
    cause::Trouble,
    collaborator::Draft,
    field::Field,
    finding::{ResolvedField, Warning},
    follow_up::FollowUp,
    ids::{Account, ExternalId, OnboardingId, SystemName, TenantId},
    lucca_id::LuccaId,
    stored::typed_or_sentence,
};

/// The permanent key of a hire.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BusinessKey {
    /// The customer.
    pub tenant: TenantId,
    /// The Lucca domain it is for.
    pub account: Account,
    /// The system it comes from.
    pub system: SystemName,
    /// Its id there, until the person is erased.
    pub external_id: ExternalId,
    /// 1, 2, … for the same source.
    pub episode: u32,
}

/// What the source said last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// The data.
    pub draft: Draft,
    /// When the source said so, if it told.
    pub event_time: Option<Timestamp>,
    /// 1, 2, … within the onboarding.
    pub revision: u32,
    /// What the intake remarked.
    #[serde(default)]
    pub remarks: Vec<Warning>,
    /// Other contents that the source said at the same time and replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_once: Vec<Draft>,
}

/// The employee in Lucca.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LuccaUser {
    /// The user id.
    pub id: LuccaId,
    /// The person's address in Lucca.
    pub url: String,
}

/// What resolving the hire brought to light.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// How each field got its value.
    pub resolution: Vec<ResolvedField>,
    /// What to know.
    pub warnings: Vec<Warning>,
    /// What will be left to do once the employee exists.
    pub follow_ups: Vec<FollowUp>,
}

/// The durable record of turning one hire into one collaborator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Onboarding {
    /// Its name in every call.
    pub id: OnboardingId,
    /// The hire it stands for.
    pub key: BusinessKey,
    /// The person's id in the system the hire comes from, if the source has told it beside an
    /// application's; until the person is erased.
    #[serde(default)]
    pub person: Option<ExternalId>,
    /// Other ids by which the source has named the hire: persons that were merged since, an
    /// application of a hire that goes by its person.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub also_known: BTreeSet<ExternalId>,
    /// The application that the source names for the hire, while another person's hire goes by it.
    #[serde(default)]
    pub shared_application: Option<ExternalId>,
    /// Where it stands.
    #[serde(flatten)]
    stage: CurrentStage,
    /// What the source said last and counts.
    pub content: Content,
    /// What the source said since an attempt began; counts once its outcome is known.
    pub pending: Option<Content>,
    /// Withdrawn or cancelled; carried out once the attempt's outcome is known.
    pub cancel_requested: bool,
    /// Who wanted no employee: while that waits to be carried out, and once it has been.
    #[serde(default)]
    pub cancellation: Option<Cancellation>,
    /// The latest time at which the source has withdrawn the hire, if it told.
    #[serde(default)]
    pub taken_back: Option<Timestamp>,
    /// When the source last confirmed the whole hire, if it told.
    #[serde(default)]
    pub confirmed: Option<Timestamp>,
    /// What resolving brought to light.
    pub findings: Findings,
    /// What operators have set.
    #[serde(default)]
    pub amendment: Amendment,
    /// What operators have set since the call of unknown outcome was decided upon: the
    /// employee may exist without it.
    #[serde(default)]
    pub set_since: BTreeSet<Field>,
    /// An operator wants a new employee although people in Lucca look like this one.
    #[serde(default)]
    pub create_anyway: bool,
    /// Employees of whom an operator has said that they are not the person hired.
    #[serde(default)]
    pub unlinked: BTreeSet<LuccaId>,
    /// The employee that an earlier hire of the same source created.
    #[serde(default)]
    pub earlier: Option<LuccaUser>,
    /// The employee of the episode before, whom Lucca did not show any more when the hire was
    /// confirmed again.
    #[serde(default)]
    pub replaces: Option<LuccaId>,
    /// What that employee was created from, unless the person was erased.
    #[serde(default)]
    pub earlier_draft: Option<Draft>,
    /// The person is to be forgotten once it has ended.
    #[serde(default)]
    pub erase_requested: bool,
    /// The person has been forgotten.
    #[serde(default)]
    pub erased: bool,
    /// What the source has said since the employee was created, once it differed.
    #[serde(default)]
    pub said_since: Option<Draft>,
    /// The last look at the employee after the creation.
    #[serde(default)]
    pub refreshed: Option<Refreshed>,
    /// Failures in a row that may pass by themselves.
    pub failures: u32,
    /// Attempts in a row whose outcome was unknown. Stored as `doubts`.
    #[serde(default, rename = "doubts")]
    pub unknown_outcomes: u32,
    /// The last thing that went wrong and has not been overcome.
    #[serde(deserialize_with = "typed_or_sentence")]
    pub last_error: Option<Trouble>,
    /// When it was stored.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
    /// Every call that may have reached Lucca. Kept apart by the stores.
    #[serde(skip)]
    pub attempts: Vec<Attempt>,
}

/// The times by which an onboarding moves.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// How long a body may wait for release once its intent is committed.
    pub send_window: Duration,
    /// How long a call to Lucca may take.
    pub request_timeout: Duration,
    /// How long after an attempt the first look is taken; more than Lucca's own 5 s.
    pub settle_delay: Duration,
    /// How much later than Lucca's 5 s the last look is taken.
    pub verify_gap: Duration,
    /// How long a worker's lease lasts.
    pub lease: Duration,
    /// When to try again after failures that may pass by themselves.
    pub retry_schedule: Vec<Duration>,
}

/// When something happens, by which times, and a number between 0 and 1 that spreads
/// retries.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Now.
    pub now: Timestamp,
    /// The times.
    pub timing: Arc<Timing>,
    /// Between 0 and 1.
    pub chance: f64,
}

impl Moment {
    /// The moment this long from now.
    pub fn after(&self, span: Duration) -> Timestamp {
        later(self.now, span)
    }
}

/// The moment this much later.
pub fn later(time: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    time.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// The moment this much earlier.
pub fn earlier(time: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    time.checked_sub(span).unwrap_or(Timestamp::MIN)
}

impl Onboarding {
    /// The attempts whose effect is unknown.
    pub fn open_attempts(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|attempt| attempt.is_open())
    }

    /// Whether the outcome of an attempt is unknown.
    pub fn has_open_attempt(&self) -> bool {
        self.open_attempts().next().is_some()
    }

    /// What is left to do: all that was planned once the employee exists, after a withdrawal
    /// what is left then, that first, and after a cancellation what somebody has to do
    /// nevertheless.
    pub fn follow_ups(&self) -> impl Iterator<Item = &FollowUp> {
        let planned = self.findings.follow_ups.iter();
        let withdrawn = planned.clone().any(FollowUp::is_withdrawal);
        let first = planned.clone().filter(|item| item.is_withdrawal());
        let then = planned.filter(|item| !item.is_withdrawal());
        first.chain(then).filter(move |item| match self.state() {
            State::Created => !withdrawn || item.outlasts_withdrawal(),
            State::Cancelled => item.outlasts_cancellation(),
            _ => false,
        })
    }

    /// Whether somebody has to see to it: it has not ended, or the hire was withdrawn after the
    /// employee had been created and the file in Lucca is neither deleted nor ended. Once the
    /// person is forgotten, nobody can check that any more.
    pub fn is_waited_for(&self) -> bool {
        let stays = |item: &FollowUp| item.is_withdrawal() && !item.is_seen_done();
        match self.state() {
            State::Created => !self.erased && self.findings.follow_ups.iter().any(stays),
            state => !state.is_terminal(),
        }
    }

    /// What Lucca should show now: what the source said last, with what operators have set.
    pub fn wanted(&self) -> Draft {
        let said = self.said_since.as_ref().unwrap_or(&self.content.draft);
        self.amendment.over(said)
    }

    /// The revision that waits for the outcome of an attempt.
    pub fn pending_revision(&self) -> Option<u32> {
        self.pending.as_ref().map(|content| content.revision)
    }

    /// The revision of the newest content.
    fn newest_revision(&self) -> u32 {
        self.pending_revision().unwrap_or(self.content.revision)
    }

    /// The login that is reserved now: by the attempt that is under way or whose outcome is
    /// unknown. An onboarding that has ended reserves none.
    pub fn reserved_login(&self) -> Option<&str> {
        if self.state().is_terminal() {
            return None;
        }
        let attempt = self.open_attempts().next()?;
        Some(attempt.intent.reserved_login.as_str())
    }
}
