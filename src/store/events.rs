//! What is noted of what happened, and who did it.

use jiff::Timestamp;

use crate::domain::{
    ids::{OnboardingId, TenantId},
    onboarding::Onboarding,
};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// When.
    pub time: Timestamp,
    /// In which tenant, if in one.
    pub tenant: Option<TenantId>,
    /// To which onboarding, if to one.
    pub onboarding: Option<OnboardingId>,
    /// Who: a token's name, or a part of the service.
    pub actor: String,
    /// What, in capitals.
    pub event: String,
    /// More about it, without personal data.
    pub detail: String,
    /// The call that did it; empty if none did, or if its own entry stands beside this one.
    pub rpc: String,
    /// How that call ended: `OK` or the reason of its error.
    pub outcome: String,
}

impl Noted {
    /// Says nothing that matters to a test.
    #[cfg(test)]
    pub(crate) fn test() -> Self {
        Self {
            time: Timestamp::UNIX_EPOCH,
            tenant: None,
            onboarding: None,
            actor: "test".to_owned(),
            event: "TEST".to_owned(),
            detail: String::new(),
            rpc: String::new(),
            outcome: String::new(),
        }
    }

    /// Something that happened to an onboarding.
    pub(super) fn of(
        onboarding: &Onboarding,
        time: Timestamp,
        actor: Actor<'_>,
        event: &str,
        detail: &str,
    ) -> Self {
        Self {
            time,
            tenant: Some(onboarding.key.tenant.clone()),
            onboarding: Some(onboarding.id),
            actor: actor.name.to_owned(),
            event: event.to_owned(),
            detail: detail.to_owned(),
            rpc: actor.rpc.to_owned(),
            outcome: actor.outcome().to_owned(),
        }
    }
}

/// Who changes an onboarding, for the history.
#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    /// A token's name, or a part of the service.
    pub name: &'a str,
    /// The call that does it, if no other entry tells.
    pub rpc: &'a str,
}

impl<'a> Actor<'a> {
    /// The part of the service that works on onboardings.
    pub const ENGINE: Actor<'static> = Actor {
        name: "engine",
        rpc: "",
    };

    /// Whoever changes what the retention time has ended for.
    pub const RETENTION: Actor<'static> = Actor {
        name: "retention",
        rpc: "",
    };

    /// Whoever hands a hire in.
    pub fn creates(name: &'a str) -> Self {
        let rpc = "OnboardingService/CreateCollaborator";
        Self { name, rpc }
    }

    /// Whoever takes a hire back.
    pub fn withdraws(name: &'a str) -> Self {
        let rpc = "OnboardingService/WithdrawHire";
        Self { name, rpc }
    }

    /// Whoever decides; the call has an entry of its own.
    pub fn decides(name: &'a str) -> Self {
        Self { name, rpc: "" }
    }

    /// How the call ended that makes an entry.
    pub(crate) fn outcome(self) -> &'static str {
        if self.rpc.is_empty() { "" } else { "OK" }
    }
}

/// Something that happened, and its place in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Grows with every entry.
    pub number: i64,
    /// What happened.
    pub noted: Noted,
}

/// Whose history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryOf {
    /// Only of this onboarding.
    pub onboarding: Option<OnboardingId>,
    /// Only of this tenant.
    pub tenant: Option<TenantId>,
}
