//! Damage to stored rows: it is the trouble of that record alone, and it is noticed.

use std::time::Duration;

use super::{
    Actor, Evidence, LeaseGrant, Lookup, NewHistoryEntry, Stepped, Store, Submitted, begin,
    creating, done, id, lane, moment, say, see, source, take, tenants::tenant,
};
use crate::{
    domain::onboarding::{
        fixtures::{account, at, hire, lucca_id, tenant_id},
        submission::Hire,
    },
    store::{Filter, HistoryOf, Order, Permit, Request, StoreError, Unreadable, sql::Value},
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

/// Rows that are damaged, as conditions. All belong to the tenant `acme`, or to its account.
const ROWS: [(&str, &str); 18] = [
    ("tenants", "id = 'acme'"),
    ("onboardings", IN_DOUBT),
    ("onboardings", "id = '00000000-0000-0000-0000-000000000002'"),
    ("attempts", ITS),
    ("evidence", ITS),
    ("data_keys", ITS),
    ("lookups", ITS),
    (
        "claims",
        "onboarding = '00000000-0000-0000-0000-000000000001'",
    ),
    ("requests", "tenant = 'acme'"),
    ("tombstones", "tenant = 'acme'"),
    (
        "history",
        "seq = (SELECT min(seq) FROM history WHERE tenant = 'acme')",
    ),
    ("sights", "tenant = 'acme'"),
    ("accepted_keys", "tenant = 'acme'"),
    ("calls", "account = 'acme.ilucca.example'"),
    ("pauses", "account = 'acme.ilucca.example'"),
    ("lessons", "tenant = 'acme' AND subject = 'left_out/role'"),
    ("former_tenants", "id = 'gone'"),
    ("quarantine", "tenant = 'acme'"),
];

/// The onboarding whose attempt is open, and what belongs to it.
const IN_DOUBT: &str = "id = '00000000-0000-0000-0000-000000000001'";
const ITS: &str = "onboarding = (SELECT seq FROM onboardings
    WHERE id = '00000000-0000-0000-0000-000000000001')";

/// What must be noticed, of the onboarding with an open attempt.
const NOTICED: [(&str, &[&str]); 4] = [
    (
        "onboardings",
        &[
            "seq",
            "id",
            "tenant",
            "account",
            "system",
            "source_index",
            "episode",
            "state",
            "problem",
            "lucca_user",
            "wake",
            "update_time",
            "document",
        ],
    ),
    ("attempts", &["onboarding", "number", "open", "intent"]),
    ("evidence", &["onboarding", "attempt", "evidence"]),
    ("data_keys", &["onboarding", "key"]),
];

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
    let unknown = source(&hire("a-9"));
    let withdrawn = store.withdraw(unknown, host.clone(), Some(at(0)), Actor::payroll(), at(3));
    withdrawn.await.unwrap();
    let acme = tenant_id("acme");
    let proven = store.prove_visibility(&host, &acme, 1, at(3));
    proven.await.unwrap();
    let accepted = store.accept_key(&host, &acme, 1, at(3));
    accepted.await.unwrap();
    take_permit(store, "acme.ilucca.example").await;
    let paused = store.pause_account(&host, Duration::from_secs(1));
    paused.await.unwrap();
}

async fn take_permit(store: &dyn Store, host: &str) -> Permit {
    let (host, window) = (account(host), Duration::from_secs(60));
    let taken = store.take_permit(&host, 45, window, Duration::from_secs(10));
    taken.await.unwrap()
}

/// Reads everything, so that what is damaged is set aside.
async fn inspect(store: &dyn Store) {
    let mut last = None;
    loop {
        last = store.inspect(last, 2).await.unwrap();
        if last.is_none() {
            return;
        }
    }
}

async fn set_aside(store: &dyn Store) -> Vec<Unreadable> {
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
    for (table, row) in ROWS {
        for (_, column) in columns.iter().filter(|(of, _)| of == table) {
            for fault in <Fault as strum::IntoEnumIterator>::iter() {
                let Some((store, _bench)) = damaged(table, column, row, fault).await else {
                    continue;
                };
                let case = format!("{table}.{column} {fault:?} where {row}");
                #[allow(clippy::print_stderr, reason = "a failure in the middle says where")]
                {
                    eprintln!("{case}");
                }
                other_tenants_go_on(&store).await;
                let mut must = NOTICED.iter();
                let must = must.find(|(of, _)| *of == table);
                let must = must.is_some_and(|(_, columns)| columns.contains(&column.as_str()));
                if must && (row == IN_DOUBT || row == ITS) {
                    let found = set_aside(&store).await;
                    assert!(found.len() > 1, "not noticed: {case}");
                }
                cases += 1;
            }
        }
    }
    assert!(cases > 150, "{cases}");
    let known: Vec<&str> = ROWS.iter().map(|(table, _)| *table).collect();
    for (table, _) in columns {
        // Without these two a store does not open.
        let own = ["meta", "schema_version"].contains(&&**table);
        assert!(own || known.contains(&&**table), "{table} is not damaged");
    }
}

