//! Entries of the history: what happened, when, to what, and who did it.

use std::borrow::Cow;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    StoreError,
    backend::Backend,
    events::HistoryEvent,
    records::{limit, millis, onboarding_id, time},
    sql::{Conditions, Row, Statement, values},
};
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

    /// The store, when it sets a record aside.
    pub const STORE: Self = Self::part("store");

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

/// The statement that adds an entry.
pub(super) fn insertion(entry: &NewHistoryEntry) -> Statement {
    // PostgreSQL takes no text with a NUL.
    let plain = |text: &str| text.replace('\0', "");
    Statement::new(
        "INSERT INTO history (time, tenant, onboarding, actor, event, detail, rpc, outcome)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            millis(entry.time),
            entry.tenant.as_ref().map_or("", TenantId::as_str),
            entry.onboarding.map(|id| id.to_string()),
            plain(&entry.actor.name),
            entry.event.word(),
            plain(&entry.event.detail()),
            entry.actor.rpc.unwrap_or_default(),
            entry.outcome,
        ],
    )
}

fn read(row: &Row) -> Result<HistoryEntry, StoreError> {
    let (tenant, onboarding): (String, Option<String>) = (row.get(2)?, row.get(3)?);
    // No tenant is stored as an empty text.
    let tenant = Some(tenant).filter(|it| !it.is_empty());
    Ok(HistoryEntry {
        number: row.get(0)?,
        // What is damaged of an entry is left out of it, and keeps nobody from the others.
        time: time(row.get(1)?).unwrap_or_default(),
        tenant: tenant.and_then(|it| TenantId::parse(&it).ok()),
        onboarding: onboarding.and_then(|it| onboarding_id(it).ok()),
        actor: row.get(4)?,
        event: row.get(5)?,
        detail: row.get(6)?,
        rpc: row.get(7)?,
        outcome: row.get(8)?,
    })
}

#[async_trait]
impl<B: Backend> HistoryStore for B {
    async fn note(&self, entry: NewHistoryEntry) -> Result<(), StoreError> {
        self.run(vec![insertion(&entry)]).await.map(|_| ())
    }

    async fn history(
        &self,
        of: HistoryOf,
        before: Option<i64>,
        most: usize,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        let mut conditions = Conditions::default();
        let onboarding = of.onboarding.map(|id| id.to_string());
        conditions.equal("onboarding", onboarding.as_deref());
        conditions.equal("tenant", of.tenant.as_ref().map(TenantId::as_str));
        if let Some(before) = before {
            conditions.add(|values| format!("seq < {}", values.add(before)));
        }
        let most = conditions.values.add(limit(most));
        let sql = format!(
            "SELECT seq, time, tenant, onboarding, actor, event, detail, rpc, outcome
             FROM history WHERE {} ORDER BY seq DESC LIMIT {most}",
            conditions.sql()
        );
        let rows = self.query(sql, conditions.values.0).await?;
        rows.iter().map(read).collect()
    }
}
