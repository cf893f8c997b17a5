//! What callers and operators say of hires.

use deadpool_postgres::GenericClient;
use jiff::Timestamp;

use super::{
    saving::{insert, save},
    session::Session,
    stored::{Stored, get, locked_by_id, locked_latest},
    tenants,
};
use crate::{
    domain::{
        ids::{Account, OnboardingId},
        onboarding::{
            Onboarding,
            decision::Decision,
            lease::{By, goes_on},
            refresh::Observation,
            submission::{self, Hire, Verdict},
        },
    },
    store::{Actor, Decided, Lookup, Request, SourceKey, StoreError, Submitted, records::Purpose},
};

/// Writes what a caller or an operator changed.
async fn save_said(
    on: &Session<'_, impl GenericClient>,
    before: &Stored,
    after: &Onboarding,
    now: Timestamp,
    actor: Actor<'_>,
) -> Result<(), StoreError> {
    let leased = before.lease().held && goes_on(By::Outside, &before.onboarding, after);
    save(on, before, after, now, actor, leased).await
}

pub(super) async fn submit(
    on: &Session<'_, impl GenericClient>,
    hire: &Hire,
    request: Option<&Request>,
    id: OnboardingId,
    now: Timestamp,
) -> Result<Submitted, StoreError> {
    let actor = Actor::creates(&hire.said_by);
    if !tenants::takes_hires(on, &hire.key.tenant).await? {
        return Ok(Submitted::NoTenant);
    }
    if let Some(request) = request
        && let Some(answer) = said_before(on, hire, request).await?
    {
        return Ok(answer);
    }
    let key = SourceKey::of(&hire.key);
    let before = locked_latest(on, &key, &hire.key.account).await?;
    let mut withdrawn = tombstone(on, &key, &hire.key.account).await?;
    if withdrawn.is_none()
        && let Some(person) = &hire.person
    {
        let external_id = person.clone();
        let key = SourceKey { external_id, ..key };
        withdrawn = tombstone(on, &key, &hire.key.account).await?;
    }
    let mut after = before.as_ref().map(|stored| stored.onboarding.clone());
    let verdict = submission::submit(after.as_mut(), withdrawn, hire, id, now);
    if let (Some(before), Some(after)) = (&before, &after) {
        save_said(on, before, after, now, actor).await?;
    }
    if let Verdict::New(onboarding) = &verdict {
        insert(on, onboarding, actor).await?;
    }
    let answer = Submitted::of(verdict, after);
    if let (Some(request), Submitted::Stored(onboarding)) = (request, &answer) {
        // If another replica has just kept the same request id, this fails, and the work
        // begins anew and finds it.
        on.run(
            "INSERT INTO requests (tenant, account, request_index, content_index, onboarding)
             VALUES ($1, $2, $3, $4, $5)",
            &[
                &hire.key.tenant.as_str(),
                &hire.key.account.as_str(),
                &&on.records.index(Purpose::Request, &request.id)[..],
                &&on.records.index(Purpose::Content, &request.content)[..],
                &onboarding.id.to_string(),
            ],
        )
        .await?;
    }
    Ok(answer)
}

async fn said_before(
    on: &Session<'_, impl GenericClient>,
    hire: &Hire,
    request: &Request,
) -> Result<Option<Submitted>, StoreError> {
    let known = on
        .row(
            "SELECT content_index, onboarding FROM requests
             WHERE tenant = $1 AND account = $2 AND request_index = $3",
            &[
                &hire.key.tenant.as_str(),
                &hire.key.account.as_str(),
                &&on.records.index(Purpose::Request, &request.id)[..],
            ],
        )
        .await?;
    let Some(row) = known else {
        return Ok(None);
    };
    let content: &[u8] = row.try_get(0)?;
    if content != on.records.index(Purpose::Content, &request.content) {
        return Ok(Some(Submitted::RequestReused));
    }
    let id = OnboardingId::parse(row.try_get(1)?).map_err(|_| StoreError::Malformed)?;
    let found = get(on, &Lookup::Id(id)).await?;
    Ok(found.map(|onboarding| Submitted::Stored(Box::new(onboarding))))
}

