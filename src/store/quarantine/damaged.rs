//! Setting aside what cannot be read.

use jiff::Timestamp;

use super::{Kind, Unreadable};
use crate::{
    db::{KeyId, SealError, mark_of},
    domain::ids::OnboardingId,
    store::{
        Actor, NewHistoryEntry, StoreError,
        backend::Backend,
        change::Stored,
        events::HistoryEvent,
        history::insertion,
        records::{Records, Source, millis, time},
        sql::{Statement, one, values},
    },
};

/// A record that cannot be read, as it was found.
#[derive(Debug)]
pub struct Damaged {
    pub(in crate::store) kind: Kind,
    /// Its row, if it is an onboarding.
    pub(in crate::store) seq: Option<i64>,
    pub(in crate::store) id: String,
    pub(in crate::store) tenant: String,
    /// The column, or what was sealed in it.
    pub(in crate::store) part: String,
    /// Milliseconds; `None`: it is not in quarantine yet.
    pub(in crate::store) since: Option<i64>,
    pub(in crate::store) error: Option<StoreError>,
    /// The hire and its episode, if the sealed document says them: the columns may say others.
    pub(in crate::store) source: Option<(Source, u32)>,
}

impl Damaged {
    /// An onboarding whose next version cannot be read back. It can be read as it is stored.
    pub(in crate::store) fn unwritable(of: &Stored) -> Self {
        Self {
            kind: Kind::Onboarding,
            seq: Some(of.seq),
            id: of.onboarding.id.to_string(),
            tenant: of.onboarding.key.tenant.to_string(),
            part: "next version".to_owned(),
            since: None,
            error: Some(StoreError::NotReadBack),
            source: None,
        }
    }

    /// A tenant that cannot be read, or whose row is not the last one.
    pub(in crate::store) fn tenant(id: &str, part: &str, error: Option<StoreError>) -> StoreError {
        StoreError::Damaged(vec![Self {
            kind: Kind::Tenant,
            seq: None,
            id: id.to_owned(),
            tenant: id.to_owned(),
            part: part.to_owned(),
            since: None,
            error,
            source: None,
        }])
    }

    pub(in crate::store) fn is_known(&self) -> bool {
        self.since.is_some()
    }

    pub(in crate::store) fn shown(&self, now: Timestamp) -> Unreadable {
        Unreadable {
            id: self.id.clone(),
            tenant: self.tenant.clone(),
            since: self.since.and_then(|since| time(since).ok()).unwrap_or(now),
            part: self.part.clone(),
        }
    }

    /// The key that is missing, if that is why it cannot be read.
    fn missing_key(&self) -> Option<KeyId> {
        match self.error {
            Some(StoreError::Sealed(SealError::UnknownKey(key))) => Some(key),
            _ => None,
        }
    }

    /// The statements that set it aside. No worker and no retention time looks at it from then on.
    fn statements<B: Backend>(&self, records: &Records, now: Timestamp) -> Vec<Statement> {
        let kind: &str = self.kind.into();
        let insert = Statement::new(
            "INSERT INTO quarantine (kind, id, tenant, part, since)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            values![
                kind,
                self.id.as_str(),
                self.tenant.as_str(),
                self.part.as_str(),
                millis(now)
            ],
        );
        let mut all = vec![insert];
        if let Some(seq) = self.seq {
            let sql = format!(
                "UPDATE onboardings SET token = token + 1, wake = NULL, retain_from = NULL, {}
                 WHERE seq = $1",
                B::NO_LEASE
            );
            all.push(Statement::new(sql, values![seq]));
            all.extend(
                self.source
                    .iter()
                    .map(|(source, episode)| found_by(seq, source, *episode)),
            );
        }
        if self.kind == Kind::Onboarding && !self.is_known() {
            let event = HistoryEvent::Quarantined {
                part: self.part.clone(),
            };
            let entry = entry(&self.shown(now), Actor::STORE, event, now);
            all.push(insertion(records, &entry));
        }
        all
    }
}

/// Lets an onboarding be found again as the hire that it is, unless another one has taken its place
/// meanwhile: it has to block its source.
pub(super) fn found_by(seq: i64, source: &Source, episode: u32) -> Statement {
    let (tenant, account, system, index) = source.columns();
    Statement::new(
        "UPDATE onboardings SET account = $3, system = $4, source_index = $5, episode = $6
         WHERE seq = $1 AND NOT EXISTS (
            SELECT 1 FROM onboardings AS other
            WHERE other.tenant = $2 AND other.account = $3 AND other.system = $4
                AND other.source_index = $5 AND other.episode = $6 AND other.seq <> $1)",
        values![seq, tenant, account, system, index, episode],
    )
}

pub(super) fn entry(
    of: &Unreadable,
    actor: Actor,
    event: HistoryEvent,
    time: Timestamp,
) -> NewHistoryEntry {
    NewHistoryEntry {
        time,
        tenant: of.tenant_id(),
        onboarding: OnboardingId::parse(&of.id).ok(),
        outcome: actor.success(),
        actor,
        event,
    }
}

/// Sets records aside.
///
/// # Errors
/// The database failed, or a record is sealed with a key that others use: then this process lacks the
/// key, and nothing is wrong with the record.
pub(in crate::store) async fn set_aside<B: Backend>(
    store: &B,
    damaged: &[Damaged],
) -> Result<(), StoreError> {
    let now = store.now();
    if all_known_tenants(store, damaged).await? {
        return Ok(());
    }
    for key in damaged.iter().filter_map(Damaged::missing_key) {
        let sql = "SELECT EXISTS (SELECT 1 FROM meta WHERE key = $1)";
        if one(&store.query(sql, values![mark_of(key)]).await?)? {
            return Err(SealError::UnknownKey(key).into());
        }
    }
    for one in damaged.iter().filter(|one| !one.is_known()) {
        let (kind, error): (&str, _) = (one.kind.into(), &one.error);
        tracing::error!(kind, id = ?one.id, tenant = ?one.tenant, part = one.part, ?error,
            "a record cannot be read and is in quarantine");
    }
    let records = store.records();
    let statements = damaged.iter();
    let statements = statements.flat_map(|one| one.statements::<B>(records, now));
    store.run(statements.collect()).await?;
    store.records().noticed.quarantine_changed();
    let ids = damaged
        .iter()
        .filter_map(|one| OnboardingId::parse(&one.id).ok());
    ids.for_each(|id| store.notify(id));
    Ok(())
}

/// Whether these are tenants that are in quarantine already. They are read often, and a read should
/// write nothing.
async fn all_known_tenants(store: &impl Backend, damaged: &[Damaged]) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM quarantine WHERE kind = 'tenant' AND id = $1)";
    for record in damaged {
        let is_tenant = record.kind == Kind::Tenant;
        if !is_tenant || !one(&store.query(sql, values![record.id.as_str()]).await?)? {
            return Ok(false);
        }
    }
    Ok(true)
}
