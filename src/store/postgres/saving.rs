//! Writing onboardings with their attempts, look-ups and claims.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use super::{history, lessons, session::Session, stored::Stored, ticks::micros};
use crate::{
    domain::{
        attempt::Attempt,
        ids::OnboardingId,
        onboarding::{Onboarding, State, lesson::learned},
    },
    store::{
        Actor, Noted, StoreError,
        records::{Purpose, millis},
        rules::{CLAIM_KEPT, told},
    },
};

async fn note(
    on: &Session<'_, impl GenericClient>,
    of: &Onboarding,
    now: Timestamp,
    actor: Actor<'_>,
    event: &str,
    detail: &str,
) -> Result<(), StoreError> {
    history::note(on, &Noted::of(of, now, actor, event, detail)).await
}

pub(super) async fn insert(
    on: &Session<'_, impl GenericClient>,
    onboarding: &Onboarding,
    actor: Actor<'_>,
) -> Result<(), StoreError> {
    let row = on.records.onboarding_row(onboarding)?;
    let key = &onboarding.key;
    let state = onboarding.state().as_str();
    let stored = on
        .the_row(
            "INSERT INTO onboardings (id, tenant, account, system, source_index, episode, state,
                problem, urgency, lucca_user, wake, update_time, document, retain_from)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING seq",
            &[
                &onboarding.id.to_string(),
                &key.tenant.as_str(),
                &key.account.as_str(),
                &key.system.as_str(),
                &&on.records.source(&key.tenant, &key.external_id)[..],
                &i64::from(key.episode),
                &state,
                &row.problem,
                &row.urgency,
                &row.lucca_user,
                &row.wake,
                &millis(onboarding.update_time),
                &row.document,
                &row.retain_from,
            ],
        )
        .await?;
    index(on, stored.try_get(0)?, &row.lookups).await?;
    note(
        on,
        onboarding,
        onboarding.create_time,
        actor,
        state,
        &onboarding.reason(None),
    )
    .await
}