/// `damage` runs SQL beside the store.
pub(crate) async fn what_is_in_quarantine_blocks_until_it_is_repaired(
    store: &dyn Store,
    damage: impl AsyncFn(&str),
) {
    furnish(store).await;
    let whole = super::read(store, id(3)).await;
    damage(DAMAGE_ONE).await;
    let host = account("acme.ilucca.example");
    let is_refused = |outcome: &StoreError| match outcome {
        StoreError::Quarantined(record) => {
            assert_eq!((&*record.part, &*record.tenant), ("state", "acme"));
            true
        }
        _ => false,
    };
    let again = store.submit(hire("a-3"), None, id(9), Actor::payroll(), at(30));
    assert!(is_refused(&again.await.unwrap_err()));
    let read = store.onboarding(Lookup::Id(id(3))).await;
    assert!(is_refused(&read.unwrap_err()));
    let withdrawn = store.withdraw(source(&hire("a-3")), host, None, Actor::payroll(), at(30));
    assert!(is_refused(&withdrawn.await.unwrap_err()));
    let open = store.has_open_attempts(&tenant_id("acme")).await;
    assert!(is_refused(&open.unwrap_err()));
    let acme = tenant_id("acme");
    let removed = store.remove_tenant(&acme, NewHistoryEntry::test());
    assert!(is_refused(&removed.await.unwrap_err()));
    let mut moved = tenant("acme");
    moved.account = account("prod.ilucca.example");
    let moved = store.replace_tenant(&moved, moved.update_time, NewHistoryEntry::test());
    assert!(is_refused(&moved.await.unwrap_err()));
    assert_eq!(set_aside(store).await.len(), 1);
    // The sealed state counts once an operator says so.
    let name = id(3).to_string();
    store.release(&name, "operator", at(31)).await.unwrap();
    assert!(set_aside(store).await.is_empty());
    assert_eq!(super::read(store, id(3)).await, whole);
    let leased = store
        .lease(&lane(&whole.key.account), 10, moment(31))
        .await
        .unwrap();
    assert!(leased.iter().any(|lease| lease.onboarding.id == id(3)));
    let of = HistoryOf {
        onboarding: Some(id(3)),
        tenant: None,
    };
    let history = store.history(of, None, 10).await.unwrap();
    let events: Vec<&str> = history.iter().map(|entry| &*entry.event).collect();
    assert_eq!(events, ["RELEASED", "QUARANTINED", "ACCEPTED"]);
}

/// The same as above: `damage` runs SQL.
pub(crate) async fn what_is_removed_needs_its_open_attempts_acknowledged(
    store: &dyn Store,
    damage: impl AsyncFn(&str),
) {
    furnish(store).await;
    let name = id(1).to_string();
    damage("UPDATE onboardings SET account = 'elsewhere' WHERE state = 'VERIFYING'").await;
    // No look-up finds it, and a sweep does.
    inspect(store).await;
    assert_eq!(set_aside(store).await[0].part, "account");
    // From then on it is found as the hire that it is.
    let again = store
        .submit(hire("a-1"), None, id(9), Actor::payroll(), at(30))
        .await;
    assert!(
        matches!(again, Err(StoreError::Quarantined(_))),
        "{again:?}"
    );
    // Its login stays reserved.
    let other = store
        .lease(&lane(&account("acme.ilucca.example")), 1, moment(30))
        .await;
    let other = other.unwrap().remove(0);
    let blocked = take(store, &other, begin("one", 30), 30).await;
    assert!(
        matches!(blocked, Stepped::Blocked(by) if by == id(1)),
        "{blocked:?}"
    );
    let remove = async |numbers: &[u32]| {
        let numbers = numbers.iter().copied().collect();
        store
            .remove(&name, &numbers, "operator", at(40))
            .await
            .unwrap()
    };
    assert_eq!(remove(&[]).await, [1]);
    assert_eq!(remove(&[2]).await, [1]);
    assert_eq!(set_aside(store).await.len(), 1);
    assert!(remove(&[1]).await.is_empty());
    assert!(set_aside(store).await.is_empty());
    assert_eq!(store.onboarding(Lookup::Id(id(1))).await.unwrap(), None);
    let anew = store
        .submit(hire("a-1"), None, id(9), Actor::payroll(), at(41))
        .await;
    assert!(matches!(anew, Ok(Submitted::Stored(it)) if it.id == id(9)));
}

/// The same as above: `damage` runs SQL.
pub(crate) async fn a_tenant_leaves_the_quarantine_by_itself(
    store: &dyn Store,
    damage: impl AsyncFn(&str),
) {
    furnish(store).await;
    // Its document is moved to another row, and back.
    damage("UPDATE tenants SET id = 'acme-2' WHERE id = 'acme'").await;
    let tenants = store.tenants(None, 10).await.unwrap();
    assert_eq!(tenants.len(), 1);
    let found = set_aside(store).await;
    assert_eq!((&*found[0].id, &*found[0].part), ("acme-2", "tenant"));
    let changes = store.noticed().quarantine();
    let read = store.tenant(&tenant_id("acme-2")).await;
    assert!(matches!(read, Err(StoreError::Quarantined(_))));
    assert!(!changes.has_changed().unwrap(), "a read has written");
    damage("UPDATE tenants SET id = 'acme' WHERE id = 'acme-2'").await;
    inspect(store).await;
    assert!(set_aside(store).await.is_empty());
    assert_eq!(store.tenants(None, 10).await.unwrap().len(), 2);
}
