//! SQL for what callers and operators say of hires.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    super::{
        Actor, Decided, Request, SourceKey, StoreError, Submitted,
        records::{Purpose, Records},
    },
    rows::{Stored, by_id, latest},
    saving::{insert, save},
    tenants,
};
use crate::domain::{
    ids::{Account, OnboardingId},
    onboarding::{
        Onboarding,
        decision::Decision,
        lease::{By, Lease},
        refresh::Observation,
        submission::{self, Hire, Verdict},
    },
};

pub(super) fn submit(
    conn: &Connection,
    records: &Records,
    hire: &Hire,
    request: Option<&Request>,
    id: OnboardingId,
    now: Timestamp,
) -> Result<Submitted, StoreError> {
    let tenant = &hire.key.tenant;
    let actor = Actor::creates(&hire.said_by);
    if tenants::is_former(conn, tenant)? {
        return Ok(Submitted::NoTenant);
    }
    if let Some(request) = request
        && let Some(answer) = said_before(conn, records, hire, request)?
    {
        return Ok(answer);
    }
    let key = SourceKey::of(&hire.key);
    let before = latest(conn, records, &key, &hire.key.account)?;
    let mut withdrawn = tombstone(conn, records, &key, &hire.key.account)?;
    if withdrawn.is_none()
        && let Some(person) = &hire.person
    {
        let external_id = person.clone();
        let key = SourceKey { external_id, ..key };
        withdrawn = tombstone(conn, records, &key, &hire.key.account)?;
    }
    let mut after = before.as_ref().map(|stored| stored.onboarding.clone());
    let verdict = submission::submit(after.as_mut(), withdrawn, hire, id, now);
    if let (Some(before), Some(after)) = (&before, &after) {
        let lease = lease(before, after);
        save(conn, records, before, after, actor, lease)?;
    }
    if let Verdict::New(onboarding) = &verdict {
        insert(conn, records, onboarding, actor)?;
    }
    let answer = Submitted::of(verdict, after);
    if let (Some(request), Submitted::Stored(onboarding)) = (request, &answer) {
        conn.prepare_cached(
            "INSERT INTO requests (tenant, account, request_index, content_index, onboarding)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            tenant.as_str(),
            hire.key.account.as_str(),
            records.index(Purpose::Request, &request.id),
            records.index(Purpose::Content, &request.content),
            onboarding.id.to_string()
        ])?;
    }
    Ok(answer)
}

/// The lease after a change from outside.
fn lease(before: &Stored, after: &Onboarding) -> Lease {
    before.lease.after(By::Outside, &before.onboarding, after)
}

