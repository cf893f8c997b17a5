//! Entries of the history: what happened, when, to what, and who did it.

use std::borrow::Cow;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    StoreError,
    backend::{Backend, Rows},
    chain::{Head, VerifiedHistory, alone},
    change::{Change, Plan, Stored, Write},
    events::HistoryEvent,
    records::{Index, Records, limit, millis, onboarding_id, time},
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

/// Keeps the history, which is only ever added to until the retention time removes its first entries.
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

    /// What happened to an onboarding, verified. `None`: there is no such onboarding.
    async fn verified_history(
        &self,
        id: OnboardingId,
    ) -> Result<Option<VerifiedHistory>, StoreError>;
}

impl HistoryEntry {
    /// An entry as it will be stored.
    pub(super) fn of(entry: &NewHistoryEntry) -> Self {
        // PostgreSQL takes no text with a NUL.
        let plain = |text: &str| text.replace('\0', "");
        Self {
            number: 0,
            time: entry.time,
            tenant: entry.tenant.clone(),
            onboarding: entry.onboarding,
            actor: plain(&entry.actor.name),
            event: entry.event.word().to_owned(),
            detail: plain(&entry.event.detail()),
            rpc: entry.actor.rpc.unwrap_or_default().to_owned(),
            outcome: entry.outcome.to_owned(),
        }
    }

    /// The statement that adds it, with its hash if it is about an onboarding.
    pub(super) fn insertion(&self, link: Option<Index>) -> Statement {
        Statement::new(
            "INSERT INTO history (time, tenant, onboarding, actor, event, detail, rpc, outcome, link)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values![
                millis(self.time),
                self.tenant.as_ref().map_or("", TenantId::as_str),
                self.onboarding.map(|id| id.to_string()),
                self.actor.as_str(),
                self.event.as_str(),
                self.detail.as_str(),
                self.rpc.as_str(),
                self.outcome.as_str(),
                link,
            ],
        )
    }

    /// An entry that says nothing a test looks at.
    #[cfg(test)]
    pub(crate) fn test() -> Self {
        Self::of(&NewHistoryEntry::test())
    }
}

/// The statement that adds an entry outside the chain of its onboarding: it has none, or its record
/// cannot be opened.
pub(super) fn insertion(records: &Records, entry: &NewHistoryEntry) -> Statement {
    let entry = HistoryEntry::of(entry);
    let link = entry.onboarding.map(|_| alone(records, &entry));
    entry.insertion(link)
}

/// Adds entries to a chain: each with its hash.
pub(super) fn chained(
    records: &Records,
    head: &mut Head,
    entries: impl IntoIterator<Item = NewHistoryEntry>,
) -> Vec<(HistoryEntry, Index)> {
    let entries = entries.into_iter().map(|entry| HistoryEntry::of(&entry));
    entries
        .map(|entry| {
            let link = head.extend(records, &entry);
            (entry, link)
        })
        .collect()
}

/// Adds an entry about an onboarding that changes nothing else of it.
fn plan_note(
    records: &Records,
    rows: &[Stored],
    entry: &NewHistoryEntry,
) -> Result<Plan<()>, StoreError> {
    let write = match rows.first() {
        None => Write::Statement(insertion(records, entry)),
        Some(before) => {
            let (of, lease) = (&before.onboarding, before.lease);
            let entries = vec![entry.clone()];
            let change = Change::with(records, before, of, lease, entries, entry.time)?;
            Write::Onboarding(Box::new(change))
        }
    };
    Ok(Plan {
        writes: vec![write],
        answer: (),
    })
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

/// What [`read`] reads, and then the hash.
const COLUMNS: &str = "seq, time, tenant, onboarding, actor, event, detail, rpc, outcome, link";

/// How often a history is read until nothing was added to it meanwhile.
const TRIES: u32 = 10;

#[async_trait]
impl<B: Backend> HistoryStore for B {
    async fn note(&self, entry: NewHistoryEntry) -> Result<(), StoreError> {
        let outside = insertion(self.records(), &entry);
        if let Some(id) = entry.onboarding {
            let plan =
                move |records: &Records, rows: Vec<Stored>| plan_note(records, &rows, &entry);
            match self.change(Rows::Id(id), plan).await {
                Err(StoreError::Quarantined(_)) => {}
                noted => return noted,
            }
        }
        self.run(vec![outside]).await.map(|_| ())
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
            "SELECT {COLUMNS} FROM history WHERE {} ORDER BY seq DESC LIMIT {most}",
            conditions.sql()
        );
        let rows = self.query(sql, conditions.values.0).await?;
        rows.iter().map(read).collect()
    }

    async fn verified_history(
        &self,
        id: OnboardingId,
    ) -> Result<Option<VerifiedHistory>, StoreError> {
        let name = id.to_string();
        let mut verified = None;
        let mut known = None;
        for _ in 0..TRIES {
            let found = self.find("WHERE id = $1", values![&*name]).await?.pop();
            let Some(Stored { history: head, .. }) = found else {
                return Ok(None);
            };
            // The entries were read between two heads: nothing was added if those are the same.
            if known.as_ref() == Some(&head) {
                break;
            }
            let entries = entries_of(self, &name).await?;
            verified = Some(head.verify(self.records(), entries));
            known = Some(head);
        }
        Ok(verified)
    }
}

/// The entries about an onboarding, the earliest first, each with its hash.
pub(super) async fn entries_of(
    store: &impl Backend,
    id: &str,
) -> Result<Vec<(HistoryEntry, Option<Index>)>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM history WHERE onboarding = $1 ORDER BY seq");
    let rows = store.query(sql, values![id]).await?;
    let entries = rows.iter().map(|row| Ok((read(row)?, link(row))));
    entries.collect()
}

/// The hash of an entry. One of another length counts as another hash.
fn link(row: &Row) -> Option<Index> {
    let stored: Vec<u8> = row.get::<Option<_>>(9).ok().flatten()?;
    Some(stored.try_into().unwrap_or_default())
}
