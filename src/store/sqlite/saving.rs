//! SQL that writes what has changed of an onboarding.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{
    super::{
        Actor, Noted, StoreError,
        records::{Records, millis, millis_up},
        rules::{CLAIM_KEPT, told},
    },
    history, lessons,
    rows::Stored,
};
use crate::domain::{
    attempt::{Attempt, Seen},
    onboarding::{Onboarding, State, later, lease::Lease, lesson::learned},
};

pub(super) fn note(
    conn: &Connection,
    of: &Onboarding,
    now: Timestamp,
    actor: Actor<'_>,
    event: &str,
    detail: &str,
) -> Result<(), StoreError> {
    history::note(conn, &Noted::of(of, now, actor, event, detail))
}

pub(super) fn insert(
    conn: &Connection,
    records: &Records,
    onboarding: &Onboarding,
    actor: Actor<'_>,
) -> Result<(), StoreError> {
    let row = records.onboarding_row(onboarding)?;
    let key = &onboarding.key;
    conn.prepare_cached(
        "INSERT INTO onboardings (id, tenant, account, system, source_index, episode, state,
            problem, urgency, lucca_user, wake, update_time, document, retain_from)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?
    .execute(params![
        onboarding.id.to_string(),
        key.tenant.as_str(),
        key.account.as_str(),
        key.system.as_str(),
        records.source(&key.tenant, &key.external_id),
        key.episode,
        onboarding.state().as_str(),
        row.problem,
        row.urgency,
        row.lucca_user,
        row.wake,
        millis(onboarding.update_time),
        row.document,
        row.retain_from
    ])?;
    index(conn, conn.last_insert_rowid(), &row.lookups)?;
    note(
        conn,
        onboarding,
        onboarding.create_time,
        actor,
        onboarding.state().as_str(),
        &onboarding.reason(None),
    )
}

pub(super) fn index(
    conn: &Connection,
    seq: i64,
    lookups: &[(&'static str, [u8; 16])],
) -> Result<(), StoreError> {
    let mut statement = conn
        .prepare_cached("INSERT INTO lookups (onboarding, purpose, value) VALUES (?1, ?2, ?3)")?;
    for (purpose, value) in lookups {
        statement.execute(params![seq, purpose, value])?;
    }
    Ok(())
}

/// Writes what has changed, with the lease as it is from now on.
pub(super) fn save(
    conn: &Connection,
    records: &Records,
    before: &Stored,
    after: &Onboarding,
    actor: Actor<'_>,
    lease: Lease,
) -> Result<(), StoreError> {
    if *after == before.onboarding {
        return Ok(());
    }
    let row = records.onboarding_row(after)?;
    conn.prepare_cached(
        "UPDATE onboardings SET state = ?2, problem = ?3, urgency = ?4, lucca_user = ?5,
            wake = ?6, token = ?7, leased = ?8, update_time = ?9, document = ?10,
            retain_from = ?11
         WHERE seq = ?1",
    )?
    .execute(params![
        before.seq,
        after.state().as_str(),
        row.problem,
        row.urgency,
        row.lucca_user,
        lease.wake.map(millis_up),
        number(lease.token)?,
        lease.held,
        millis(after.update_time),
        row.document,
        row.retain_from
    ])?;
    if after.draft() != before.onboarding.draft() || after.person != before.onboarding.person {
        conn.prepare_cached("DELETE FROM lookups WHERE onboarding = ?1")?
            .execute([before.seq])?;
        index(conn, before.seq, &row.lookups)?;
    }
    save_attempts(conn, records, before, after)?;
    save_claim(conn, after, row.claim)?;
    lessons::learn(conn, &after.key, &learned(&before.onboarding, after))?;
    for (event, detail) in told(&before.onboarding, after) {
        note(conn, after, after.update_time, actor, event, &detail)?;
    }
    Ok(())
}

/// Writes a lease that was claimed and nothing else.
pub(super) fn save_lease(conn: &Connection, seq: i64, lease: Lease) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE onboardings SET token = ?2, leased = ?3, wake = ?4 WHERE seq = ?1",
    )?
    .execute(params![
        seq,
        number(lease.token)?,
        lease.held,
        lease.wake.map(millis_up)
    ])?;
    Ok(())
}

