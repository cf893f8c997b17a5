//! Damage to stored rows: it is the trouble of that record alone, and it is noticed.

use std::time::Duration;

use super::{
    Actor, Evidence, LeaseGrant, NewHistoryEntry, Store, Subject, begin, creating, done, id,
    moment, pruning::KEEP, say, see, source, tables::TABLES, tenants::tenant,
};
use crate::{
    domain::{
        delivery::{Deliveries, Refusal},
        field::Field,
        onboarding::{
            fixtures::{account, at, hire, lucca_id, tenant_id},
            submission::Hire,
        },
    },
    store::{Filter, HistoryOf, Order, Permit, Request, Unreadable, sql::Value},
};

/// What happens to a stored value.
#[derive(Clone, Copy, Debug, strum::EnumIter)]
pub(in crate::store) enum Fault {
    /// A bit of a byte in the middle is flipped.
    FlippedBit,
    /// The first bit of a number is flipped.
    FlippedSign,
    /// The last byte is missing.
    MissingByte,
}

impl Fault {
    /// The value afterwards; `None` if there is nothing to damage.
    pub(in crate::store) fn of(self, value: Value) -> Option<Value> {
        let bytes = |mut bytes: Vec<u8>| {
            let middle = bytes.len() / 2;
            match self {
                Self::MissingByte => bytes.pop().map(drop),
                Self::FlippedBit => bytes.get_mut(middle).map(|byte| *byte ^= 1),
                Self::FlippedSign => None,
            }?;
            Some(bytes)
        };
        Some(match (value, self) {
            (Value::Bool(value), Self::FlippedBit) => Value::Bool(!value),
            (Value::Int(value), Self::FlippedBit) => Value::Int(value ^ 1),
            (Value::Int(value), Self::FlippedSign) => Value::Int(value ^ i64::MIN),
            (Value::Int(value), Self::MissingByte) => Value::Int(value >> 8),
            (Value::Text(text), _) => Value::Text(String::from_utf8(bytes(text.into())?).ok()?),
            (Value::Bytes(value), _) => Value::Bytes(bytes(value)?),
            _ => return None,
        })
    }
}

/// The hire that goes into quarantine when this is run: a row of its own says another state.
pub(crate) const DAMAGE_ONE: &str = "UPDATE onboardings SET state = 'CREATED'
    WHERE id = '00000000-0000-0000-0000-000000000003'";

fn elsewhere(external_id: &str) -> Hire {
    let mut hire = hire(external_id);
    hire.key.tenant = tenant_id("other");
    hire.key.account = account("other.ilucca.example");
    hire
}

/// Fills an empty store: a row in every table for the tenant `acme`, and one hire of another.
pub(crate) async fn furnish(store: &dyn Store) {
    let mut other = tenant("other");
    other.account = account("other.ilucca.example");
    let mut gone = tenant("gone");
    gone.account = account("gone.ilucca.example");
    for tenant in [&tenant("acme"), &other, &gone] {
        let stored = store.insert_tenant(tenant, NewHistoryEntry::test());
        assert!(stored.await.unwrap());
    }
    let removed = store.remove_tenant(&gone.id, NewHistoryEntry::test());
    removed.await.unwrap();
    let host = account("acme.ilucca.example");
    creating(store, &hire("a-4"), 4, "four", 0).await;
    see(store, id(4), Evidence::Created(lucca_id(7)), 1).await;
    creating(store, &hire("a-1"), 1, "one", 1).await;
    see(store, id(1), Evidence::NoAnswer("cut".into()), 2).await;
    let request = Request {
        id: "request".to_owned(),
        content: "content".to_owned(),
    };
    let by = Actor::payroll();
    let stored = store.submit(hire("a-2"), Some(request), id(2), by, at(3));
    stored.await.unwrap();
    say(store, &hire("a-3"), 3, 3).await;
    say(store, &elsewhere("b-1"), 11, 3).await;
    let about = |name| Subject::of(source(&hire(name)), host.clone(), Some(at(0)));
    let withdrawn = store.withdraw(about("a-9"), Actor::payroll(), at(3));
    withdrawn.await.unwrap();
    let erased = store.anonymise(about("a-8"), Actor::payroll(), at(3));
    erased.await.unwrap();
    let update = hire("a-7").only(&[Field::JobTitle]).said(0);
    let kept = store.submit(update, None, id(7), Actor::payroll(), at(3));
    kept.await.unwrap();
    let acme = tenant_id("acme");
    let proven = store.prove_visibility(&host, &acme, 1, at(3));
    proven.await.unwrap();
    let seen = Deliveries {
        accepted: Some(at(3)),
        refused: Some((at(2), Refusal::Signature)),
    };
    store.note_deliveries(&acme, seen).await.unwrap();
    let accepted = store.accept_key(&host, &acme, 1, at(3));
    accepted.await.unwrap();
    take_permit(store, "acme.ilucca.example").await;
    store.prune(KEEP, at(3), 10).await.unwrap();
    let paused = store.pause_account(&host, Duration::from_secs(1));
    paused.await.unwrap();
}

