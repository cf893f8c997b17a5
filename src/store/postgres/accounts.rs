//! SQL for what is known of accounts: visibility of keys, and learned acceptances.

use async_trait::async_trait;
use jiff::Timestamp;
use tokio_postgres::Row;

use super::{PostgresStore, session::Session};
use crate::{
    domain::{
        ids::{Account, TenantId},
        onboarding::lesson::{Lesson, Taught},
        tenant::Tenant,
    },
    store::{
        AccountStore, StoreError,
        change::{not_known, undeclared},
        records::{Source, acceptance, millis},
    },
};

/// The acceptances learned for a tenant and its account.
const ACCEPTANCES: &str = "SELECT subject, accepted_time, refused_time FROM lessons
    WHERE tenant = $1 AND account = $2 ORDER BY subject";

fn acceptances(rows: &[Row]) -> Result<Vec<Taught>, StoreError> {
    rows.iter()
        .map(|row| acceptance(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
        .collect()
}

/// Adds what a hire of this source has shown. Subjects come in one order, so that no two
/// transactions lock each other out.
pub(super) async fn learn(
    on: &Session<'_>,
    source: &Source,
    learned: &[Lesson],
) -> Result<(), StoreError> {
    if learned.is_empty() {
        return Ok(());
    }
    let (tenant, account) = (source.tenant.as_str(), source.account.as_str());
    let known = acceptances(&on.rows(ACCEPTANCES, &[&tenant, &account]).await?)?;
    for lesson in not_known(&known, learned) {
        let time = millis(lesson.time);
        on.run(
            "INSERT INTO lessons (tenant, account, subject, accepted_time, refused_time)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant, account, subject) DO UPDATE SET
                accepted_time = coalesce(excluded.accepted_time, lessons.accepted_time),
                refused_time = coalesce(excluded.refused_time, lessons.refused_time)",
            &[
                &tenant,
                &account,
                &lesson.subject.name(),
                &lesson.accepted.then_some(time),
                &(!lesson.accepted).then_some(time),
            ],
        )
        .await?;
    }
    Ok(())
}

/// Forgets what does not count for the tenant as it is now.
pub(super) async fn forget(on: &Session<'_>, tenant: &Tenant) -> Result<(), StoreError> {
    on.run(
        "DELETE FROM lessons WHERE tenant = $1 AND (account <> $2 OR subject = ANY ($3))",
        &[
            &tenant.id.as_str(),
            &tenant.account.as_str(),
            &undeclared(tenant),
        ],
    )
    .await?;
    Ok(())
}

#[async_trait]
impl AccountStore for PostgresStore {
    async fn visibility_proven(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
    ) -> Result<bool, StoreError> {
        let row = self
            .the_row(
                "SELECT EXISTS (SELECT 1 FROM sights
                                WHERE account = $1 AND tenant = $2 AND key_version = $3)",
                &[&account.as_str(), &tenant.as_str(), &i64::from(key_version)],
            )
            .await?;
        Ok(row.try_get(0)?)
    }

    async fn prove_visibility(
        &self,
        account: &Account,
        tenant: &TenantId,
        key_version: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.rows(
            "INSERT INTO sights (account, tenant, key_version, proven_time)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            &[
                &account.as_str(),
                &tenant.as_str(),
                &i64::from(key_version),
                &millis(now),
            ],
        )
        .await?;
        Ok(())
    }

    async fn learned_acceptances(
        &self,
        account: &Account,
        tenant: &TenantId,
    ) -> Result<Vec<Taught>, StoreError> {
        let values = [&tenant.as_str(), &account.as_str()];
        acceptances(&self.rows(ACCEPTANCES, &[values[0], values[1]]).await?)
    }
}
