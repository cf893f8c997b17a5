//! Which onboardings a list shows.

use super::{Cursor, Filter, Order};
use crate::{
    domain::onboarding::State,
    store::{
        StoreError,
        backend::Backend,
        quarantine::NOT_SET_ASIDE,
        records::{Purpose, Records},
        sql::Conditions,
    },
};

/// The conditions of a list.
pub(super) fn listed(
    records: &Records,
    tenants: &[String],
    filter: &Filter,
    order: Order,
    after: Option<&Cursor>,
) -> Conditions {
    let mut conditions = Conditions::default();
    conditions.add(|_| NOT_SET_ASIDE.to_owned());
    conditions.equal("tenant", filter.tenant.as_ref().map(|it| it.as_str()));
    conditions.equal("state", filter.state.map(State::as_str));
    conditions.equal("system", filter.system.as_ref().map(|it| it.as_str()));
    if let Some(code) = &filter.problem {
        // The column holds the codes of an onboarding, separated by spaces.
        conditions.add(|values| {
            let word = values.add((!code.contains('\0')).then(|| format!(" {code} ")));
            format!("' ' || problem || ' ' <> replace(' ' || problem || ' ', {word}, '')")
        });
    }
    for (purpose, text) in [
        (Purpose::Name, &filter.name),
        (Purpose::Email, &filter.email),
    ] {
        if let Some(text) = text {
            conditions.add(|values| {
                let indexes = tenants.iter();
                let indexes = indexes.map(|tenant| records.index_in(tenant, purpose, text));
                let indexes: Vec<String> = indexes.map(|index| values.add(index)).collect();
                if indexes.is_empty() {
                    return "1 = 0".to_owned();
                }
                let (indexes, purpose) = (
                    indexes.join(", "),
                    values.add(<&'static str>::from(purpose)),
                );
                format!(
                    "seq IN (SELECT onboarding FROM lookups
                             WHERE purpose = {purpose} AND value IN ({indexes}))"
                )
            });
        }
    }
    if let Some(after) = after {
        conditions.add(|values| {
            let seq = values.add(after.seq);
            match order {
                Order::Urgency => {
                    let rank = values.add(after.rank.replace('\0', ""));
                    format!("(urgency, seq) > ({rank}, {seq})")
                }
                Order::UpdateTime => {
                    let rank = values.add(after.rank.parse::<i64>().unwrap_or_default());
                    format!("(update_time, seq) < ({rank}, {seq})")
                }
            }
        });
    }
    conditions
}

/// The tenants in which a name or an address is looked for: its index value is another in each.
pub(super) async fn searched(
    store: &impl Backend,
    filter: &Filter,
) -> Result<Vec<String>, StoreError> {
    match (&filter.tenant, &filter.name, &filter.email) {
        (_, None, None) => Ok(Vec::new()),
        (Some(tenant), ..) => Ok(vec![tenant.to_string()]),
        _ => {
            let sql = "SELECT id FROM tenants UNION SELECT id FROM former_tenants
                UNION SELECT DISTINCT tenant FROM onboardings ORDER BY 1";
            let rows = store.query(sql, Vec::new()).await?;
            rows.iter().map(|row| row.get(0)).collect()
        }
    }
}
