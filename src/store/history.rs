//! Entries of the history: what happened, when, to what, and who did it.

use std::borrow::Cow;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{StoreError, events::HistoryEvent};
use crate::domain::ids::{OnboardingId, TenantId};

/// An entry to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewHistoryEntry {
    /// When it happened.
    pub time: Timestamp,
    /// The tenant it happened in.
    pub tenant: Option<TenantId>,
    /// The onboarding it happened to.
    pub onboarding: Option<OnboardingId>,
    /// Who did it, and by which call.
    pub actor: Actor,
    /// What happened.
    pub event: HistoryEvent,
    /// How the call of the actor ended: `OK` or the reason of its error.
    pub outcome: &'static str,
}

impl NewHistoryEntry {
    /// An entry that says nothing a test looks at.
    #[cfg(test)]
    pub(crate) fn test() -> Self {
        Self {
            time: Timestamp::UNIX_EPOCH,
            tenant: None,
            onboarding: None,
            actor: Actor::named("test"),
            event: HistoryEvent::Called,
            outcome: "",
        }
    }
}

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The name of a token, or of a part of the service.
    pub name: Cow<'static, str>,
    /// The call that does it, as `Service/Method`; `None` if none does, or if the call has an
    /// entry of its own.
    pub rpc: Option<&'static str>,
}

impl Actor {
    /// The workers.
    pub const ENGINE: Self = Self::part("engine");

    /// What applies the retention time.
    pub const RETENTION: Self = Self::part("retention");

    const fn part(name: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            rpc: None,
        }
    }

    /// A caller whose call has an entry of its own.
    pub fn named(name: &str) -> Self {
        Self {
            name: Cow::Owned(name.to_owned()),
            rpc: None,
        }
    }

    /// A caller, and the call that does it.
    pub fn calling(name: &str, rpc: &'static str) -> Self {
        Self {
            rpc: Some(rpc),
            ..Self::named(name)
        }
    }

    /// The outcome of a call that has done something.
    pub(super) fn success(&self) -> &'static str {
        self.rpc.map_or("", |_| "OK")
    }

    /// Who hands hires in, in tests.
    #[cfg(test)]
    pub(crate) fn payroll() -> Self {
        Self::calling("payroll", "OnboardingService/CreateCollaborator")
    }
}

/// An entry as stored. Event and detail are the words of the version that wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Grows with every entry.
    pub number: i64,
    /// When it happened.
    pub time: Timestamp,
    /// The tenant it happened in.
    pub tenant: Option<TenantId>,
    /// The onboarding it happened to.
    pub onboarding: Option<OnboardingId>,
    /// Who did it.
    pub actor: String,
    /// What happened, in capitals.
    pub event: String,
    /// More about it.
    pub detail: String,
    /// The call that did it; empty if none did, or if the call has an entry of its own.
    pub rpc: String,
    /// How the call ended: `OK` or the reason of its error.
    pub outcome: String,
}

/// Whose history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryOf {
    /// Only of this onboarding.
    pub onboarding: Option<OnboardingId>,
    /// Only of this tenant.
    pub tenant: Option<TenantId>,
}

/// Keeps the history, which is only ever added to.
#[async_trait]
pub trait HistoryStore: Send + Sync + 'static {
    /// Adds an entry about something that changes no onboarding and no tenant.
    async fn note(&self, entry: NewHistoryEntry) -> Result<(), StoreError>;

    /// What happened, the latest first, before the entry of this number.
    async fn history(
        &self,
        of: HistoryOf,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, StoreError>;
}

/// The tenant of an entry as it is stored: none is an empty text.
pub(super) fn tenant_of(text: &str) -> Result<Option<TenantId>, StoreError> {
    match text {
        "" => Ok(None),
        id => TenantId::parse(id)
            .map(Some)
            .map_err(|_| StoreError::Malformed),
    }
}
