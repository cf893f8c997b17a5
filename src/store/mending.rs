//! Mends what the sealed record of an onboarding says better: the sort keys of its row, by what it
//! is found, and the reservation of its login. Damage to these stops nothing, so the record does not
//! go into quarantine: the hourly sweep compares them and writes them anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    StoreError,
    backend::{Backend, Rows},
    change::{Change, Plan, RESERVED_AFTER_CREATION, Stored, Write},
    lookups::replacement,
    records::{Index, Purpose, Records, millis_up, rank},
    sql::{Row, Statement, Value, values},
};

/// What is compared of an onboarding.
#[derive(Debug, Default, PartialEq, Eq)]
struct Mendable {
    urgency: String,
    retain_from: Option<i64>,
    /// Purpose and value.
    lookups: BTreeSet<(String, Vec<u8>)>,
    /// Account and login of what it reserves without an end.
    reserved: BTreeSet<(String, Vec<u8>)>,
}

impl Mendable {
    /// As the sealed record says.
    fn sealed(records: &Records, of: &Stored) -> Self {
        let lookups = records.lookups(&of.onboarding, of.ids.as_ref()).into_iter();
        let account = of.onboarding.key.account.as_str();
        let login = reserved(records, of);
        Self {
            urgency: rank(&of.onboarding),
            retain_from: of.onboarding.retained_from().map(millis_up),
            lookups: lookups
                .map(|(purpose, value)| (purpose.to_owned(), value.to_vec()))
                .collect(),
            reserved: login
                .map(|login| (account.to_owned(), login.to_vec()))
                .into_iter()
                .collect(),
        }
    }
}

/// The login that an onboarding reserves.
fn reserved(records: &Records, of: &Stored) -> Option<Index> {
    let login = of.onboarding.reserved_login()?;
    Some(records.index(Purpose::Login, login))
}

/// What is stored of onboardings, by the numbers of their rows.
async fn stored(
    store: &impl Backend,
    of: &[Stored],
) -> Result<BTreeMap<i64, Mendable>, StoreError> {
    let (Some(first), Some(last)) = (of.first(), of.last()) else {
        return Ok(BTreeMap::new());
    };
    let range = values![first.seq, last.seq];
    let query = async |sql: &'static str| store.query(sql, range.clone()).await;
    let mut found: BTreeMap<i64, Mendable> = BTreeMap::new();
    let rows =
        query("SELECT seq, urgency, retain_from FROM onboardings WHERE seq BETWEEN $1 AND $2");
    for row in rows.await? {
        let one = found.entry(row.get(0)?).or_default();
        one.urgency = row.get(1)?;
        one.retain_from = row.get(2)?;
    }
    let rows =
        query("SELECT onboarding, purpose, value FROM lookups WHERE onboarding BETWEEN $1 AND $2");
    for row in rows.await? {
        let one = found.entry(row.get(0)?).or_default();
        one.lookups.insert(pair(&row)?);
    }
    let rows = query(
        "SELECT seq, claims.account, claim_index FROM onboardings
         JOIN claims ON claims.onboarding = onboardings.id
         WHERE seq BETWEEN $1 AND $2 AND free_from IS NULL",
    );
    for row in rows.await? {
        let one = found.entry(row.get(0)?).or_default();
        one.reserved.insert(pair(&row)?);
    }
    Ok(found)
}

fn pair(row: &Row) -> Result<(String, Vec<u8>), StoreError> {
    Ok((row.get(1)?, row.get(2)?))
}

/// Those that are not stored as their sealed records say.
async fn differing<'a>(
    store: &impl Backend,
    of: &'a [Stored],
) -> Result<Vec<&'a Stored>, StoreError> {
    let found = stored(store, of).await?;
    let differs =
        |one: &&Stored| found.get(&one.seq) != Some(&Mendable::sealed(store.records(), one));
    Ok(of.iter().filter(differs).collect())
}

