//! SQL for what is known of accounts: visibility of keys, and learned acceptances.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::params;

use super::{
    super::{
        AccountStore, StoreError,
        change::{not_known, undeclared},
        records::{Source, acceptance, millis},
    },
    SqliteStore,
    session::Session,
};
use crate::domain::{
    ids::{Account, TenantId},
    onboarding::lesson::{Lesson, Taught},
    tenant::Tenant,
};

fn acceptances(
    on: &Session<'_>,
    account: &Account,
    tenant: &TenantId,
) -> Result<Vec<Taught>, StoreError> {
    let rows: Vec<(String, Option<i64>, Option<i64>)> = on.rows(
        "SELECT subject, accepted_time, refused_time FROM lessons
         WHERE tenant = ?1 AND account = ?2 ORDER BY subject",
        params![tenant.as_str(), account.as_str()],
    )?;
    rows.iter()
        .map(|(subject, accepted, refused)| acceptance(subject, *accepted, *refused))
        .collect()
}

/// Adds what a hire of this source has shown.
pub(super) fn learn(
    on: &Session<'_>,
    source: &Source,
    learned: &[Lesson],
) -> Result<(), StoreError> {
    if learned.is_empty() {
        return Ok(());
    }
    let known = acceptances(on, &source.account, &source.tenant)?;
    for lesson in not_known(&known, learned) {
        let time = millis(lesson.time);
        on.run(
            "INSERT INTO lessons (tenant, account, subject, accepted_time, refused_time)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET
                accepted_time = coalesce(excluded.accepted_time, accepted_time),
                refused_time = coalesce(excluded.refused_time, refused_time)",
            params![
                source.tenant.as_str(),
                source.account.as_str(),
                lesson.subject.name(),
                lesson.accepted.then_some(time),
                (!lesson.accepted).then_some(time)
            ],
        )?;
    }
    Ok(())
}

/// Forgets what does not count for the tenant as it is now.
pub(super) fn forget(on: &Session<'_>, tenant: &Tenant) -> Result<(), StoreError> {
    let id = tenant.id.as_str();
    on.run(
        "DELETE FROM lessons WHERE tenant = ?1 AND account <> ?2",
        params![id, tenant.account.as_str()],
    )?;
    for subject in undeclared(tenant) {
        let sql = "DELETE FROM lessons WHERE tenant = ?1 AND subject = ?2";
        on.run(sql, params![id, subject])?;
    }
    Ok(())
}

#[async_trait]
impl AccountStore for SqliteStore {
    async fn visibility_proven(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
    ) -> Result<bool, StoreError> {
        let (account, tenant) = (account.clone(), tenant.clone());
        self.read(move |on| {
            let (proven,) = on.the_row(
                "SELECT EXISTS (SELECT 1 FROM sights
                                WHERE account = ?1 AND tenant = ?2 AND key_version = ?3)",
                params![account.as_str(), tenant.as_str(), key_version],
            )?;
            Ok(proven)
        })
        .await
    }

    async fn prove_visibility(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (account, tenant) = (account.clone(), tenant.clone());
        self.write(move |on| {
            on.run(
                "INSERT INTO sights (account, tenant, key_version, proven_time)
                 VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                params![account.as_str(), tenant.as_str(), key_version, millis(now)],
            )?;
            Ok(())
        })
        .await
    }

    async fn learned_acceptances(
        &self,
        account: &Account,
        tenant: &TenantId,
    ) -> Result<Vec<Taught>, StoreError> {
        let (account, tenant) = (account.clone(), tenant.clone());
        self.read(move |on| acceptances(on, &account, &tenant))
            .await
    }
}
