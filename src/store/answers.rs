//! What became of what a store was asked to do.

use crate::domain::{
    field::Field,
    ids::OnboardingId,
    onboarding::{Onboarding, decision::Refusal, submission::Verdict},
};

/// What became of a hire that was handed in.
#[derive(Clone, Debug, PartialEq)]
pub enum Submitted {
    /// Stored or known: the onboarding as it is now.
    Stored(Box<Onboarding>),
    /// The employee exists already and these fields differ.
    Differs(Box<Onboarding>, Vec<Field>),
    /// The caller expected another revision.
    WrongRevision,
    /// The request id was used for something else.
    RequestReused,
    /// Some fields were said anew of a hire that is not known, or has been withdrawn.
    NotKnown,
    /// The tenant has been deleted meanwhile.
    NoTenant,
}

impl Submitted {
    /// What became of a hire about which this was decided; `after` is the latest episode
    /// of its source as it is now.
    pub fn of(verdict: Verdict, after: Option<Onboarding>) -> Self {
        match (verdict, after) {
            (Verdict::New(onboarding), _) => Self::Stored(onboarding),
            (Verdict::Differs(fields), Some(after)) => Self::Differs(Box::new(after), fields),
            (Verdict::Changed | Verdict::Unchanged, Some(after)) => Self::Stored(Box::new(after)),
            (Verdict::NotKnown, _) => Self::NotKnown,
            (_, None) | (Verdict::WrongRevision, _) => Self::WrongRevision,
        }
    }
}

/// What became of an operator's decision.
pub type Decided = Result<Box<Onboarding>, Refusal>;

/// A worker's claim.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The onboarding.
    pub onboarding: Onboarding,
    /// Proves the claim.
    pub token: u64,
}

/// What became of a changed tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It is stored.
    Done,
    /// It was changed by somebody else meanwhile: nothing was done.
    Outdated,
    /// It would point elsewhere while the outcome of an attempt is unknown: nothing was done.
    OpenAttempts,
}

/// What became of the removal of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It is gone.
    Done,
    /// There is none.
    Unknown,
    /// The outcome of an attempt is unknown: nothing was done.
    OpenAttempts,
    /// So many hires have not ended: nothing was done.
    NotEnded(u64),
}

/// What retention did to the onboardings of a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retired {
    /// Which have ended and were forgotten.
    pub forgotten: Vec<OnboardingId>,
    /// Which waited in vain and were cancelled.
    pub expired: Vec<OnboardingId>,
    /// There may be more to do at once.
    pub more: bool,
}

/// What became of a step.
#[derive(Clone, Debug)]
pub enum Stepped {
    /// Taken: the onboarding as it is now.
    Done(Box<Onboarding>),
    /// Someone else has claimed the onboarding since, or it has changed: nothing was done.
    Fenced,
    /// Another onboarding is creating, or has just created, a person with the same login.
    Blocked(OnboardingId),
}