/// Version 0.1 kept the ids of erased hires: only keyed hashes stay of them.
async fn forget_ids(store: &impl Backend, of: &[Stored]) -> Result<(), StoreError> {
    let keeps_ids = |it: &&Stored| {
        let of = &it.onboarding;
        of.erased && !of.key.external_id.is_erased()
    };
    for one in of.iter().filter(keeps_ids) {
        let now = store.now();
        let plan = move |records: &Records, rows: Vec<Stored>| {
            let mut writes = Vec::new();
            for before in rows.iter().filter(keeps_ids) {
                let mut after = before.onboarding.clone();
                after.forget_ids();
                let change = Change::with(records, before, &after, before.lease, Vec::new(), now)?;
                writes.push(Write::Onboarding(Box::new(change)));
            }
            Ok(Plan { writes, answer: () })
        };
        store.change(Rows::Id(one.onboarding.id), plan).await?;
    }
    Ok(())
}

/// Mends what differs of these onboardings, which come in the order of their rows.
pub(super) async fn mend(store: &impl Backend, of: &[Stored]) -> Result<(), StoreError> {
    forget_ids(store, of).await?;
    for one in differing(store, of).await? {
        let id = one.onboarding.id;
        // It may have changed between the two reads.
        let again = store.find("WHERE id = $1", values![id.to_string()]).await;
        let Ok(again) = again else { continue };
        if differing(store, &again).await?.is_empty() {
            continue;
        }
        let now = store.later(Duration::ZERO);
        let free_from = store.later(RESERVED_AFTER_CREATION);
        let plan = move |records: &Records, rows: Vec<Stored>| {
            let statements = rows.iter();
            let statements = statements.flat_map(|it| statements_of(records, it, &now, &free_from));
            Ok(Plan {
                writes: statements.map(Write::Statement).collect(),
                answer: (),
            })
        };
        store.change(Rows::Id(id), plan).await?;
        store.records().noticed.mend();
        tracing::warn!(onboarding = %id,
            "sort keys, look-ups or the login reservation differed from the sealed record and were written anew");
    }
    Ok(())
}

fn statements_of(records: &Records, of: &Stored, now: &str, free_from: &str) -> Vec<Statement> {
    let id = of.onboarding.id.to_string();
    let sealed = Mendable::sealed(records, of);
    let keys = Statement::new(
        "UPDATE onboardings SET urgency = $2, retain_from = $3 WHERE seq = $1",
        values![of.seq, sealed.urgency, sealed.retain_from],
    );
    let mut all = vec![keys];
    all.extend(replacement(
        &id,
        &records.lookups(&of.onboarding, of.ids.as_ref()),
    ));
    let Some(login) = reserved(records, of) else {
        let sql = format!(
            "UPDATE claims SET free_from = {free_from} WHERE onboarding = $1 AND free_from IS NULL"
        );
        all.push(Statement::new(sql, values![id]));
        return all;
    };
    let reservation: Vec<Value> = values![id, of.onboarding.key.account.as_str(), login];
    all.push(Statement::new(
        "DELETE FROM claims WHERE onboarding = $1 AND free_from IS NULL
            AND NOT (account = $2 AND claim_index = $3)",
        reservation.clone(),
    ));
    // Another hire that has the login meanwhile keeps it.
    let sql = format!(
        "INSERT INTO claims (account, claim_index, onboarding) VALUES ($2, $3, $1)
         ON CONFLICT (account, claim_index) DO UPDATE
            SET onboarding = excluded.onboarding, free_from = NULL
            WHERE claims.onboarding = excluded.onboarding OR claims.free_from <= {now}
                OR claims.onboarding NOT IN (SELECT id FROM onboardings)"
    );
    all.push(Statement::new(sql, reservation));
    all
}

/// Ends reservations that no onboarding holds, and those that would end later than any may. Called
/// once every onboarding was compared.
pub(super) async fn end_reservations(store: &impl Backend) -> Result<(), StoreError> {
    let (latest, too_late) = (
        store.later(RESERVED_AFTER_CREATION),
        store.later(RESERVED_AFTER_CREATION * 2),
    );
    let sql = format!(
        "UPDATE claims SET free_from = {latest} WHERE free_from > {too_late}
            OR free_from IS NULL AND onboarding NOT IN (SELECT id FROM onboardings)"
    );
    let ended: u64 = store
        .run(vec![Statement::new(sql, Vec::new())])
        .await?
        .iter()
        .sum();
    if ended > 0 {
        tracing::warn!(ended, "login reservations that no hire holds were ended");
    }
    Ok(())
}