async fn take_permit(store: &dyn Store, host: &str) -> Permit {
    let (host, window) = (account(host), Duration::from_secs(60));
    let taken = store.take_permit(&host, 45, window, Duration::from_secs(10));
    taken.await.unwrap()
}

/// Reads everything, so that what is damaged is set aside.
pub(super) async fn inspect(store: &dyn Store) {
    let mut last = None;
    loop {
        last = store.inspect(last, 2).await.unwrap();
        if last.is_none() {
            return;
        }
    }
}

pub(super) async fn set_aside(store: &dyn Store) -> Vec<Unreadable> {
    store.quarantined(None, 100).await.unwrap()
}

/// What a service does for the other tenant, and for all together, succeeds.
async fn other_tenants_go_on(store: &dyn Store) {
    let (other, host) = (tenant_id("other"), account("other.ilucca.example"));
    store.take_over(moment(20)).await.unwrap();
    let mut due = store.due_times().await.unwrap();
    due.retain(|(_, time)| *time <= at(20));
    assert!(due.iter().any(|(lane, _)| lane.account == host), "{due:?}");
    let mut leased = Vec::new();
    for (lane, _) in due {
        leased.extend(store.lease(&lane, 10, moment(20)).await.unwrap());
    }
    let ours = leased.iter().find(|lease| lease.onboarding.id == id(11));
    let ours: &LeaseGrant = ours.unwrap();
    store.due_times().await.unwrap();
    assert!(matches!(
        take_permit(store, host.as_str()).await,
        Permit::Granted(_)
    ));
    done(store, ours, begin("eleven", 20), 20).await;
    see(store, id(11), Evidence::Created(lucca_id(11)), 21).await;
    say(store, &elsewhere("b-2"), 12, 22).await;
    for tenant in [None, Some(other.clone())] {
        for order in [Order::Urgency, Order::UpdateTime] {
            let filter = Filter {
                tenant: tenant.clone(),
                ..Filter::default()
            };
            let page = store.list(filter, order, None, 100).await.unwrap();
            let listed: Vec<_> = page.onboardings.iter().map(|it| it.id).collect();
            assert!(
                listed.contains(&id(11)) && listed.contains(&id(12)),
                "{listed:?}"
            );
        }
    }
    let tenants = store.tenants(None, 10).await.unwrap();
    assert!(tenants.iter().any(|tenant| tenant.id == other));
    store.waiting_counts().await.unwrap();
    store.queue_position(id(12), None).await.unwrap();
    store.learned_acceptances(&host, &other).await.unwrap();
    store.deliveries(&other).await.unwrap();
    store
        .history(HistoryOf::default(), None, 100)
        .await
        .unwrap();
    let kept = Duration::from_secs(1);
    for tenant in tenants {
        store
            .retire(&tenant.id, kept, at(1_000_000_000), 2)
            .await
            .unwrap();
    }
    inspect(store).await;
    let much_later = at(1_000_000_000);
    store.prune(KEEP, much_later, 2).await.unwrap();
    store
        .cut_histories(KEEP, much_later, None, 10)
        .await
        .unwrap();
    store.forget_calls(KEEP.calls).await.unwrap();
    assert!(
        store
            .quarantined(Some(&other), 10)
            .await
            .unwrap()
            .is_empty()
    );
}

/// `damaged` opens a copy of a store that was furnished and had a hire set aside, with a value of the
/// row that the condition selects damaged; `None` if there is nothing to damage.
pub(in crate::store) async fn every_column_is_one_records_trouble<S: Store, B>(
    columns: &[(String, String)],
    damaged: impl AsyncFn(&str, &str, &str, Fault) -> Option<(S, B)>,
) {
    let mut cases = 0;
    for (name, column) in columns {
        // Without these two a store does not open.
        if ["meta", "schema_version"].contains(&name.as_str()) {
            continue;
        }
        let table = TABLES.iter().find(|table| table.name == name);
        let table = table.unwrap_or_else(|| panic!("{name} is not damaged"));
        assert!(
            table.says(column),
            "what damage to {name}.{column} leads to is not said"
        );
        for (place, row) in table.rows.iter().enumerate() {
            for fault in <Fault as strum::IntoEnumIterator>::iter() {
                let Some((store, _bench)) = damaged(name, column, row, fault).await else {
                    continue;
                };
                let case = format!("{name}.{column} {fault:?} where {row}");
                #[allow(clippy::print_stderr, reason = "a failure in the middle says where")]
                {
                    eprintln!("{case}");
                }
                other_tenants_go_on(&store).await;
                let is = |columns: &[&str]| place == 0 && columns.contains(&column.as_str());
                if is(table.noticed) {
                    let found = set_aside(&store).await;
                    assert!(found.len() > 1, "not noticed: {case}");
                }
                if is(table.mended) {
                    assert!(store.noticed().mended() > 0, "not mended: {case}");
                }
                cases += 1;
            }
        }
    }
    assert!(cases > 150, "{cases}");
}