async fn tombstone(
    on: &Session<'_, impl GenericClient>,
    key: &SourceKey,
    account: &Account,
) -> Result<Option<Option<Timestamp>>, StoreError> {
    let found = on
        .row(
            "SELECT event_time FROM tombstones
             WHERE tenant = $1 AND account = $2 AND system = $3 AND source_index = $4",
            &[
                &key.tenant.as_str(),
                &account.as_str(),
                &key.system.as_str(),
                &&on.records.source(&key.tenant, &key.external_id)[..],
            ],
        )
        .await?;
    let Some(row) = found else {
        return Ok(None);
    };
    row.try_get::<_, Option<i64>>(0)?
        .map(|at| Timestamp::from_microsecond(at).map_err(|_| StoreError::Malformed))
        .transpose()
        .map(Some)
}

pub(super) async fn withdraw(
    on: &Session<'_, impl GenericClient>,
    key: &SourceKey,
    account: &Account,
    event_time: Option<Timestamp>,
    actor: &str,
    now: Timestamp,
) -> Result<Option<Onboarding>, StoreError> {
    let Some(before) = locked_latest(on, key, account).await? else {
        on.run(
            "INSERT INTO tombstones (tenant, account, system, source_index, event_time)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant, account, system, source_index) DO UPDATE
                SET event_time = greatest(tombstones.event_time, excluded.event_time)",
            &[
                &key.tenant.as_str(),
                &account.as_str(),
                &key.system.as_str(),
                &&on.records.source(&key.tenant, &key.external_id)[..],
                &event_time.map(Timestamp::as_microsecond),
            ],
        )
        .await?;
        return Ok(None);
    };
    let mut after = before.onboarding.clone();
    submission::withdraw(&mut after, event_time, now);
    save_said(on, &before, &after, now, Actor::withdraws(actor)).await?;
    Ok(Some(after))
}

pub(super) async fn decide(
    on: &Session<'_, impl GenericClient>,
    id: OnboardingId,
    actor: &str,
    decision: Decision,
    now: Timestamp,
) -> Result<Option<Decided>, StoreError> {
    let Some(before) = locked_by_id(on, id).await? else {
        return Ok(None);
    };
    let mut after = before.onboarding.clone();
    if let Err(refusal) = after.decide(decision, now) {
        return Ok(Some(Err(refusal)));
    }
    save_said(on, &before, &after, now, Actor::decides(actor)).await?;
    Ok(Some(Ok(Box::new(after))))
}

pub(super) async fn observe(
    on: &Session<'_, impl GenericClient>,
    id: OnboardingId,
    actor: &str,
    seen: &Observation,
) -> Result<Option<Onboarding>, StoreError> {
    let Some(before) = locked_by_id(on, id).await? else {
        return Ok(None);
    };
    let mut after = before.onboarding.clone();
    after.observe(seen);
    save_said(on, &before, &after, seen.at, Actor::decides(actor)).await?;
    Ok(Some(after))
}

pub(super) async fn episodes(
    on: &Session<'_, impl GenericClient>,
    key: &SourceKey,
    account: &Account,
) -> Result<Vec<OnboardingId>, StoreError> {
    let rows = on
        .rows(
            "SELECT id FROM onboardings
             WHERE tenant = $1 AND account = $2 AND system = $3 AND source_index = $4
             ORDER BY episode",
            &[
                &key.tenant.as_str(),
                &account.as_str(),
                &key.system.as_str(),
                &&on.records.source(&key.tenant, &key.external_id)[..],
            ],
        )
        .await?;
    rows.iter()
        .map(|row| OnboardingId::parse(row.try_get(0)?).map_err(|_| StoreError::Malformed))
        .collect()
}

pub(super) async fn of_person(
    on: &Session<'_, impl GenericClient>,
    key: &SourceKey,
    account: &Account,
) -> Result<Vec<OnboardingId>, StoreError> {
    let person = on
        .records
        .person(&key.tenant, &key.system, &key.external_id);
    let rows = on
        .rows(
            "SELECT id FROM onboardings JOIN lookups ON lookups.onboarding = onboardings.seq
             WHERE lookups.purpose = 'person' AND lookups.value = $1 AND account = $2
             ORDER BY source_index, episode",
            &[&&person[..], &account.as_str()],
        )
        .await?;
    rows.iter()
        .map(|row| OnboardingId::parse(row.try_get(0)?).map_err(|_| StoreError::Malformed))
        .collect()
}
