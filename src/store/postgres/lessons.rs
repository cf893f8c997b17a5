//! SQL for what creations taught.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::session::Session;
use crate::{
    domain::{
        ids::{Account, TenantId},
        onboarding::{
            BusinessKey,
            lesson::{Lesson, Subject, Taught},
        },
        tenant::Tenant,
    },
    store::{
        StoreError,
        records::{millis, taught},
        rules::no_longer_declared,
    },
};

fn read(row: &Row) -> Result<Taught, StoreError> {
    taught(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)
}

/// Everything that is known.
pub(super) async fn all(
    on: &Session<'_, impl GenericClient>,
    account: &Account,
    tenant: &TenantId,
) -> Result<Vec<Taught>, StoreError> {
    let rows = on
        .rows(
            "SELECT subject, accepted_time, refused_time FROM lessons
             WHERE tenant = $1 AND account = $2 ORDER BY subject",
            &[&tenant.as_str(), &account.as_str()],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Adds what the change of a hire of this key taught.
///
/// What is known is looked at first: a row that every creation of a tenant wrote would make
/// them wait for each other. Subjects come in one order, so no two lock each other out.
pub(super) async fn learn(
    on: &Session<'_, impl GenericClient>,
    key: &BusinessKey,
    lessons: &[Lesson],
) -> Result<(), StoreError> {
    if lessons.is_empty() {
        return Ok(());
    }
    let known = all(on, &key.account, &key.tenant).await?;
    for lesson in lessons {
        let covered = known
            .iter()
            .any(|taught| taught.subject == lesson.subject && taught.covers(lesson));
        if covered {
            continue;
        }
        let time = millis(lesson.time);
        on.run(
            "INSERT INTO lessons (tenant, account, subject, accepted_time, refused_time)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant, account, subject) DO UPDATE SET
                accepted_time = coalesce(excluded.accepted_time, lessons.accepted_time),
                refused_time = coalesce(excluded.refused_time, lessons.refused_time)",
            &[
                &key.tenant.as_str(),
                &key.account.as_str(),
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
pub(super) async fn forget(
    on: &Session<'_, impl GenericClient>,
    tenant: &Tenant,
) -> Result<(), StoreError> {
    let subjects: Vec<String> = no_longer_declared(tenant).map(Subject::name).collect();
    on.run(
        "DELETE FROM lessons WHERE tenant = $1 AND (account <> $2 OR subject = ANY ($3))",
        &[&tenant.id.as_str(), &tenant.account.as_str(), &subjects],
    )
    .await?;
    Ok(())
}