async fn index(
    on: &Session<'_, impl GenericClient>,
    seq: i64,
    lookups: &[(&'static str, [u8; 16])],
) -> Result<(), StoreError> {
    let (purposes, values): (Vec<&str>, Vec<&[u8]>) = lookups
        .iter()
        .map(|(purpose, value)| (*purpose, &value[..]))
        .unzip();
    on.run(
        "INSERT INTO lookups (onboarding, purpose, value)
         SELECT $1, purpose, value FROM unnest($2::text[], $3::bytea[]) AS it (purpose, value)",
        &[&seq, &purposes, &values],
    )
    .await?;
    Ok(())
}

/// Until when the claim that covered a change goes on: as long as it did, unless the change
/// sets another end, which is a span from now and not a time on the server's clock.
fn lease_end(
    on: &Session<'_, impl GenericClient>,
    before: &Stored,
    after: &Onboarding,
    now: Timestamp,
) -> Option<i64> {
    match after.due() {
        Some(due) if before.onboarding.due() != Some(due) => {
            let start = on.ticks.lease_time(now).unwrap_or(before.read_at);
            let span = due.duration_since(now).as_micros();
            Some(start.saturating_add(i64::try_from(span).unwrap_or(0)))
        }
        _ => before.lease_end,
    }
}

/// Writes what has changed. `leased`: the claim that covered the change goes on.
pub(super) async fn save(
    on: &Session<'_, impl GenericClient>,
    before: &Stored,
    after: &Onboarding,
    now: Timestamp,
    actor: Actor<'_>,
    leased: bool,
) -> Result<(), StoreError> {
    if *after == before.onboarding {
        return Ok(());
    }
    let row = on.records.onboarding_row(after)?;
    let lease_end = leased.then(|| lease_end(on, before, after, now)).flatten();
    on.run(
        "UPDATE onboardings SET state = $2, problem = $3, urgency = $4, lucca_user = $5,
            wake = $6, token = token + $7, lease_end = $8, update_time = $9, document = $10,
            retain_from = $11
         WHERE seq = $1",
        &[
            &before.seq,
            &after.state().as_str(),
            &row.problem,
            &row.urgency,
            &row.lucca_user,
            &row.wake,
            &i64::from(!leased),
            &lease_end,
            &millis(after.update_time),
            &row.document,
            &row.retain_from,
        ],
    )
    .await?;
    if after.draft() != before.onboarding.draft() || after.person != before.onboarding.person {
        let forget = "DELETE FROM lookups WHERE onboarding = $1";
        on.run(forget, &[&before.seq]).await?;
        index(on, before.seq, &row.lookups).await?;
    }
    save_attempts(on, before, after, now).await?;
    free_claim(on, before, after, now).await?;
    lessons::learn(on, &after.key, &learned(&before.onboarding, after)).await?;
    for (event, detail) in told(&before.onboarding, after) {
        note(on, after, after.update_time, actor, event, &detail).await?;
    }
    Ok(())
}

async fn save_attempts(
    on: &Session<'_, impl GenericClient>,
    before: &Stored,
    after: &Onboarding,
    now: Timestamp,
) -> Result<(), StoreError> {
    let forgotten = after.erased && !before.onboarding.erased;
    if forgotten {
        let forget = "DELETE FROM evidence WHERE onboarding = $1";
        on.run(forget, &[&before.seq]).await?;
        // The login is not remembered either, once it is free.
        let free = "DELETE FROM claims WHERE onboarding = $1 AND free_from <= $2";
        let now = on.ticks.lease_time(now).unwrap_or(before.read_at);
        on.run(free, &[&after.id.to_string(), &now]).await?;
    }
    for attempt in &after.attempts {
        let number = i64::from(attempt.number);
        let known = before
            .onboarding
            .attempts
            .iter()
            .find(|known| known.number == attempt.number);
        if known.is_none() || forgotten {
            on.run(
                "INSERT INTO attempts (onboarding, number, open, intent) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (onboarding, number) DO UPDATE
                    SET open = excluded.open, intent = excluded.intent",
                &[
                    &before.seq,
                    &number,
                    &attempt.is_open(),
                    &on.records.seal_intent(after, attempt)?,
                ],
            )
            .await?;
        } else if known.is_some_and(Attempt::is_open) != attempt.is_open() {
            on.run(
                "UPDATE attempts SET open = $3 WHERE onboarding = $1 AND number = $2",
                &[&before.seq, &number, &attempt.is_open()],
            )
            .await?;
        }
        let kept = match known {
            Some(known) if !forgotten => known.seen.len(),
            _ => 0,
        };
        for seen in attempt.seen.iter().skip(kept) {
            on.run(
                "INSERT INTO evidence (onboarding, attempt, evidence) VALUES ($1, $2, $3)",
                &[
                    &before.seq,
                    &number,
                    &on.records.seal_seen(after, attempt.number, seen)?,
                ],
            )
            .await?;
        }
    }
    Ok(())
}

/// Frees the claim once no attempt is open any more, but later when one created someone.
/// [`take_claim`] has taken it before the attempt began.
async fn free_claim(
    on: &Session<'_, impl GenericClient>,
    before: &Stored,
    after: &Onboarding,
    now: Timestamp,
) -> Result<(), StoreError> {
    if after.claim().is_some() || before.onboarding.claim().is_none() {
        return Ok(());
    }
    let start = on.ticks.lease_time(now).unwrap_or(before.read_at);
    let kept = match after.state() {
        State::Created => micros(CLAIM_KEPT),
        _ => 0,
    };
    on.run(
        "UPDATE claims SET free_from = $2 WHERE onboarding = $1 AND free_from IS NULL",
        &[&after.id.to_string(), &start.saturating_add(kept)],
    )
    .await?;
    Ok(())
}

/// Takes the claim on a login, or tells who else holds it.
///
/// Of two workers that both find none, the one that inserts second waits for the first to
/// commit and then finds its claim: one statement decides.
pub(super) async fn take_claim(
    on: &Session<'_, impl GenericClient>,
    of: &Stored,
    claim: &str,
    now: Timestamp,
) -> Result<Option<OnboardingId>, StoreError> {
    let account = of.onboarding.key.account.as_str();
    let claim = &on.records.index(Purpose::Claim, claim)[..];
    let start = on.ticks.lease_time(now).unwrap_or(of.read_at);
    let taken = on
        .run(
            "INSERT INTO claims (account, claim_index, onboarding) VALUES ($1, $2, $3)
             ON CONFLICT (account, claim_index) DO UPDATE
                SET onboarding = excluded.onboarding, free_from = NULL
                WHERE claims.onboarding = excluded.onboarding OR claims.free_from <= $4",
            &[&account, &claim, &of.onboarding.id.to_string(), &start],
        )
        .await?;
    if taken > 0 {
        return Ok(None);
    }
    let holder = on
        .the_row(
            "SELECT onboarding FROM claims WHERE account = $1 AND claim_index = $2",
            &[&account, &claim],
        )
        .await?;
    OnboardingId::parse(holder.try_get(0)?)
        .map(Some)
        .map_err(|_| StoreError::Malformed)
}