pub(super) fn said_before(
    conn: &Connection,
    records: &Records,
    hire: &Hire,
    request: &Request,
) -> Result<Option<Submitted>, StoreError> {
    let known: Option<(Vec<u8>, String)> = conn
        .prepare_cached(
            "SELECT content_index, onboarding FROM requests
             WHERE tenant = ?1 AND account = ?2 AND request_index = ?3",
        )?
        .query_row(
            params![
                hire.key.tenant.as_str(),
                hire.key.account.as_str(),
                records.index(Purpose::Request, &request.id)
            ],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((content, id)) = known else {
        return Ok(None);
    };
    if content != records.index(Purpose::Content, &request.content) {
        return Ok(Some(Submitted::RequestReused));
    }
    let id = OnboardingId::parse(&id).map_err(|_| StoreError::Malformed)?;
    Ok(by_id(conn, records, id)?.map(|stored| Submitted::Stored(Box::new(stored.onboarding))))
}

pub(super) fn tombstone(
    conn: &Connection,
    records: &Records,
    key: &SourceKey,
    account: &Account,
) -> Result<Option<Option<Timestamp>>, StoreError> {
    let found: Option<Option<i64>> = conn
        .prepare_cached(
            "SELECT event_time FROM tombstones
             WHERE tenant = ?1 AND account = ?2 AND system = ?3 AND source_index = ?4",
        )?
        .query_row(
            params![
                key.tenant.as_str(),
                account.as_str(),
                key.system.as_str(),
                records.source(&key.tenant, &key.external_id)
            ],
            |row| row.get(0),
        )
        .optional()?;
    let read = |at| Timestamp::from_microsecond(at).map_err(|_| StoreError::Malformed);
    found.map(|at| at.map(read).transpose()).transpose()
}

pub(super) fn withdraw(
    conn: &Connection,
    records: &Records,
    key: &SourceKey,
    account: &Account,
    event_time: Option<Timestamp>,
    actor: &str,
    now: Timestamp,
) -> Result<Option<Onboarding>, StoreError> {
    let Some(before) = latest(conn, records, key, account)? else {
        conn.prepare_cached(
            "INSERT INTO tombstones (tenant, account, system, source_index, event_time)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET event_time =
                coalesce(max(event_time, excluded.event_time), event_time, excluded.event_time)",
        )?
        .execute(params![
            key.tenant.as_str(),
            account.as_str(),
            key.system.as_str(),
            records.source(&key.tenant, &key.external_id),
            event_time.map(Timestamp::as_microsecond)
        ])?;
        return Ok(None);
    };
    let mut after = before.onboarding.clone();
    submission::withdraw(&mut after, event_time, now);
    save(
        conn,
        records,
        &before,
        &after,
        Actor::withdraws(actor),
        lease(&before, &after),
    )?;
    Ok(Some(after))
}

pub(super) fn decide(
    conn: &Connection,
    records: &Records,
    id: OnboardingId,
    actor: &str,
    decision: Decision,
    now: Timestamp,
) -> Result<Option<Decided>, StoreError> {
    let Some(before) = by_id(conn, records, id)? else {
        return Ok(None);
    };
    let mut after = before.onboarding.clone();
    if let Err(refusal) = after.decide(decision, now) {
        return Ok(Some(Err(refusal)));
    }
    let lease = lease(&before, &after);
    let actor = Actor::decides(actor);
    save(conn, records, &before, &after, actor, lease)?;
    Ok(Some(Ok(Box::new(after))))
}

pub(super) fn observe(
    conn: &Connection,
    records: &Records,
    id: OnboardingId,
    actor: &str,
    seen: &Observation,
) -> Result<Option<Onboarding>, StoreError> {
    let Some(before) = by_id(conn, records, id)? else {
        return Ok(None);
    };
    let mut after = before.onboarding.clone();
    after.observe(seen);
    let lease = lease(&before, &after);
    save(conn, records, &before, &after, Actor::decides(actor), lease)?;
    Ok(Some(after))
}

pub(super) fn episodes(
    conn: &Connection,
    records: &Records,
    key: &SourceKey,
    account: &Account,
) -> Result<Vec<OnboardingId>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT id FROM onboardings
         WHERE tenant = ?1 AND account = ?2 AND system = ?3 AND source_index = ?4
         ORDER BY episode",
    )?;
    let rows = statement.query_map(
        params![
            key.tenant.as_str(),
            account.as_str(),
            key.system.as_str(),
            records.source(&key.tenant, &key.external_id)
        ],
        |row| row.get::<_, String>(0),
    )?;
    rows.map(|row| OnboardingId::parse(&row?).map_err(|_| StoreError::Malformed))
        .collect()
}

pub(super) fn of_person(
    conn: &Connection,
    records: &Records,
    key: &SourceKey,
    account: &Account,
) -> Result<Vec<OnboardingId>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT id FROM onboardings JOIN lookups ON lookups.onboarding = onboardings.seq
         WHERE lookups.purpose = 'person' AND lookups.value = ?1 AND account = ?2
         ORDER BY source_index, episode",
    )?;
    let person = records.person(&key.tenant, &key.system, &key.external_id);
    let rows = statement.query_map(params![person, account.as_str()], |row| {
        row.get::<_, String>(0)
    })?;
    rows.map(|row| OnboardingId::parse(&row?).map_err(|_| StoreError::Malformed))
        .collect()
}
