//! By what onboardings are found: the rows of index values.

use crate::store::{
    StoreError,
    apply::SEQ,
    backend::Backend,
    quarantine::NOT_SET_ASIDE,
    records::{Index, limit},
    sql::{Statement, Values, values},
};

/// How many onboardings a step of [`bind_to_tenants`] looks at.
const STEP: usize = 500;

/// Marks in `meta` that names and addresses are indexed for each tenant.
const BOUND: &str = "lookups_of_tenants";

/// Indexes names and addresses for each tenant, once: version 0.1 indexed them for all tenants alike.
/// What is in quarantine is indexed when it is released.
pub(in crate::store) async fn bind_to_tenants(store: &impl Backend) -> Result<(), StoreError> {
    let bound = "SELECT key FROM meta WHERE key = $1";
    if !store.query(bound, values![BOUND]).await?.is_empty() {
        return Ok(());
    }
    let clause = format!("WHERE seq > $1 AND {NOT_SET_ASIDE} ORDER BY seq LIMIT $2");
    let mut last = i64::MIN;
    loop {
        let found = store.find_all(&clause, &values![last, limit(STEP)]).await?;
        let statements = found.iter().flat_map(|stored| {
            let of = &stored.onboarding;
            replacement(
                &of.id.to_string(),
                &store.records().lookups(of, stored.ids.as_ref()),
            )
        });
        store.run(statements.collect()).await?;
        match found.last() {
            Some(stored) if found.len() == STEP => last = stored.seq,
            _ => break,
        }
    }
    let mark = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
    let mark = Statement::new(mark, values![BOUND, Vec::<u8>::new()]);
    store.run(vec![mark]).await.map(|_| ())
}

/// Lets an onboarding be found by these purposes and index values, and by no others.
pub(in crate::store) fn replacement(id: &str, lookups: &[(&'static str, Index)]) -> Vec<Statement> {
    let forget = format!("DELETE FROM lookups WHERE onboarding = {SEQ}");
    let mut all = vec![Statement::new(forget, values![id])];
    if !lookups.is_empty() {
        let mut values = Values(values![id]);
        let rows: Vec<String> = lookups
            .iter()
            .map(|(purpose, value)| {
                let (purpose, value) = (values.add(*purpose), values.add(*value));
                format!("({SEQ}, {purpose}, {value})")
            })
            .collect();
        let rows = rows.join(", ");
        let sql = format!("INSERT INTO lookups (onboarding, purpose, value) VALUES {rows}");
        all.push(Statement::new(sql, values.0));
    }
    all
}
