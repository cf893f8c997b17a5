//! Reading onboardings with their attempts.
//!
//! One statement reads an onboarding and all that belongs to it, so that the parts fit
//! together. To change one, its row is locked by a statement before: what the second one
//! reads is then what the last change has left.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::{
    session::{Session, Values},
    ticks::MICROS,
};
use crate::{
    domain::{
        attempt::Attempt,
        ids::{Account, OnboardingId},
        onboarding::{Onboarding, lease::Lease},
    },
    store::{Lookup, SourceKey, StoreError, records::Records},
};

/// An onboarding and what its row says beside it.
pub(super) struct Stored {
    pub seq: i64,
    pub token: u64,
    /// Until when a worker's claim holds, by the server's clock.
    pub lease_end: Option<i64>,
    /// The server's clock when this was read.
    pub read_at: i64,
    pub onboarding: Onboarding,
}

impl Stored {
    /// The lease, whose end only the server's clock can tell.
    pub(super) fn lease(&self) -> Lease {
        Lease {
            token: self.token,
            held: self.lease_end.is_some(),
            wake: None,
        }
    }
}

/// What [`stored`] reads, in its order.
pub(super) fn columns() -> String {
    format!(
        "seq, tenant, id, token, lease_end, {MICROS}, document,
         ARRAY(SELECT number FROM attempts WHERE onboarding = onboardings.seq ORDER BY number),
         ARRAY(SELECT intent FROM attempts WHERE onboarding = onboardings.seq ORDER BY number),
         ARRAY(SELECT attempt FROM evidence
               WHERE onboarding = onboardings.seq ORDER BY evidence.seq),
         ARRAY(SELECT evidence FROM evidence
               WHERE onboarding = onboardings.seq ORDER BY evidence.seq)"
    )
}

/// How many columns those are.
pub(super) const COLUMNS: usize = 11;

/// An onboarding from a row of [`columns`].
pub(super) fn stored(records: &Records, row: &Row) -> Result<Stored, StoreError> {
    let mut onboarding =
        records.open_onboarding(row.try_get(1)?, row.try_get(2)?, row.try_get(6)?)?;
    onboarding.attempts = attempts(records, row, &onboarding)?;
    Ok(Stored {
        seq: row.try_get(0)?,
        token: u64::try_from(row.try_get::<_, i64>(3)?).map_err(|_| StoreError::Malformed)?,
        lease_end: row.try_get(4)?,
        read_at: row.try_get(5)?,
        onboarding,
    })
}

fn attempts(records: &Records, row: &Row, of: &Onboarding) -> Result<Vec<Attempt>, StoreError> {
    let number = |number: i64| u32::try_from(number).map_err(|_| StoreError::Malformed);
    let (numbers, intents): (Vec<i64>, Vec<&[u8]>) = (row.try_get(7)?, row.try_get(8)?);
    let mut list = Vec::with_capacity(numbers.len());
    for (attempt, intent) in numbers.into_iter().zip(intents) {
        let attempt = number(attempt)?;
        list.push(Attempt {
            number: attempt,
            intent: records.open_intent(of, attempt, intent)?,
            seen: Vec::new(),
        });
    }
    let (numbers, evidence): (Vec<i64>, Vec<&[u8]>) = (row.try_get(9)?, row.try_get(10)?);
    for (attempt, evidence) in numbers.into_iter().zip(evidence) {
        let attempt = number(attempt)?;
        let seen = records.open_seen(of, attempt, evidence)?;
        if let Some(attempt) = list.iter_mut().find(|it| it.number == attempt) {
            attempt.seen.push(seen);
        }
    }
    Ok(list)
}

async fn one(
    on: &Session<'_, impl GenericClient>,
    which: &str,
    values: Values<'_>,
) -> Result<Option<Stored>, StoreError> {
    let sql = format!("SELECT {} FROM onboardings WHERE {which}", columns());
    let row = on.row(&sql, values).await?;
    row.map(|row| stored(on.records, &row)).transpose()
}

/// Which episode of a hire is the latest.
const LATEST: &str = "tenant = $1 AND account = $2 AND system = $3 AND source_index = $4
    ORDER BY episode DESC LIMIT 1";

pub(super) async fn get(
    on: &Session<'_, impl GenericClient>,
    lookup: &Lookup,
) -> Result<Option<Onboarding>, StoreError> {
    let found = match lookup {
        Lookup::Id(id) => one(on, "id = $1", &[&id.to_string()]).await?,
        Lookup::Source(key, account) => {
            let values: Values<'_> = &[
                &key.tenant.as_str(),
                &account.as_str(),
                &key.system.as_str(),
                &&on.records.source(&key.tenant, &key.external_id)[..],
            ];
            one(on, LATEST, values).await?
        }
        Lookup::LuccaUser(tenant, account, user) => {
            let which = "tenant = $1 AND account = $2 AND lucca_user = $3
                ORDER BY seq DESC LIMIT 1";
            let values: Values<'_> = &[&tenant.as_str(), &account.as_str(), &user.get()];
            one(on, which, values).await?
        }
    };
    Ok(found.map(|stored| stored.onboarding))
}

/// An onboarding whose row nobody else changes before the transaction ends.
async fn locked(
    on: &Session<'_, impl GenericClient>,
    which: &str,
    values: Values<'_>,
) -> Result<Option<Stored>, StoreError> {
    let sql = format!("SELECT seq FROM onboardings WHERE {which} FOR UPDATE");
    let Some(row) = on.row(&sql, values).await? else {
        return Ok(None);
    };
    one(on, "seq = $1", &[&row.try_get::<_, i64>(0)?]).await
}

pub(super) async fn locked_by_id(
    on: &Session<'_, impl GenericClient>,
    id: OnboardingId,
) -> Result<Option<Stored>, StoreError> {
    locked(on, "id = $1", &[&id.to_string()]).await
}

/// The latest episode of a hire. Whoever may store a next one has to wait as well, so that
/// it is the latest until the transaction ends.
pub(super) async fn locked_latest(
    on: &Session<'_, impl GenericClient>,
    key: &SourceKey,
    account: &Account,
) -> Result<Option<Stored>, StoreError> {
    let source = on.records.source(&key.tenant, &key.external_id);
    let mut begin = [0; 8];
    for (to, from) in begin.iter_mut().zip(source) {
        *to = from;
    }
    let lock = "SELECT pg_advisory_xact_lock($1)";
    on.rows(lock, &[&i64::from_be_bytes(begin)]).await?;
    let values: Values<'_> = &[
        &key.tenant.as_str(),
        &account.as_str(),
        &key.system.as_str(),
        &&source[..],
    ];
    locked(on, LATEST, values).await
}