fn number(token: u64) -> Result<i64, StoreError> {
    i64::try_from(token).map_err(|_| StoreError::Malformed)
}

pub(super) fn save_attempts(
    conn: &Connection,
    records: &Records,
    before: &Stored,
    after: &Onboarding,
) -> Result<(), StoreError> {
    if after.erased && !before.onboarding.erased {
        forget_attempts(conn, records, before.seq, after)?;
    }
    for attempt in &after.attempts {
        let known = before
            .onboarding
            .attempts
            .iter()
            .find(|known| known.number == attempt.number);
        if known.is_none() {
            conn.prepare_cached(
                "INSERT INTO attempts (onboarding, number, open, intent) VALUES (?1, ?2, 1, ?3)",
            )?
            .execute(params![
                before.seq,
                attempt.number,
                records.seal_intent(after, attempt)?
            ])?;
        }
        let seen_before = match known {
            Some(_) if after.erased && !before.onboarding.erased => attempt.seen.len(),
            Some(known) => known.seen.len(),
            None => 0,
        };
        for seen in attempt.seen.iter().skip(seen_before) {
            add_evidence(conn, records, before.seq, after, attempt.number, seen)?;
        }
        if known.is_some_and(Attempt::is_open) != attempt.is_open() {
            conn.prepare_cached(
                "UPDATE attempts SET open = ?3 WHERE onboarding = ?1 AND number = ?2",
            )?
            .execute(params![before.seq, attempt.number, attempt.is_open()])?;
        }
    }
    Ok(())
}

/// Writes attempts anew whose person has been forgotten.
pub(super) fn forget_attempts(
    conn: &Connection,
    records: &Records,
    seq: i64,
    after: &Onboarding,
) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM evidence WHERE onboarding = ?1")?
        .execute([seq])?;
    // The login is not remembered either, once it is free.
    conn.prepare_cached("DELETE FROM claims WHERE onboarding = ?1 AND free_from <= ?2")?
        .execute(params![after.id.to_string(), millis(after.update_time)])?;
    for attempt in &after.attempts {
        conn.prepare_cached(
            "UPDATE attempts SET intent = ?3 WHERE onboarding = ?1 AND number = ?2",
        )?
        .execute(params![
            seq,
            attempt.number,
            records.seal_intent(after, attempt)?
        ])?;
        for seen in &attempt.seen {
            add_evidence(conn, records, seq, after, attempt.number, seen)?;
        }
    }
    Ok(())
}

pub(super) fn add_evidence(
    conn: &Connection,
    records: &Records,
    seq: i64,
    of: &Onboarding,
    attempt: u32,
    seen: &Seen,
) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO evidence (onboarding, attempt, evidence) VALUES (?1, ?2, ?3)",
    )?
    .execute(params![seq, attempt, records.seal_seen(of, attempt, seen)?])?;
    Ok(())
}

/// Holds the claim while an attempt is open; frees it after, but later when the attempt
/// created someone.
pub(super) fn save_claim(
    conn: &Connection,
    after: &Onboarding,
    claim: Option<[u8; 16]>,
) -> Result<(), StoreError> {
    let id = after.id.to_string();
    let Some(claim) = claim else {
        let free_from = if after.state() == State::Created {
            later(after.update_time, CLAIM_KEPT)
        } else {
            after.update_time
        };
        conn.prepare_cached(
            "UPDATE claims SET free_from = ?2 WHERE onboarding = ?1 AND free_from IS NULL",
        )?
        .execute(params![id, millis(free_from)])?;
        return Ok(());
    };
    conn.prepare_cached(
        "INSERT INTO claims (account, claim_index, onboarding) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET onboarding = excluded.onboarding, free_from = NULL",
    )?
    .execute(params![after.key.account.as_str(), claim, id])?;
    Ok(())
}
