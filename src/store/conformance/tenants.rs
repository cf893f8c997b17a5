//! Tenants, and what their keys see.

use super::{
    Actor, Evidence, NewHistoryEntry, Replaced, Store, Submitted, creating, id, look_twice, see,
};
use crate::domain::{
    delivery::{Deliveries, Refusal},
    ids::TenantId,
    lucca_id::LuccaId,
    lucca_url::LuccaUrl,
    onboarding::{
        State,
        decision::Decision,
        fixtures::{EMAIL, account, at, hire, tenant_id},
    },
    secret::SecretText,
    tenant::{ApiKey, DEFAULT_LANGUAGE, Defaults, Tenant, Webhook, WelcomeMail},
};
use crate::store::{HistoryEvent, HistoryOf, Removed};

/// A tenant at the account of the tests' hires.
pub(crate) fn tenant(name: &str) -> Tenant {
    Tenant {
        id: tenant_id(name),
        display_name: "Acme".to_owned(),
        lucca_url: LuccaUrl::parse("https://acme.ilucca.example").unwrap(),
        account: account("acme.ilucca.example"),
        api_key: ApiKey {
            version: 1,
            value: SecretText::new("beauregard-key".to_owned()),
        },
        time_zone: "Europe/Paris".to_owned(),
        technical_contact: EMAIL.to_owned(),
        language: DEFAULT_LANGUAGE,
        defaults: Defaults::default(),
        lucca_defaults: [crate::domain::field::Field::Login].into(),
        labels: Vec::new(),
        unmatched: [(
            crate::domain::field::Field::Role,
            crate::domain::tenant::Policy::Ask,
        )]
        .into(),
        requests_per_window: Some(30),
        welcome_mail: WelcomeMail::Suppress,
        readable_extended_data: vec!["e_badge".to_owned()],
        retention_days: None,
        webhook: Webhook::default(),
        callback: None,
        disabled: false,
        create_time: at(0),
        update_time: at(0),
    }
}

fn user_id(id: i64) -> LuccaId {
    LuccaId::try_from(id).unwrap()
}

async fn read(store: &dyn Store, id: &TenantId) -> Option<Tenant> {
    store.tenant(id).await.unwrap()
}

pub(crate) async fn a_tenant_is_stored_once(store: &dyn Store) {
    store.ping().await.unwrap();
    let first = tenant("acme");
    assert!(
        store
            .insert_tenant(&first, NewHistoryEntry::test())
            .await
            .unwrap()
    );
    let mut second = tenant("acme");
    second.display_name = "Other".to_owned();
    assert!(
        !store
            .insert_tenant(&second, NewHistoryEntry::test())
            .await
            .unwrap()
    );
    assert_eq!(read(store, &first.id).await, Some(first));
    assert_eq!(read(store, &tenant_id("nobody")).await, None);
}

pub(crate) async fn a_tenant_is_replaced_only_as_it_was_read(store: &dyn Store) {
    let first = tenant("acme");
    store
        .insert_tenant(&first, NewHistoryEntry::test())
        .await
        .unwrap();
    let mut second = first.clone();
    second.disabled = true;
    second.update_time = at(0) + jiff::SignedDuration::from_micros(1);
    let replaced = store
        .replace_tenant(&second, first.update_time, NewHistoryEntry::test())
        .await;
    assert_eq!(replaced.unwrap(), Replaced::Done);
    let mut third = first.clone();
    third.update_time = at(2);
    let replaced = store
        .replace_tenant(&third, first.update_time, NewHistoryEntry::test())
        .await;
    assert_eq!(replaced.unwrap(), Replaced::Outdated);
    assert_eq!(read(store, &first.id).await, Some(second));
    let unknown = store
        .replace_tenant(&tenant("nobody"), at(0), NewHistoryEntry::test())
        .await;
    assert_eq!(unknown.unwrap(), Replaced::Outdated);
}

pub(crate) async fn a_tenant_is_removed_once_all_its_hires_have_ended(store: &dyn Store) {
    let acme = tenant("acme");
    let remove = async || {
        store
            .remove_tenant(&acme.id, NewHistoryEntry::test())
            .await
            .unwrap()
    };
    assert_eq!(remove().await, Removed::Unknown);
    store
        .insert_tenant(&acme, NewHistoryEntry::test())
        .await
        .unwrap();
    store
        .insert_tenant(&tenant("other"), NewHistoryEntry::test())
        .await
        .unwrap();
    creating(store, &hire("a-1"), 1, "login", 0).await;
    assert_eq!(remove().await, Removed::OpenAttempts);
    see(store, id(1), Evidence::NotExecuted("429".into()), 1).await;
    assert_eq!(store.not_ended(&acme.id).await.unwrap(), 1);
    assert_eq!(remove().await, Removed::NotEnded(1));
    assert_eq!(read(store, &acme.id).await, Some(acme.clone()));
    let erased = store.decide(id(1), "olga", Decision::Erase, at(2));
    erased.await.unwrap().unwrap().unwrap();
    assert_eq!(store.not_ended(&acme.id).await.unwrap(), 0);
    assert_eq!(remove().await, Removed::Done);
    assert_eq!(read(store, &acme.id).await, None);
    assert!(read(store, &tenant_id("other")).await.is_some());
    // A hire that was on its way meanwhile finds nobody.
    let late = store
        .submit(hire("a-2"), None, id(2), Actor::payroll(), at(101))
        .await;
    assert_eq!(late.unwrap(), Submitted::NoTenant);
}

pub(crate) async fn a_change_of_a_tenant_is_noted_if_it_is_made(store: &dyn Store) {
    let acme = tenant("acme");
    let said = |what: &'static str| NewHistoryEntry {
        event: HistoryEvent::TenantChanged(vec![what]),
        ..NewHistoryEntry::test()
    };
    let insert = async |event| store.insert_tenant(&acme, said(event)).await.unwrap();
    let mut later = acme.clone();
    later.update_time = at(5);
    let replace = async |event| {
        let replaced = store.replace_tenant(&later, acme.update_time, said(event));
        replaced.await.unwrap()
    };
    let remove = async |event| store.remove_tenant(&acme.id, said(event)).await.unwrap();
    insert("MADE").await;
    insert("NOT_MADE").await;
    replace("CHANGED").await;
    replace("NOT_CHANGED").await;
    remove("DELETED").await;
    remove("NOT_DELETED").await;
    let history = store.history(HistoryOf::default(), None, 10).await.unwrap();
    let made: Vec<_> = history.iter().map(|it| it.detail.as_str()).collect();
    assert_eq!(made, ["DELETED", "CHANGED", "MADE"]);
}

pub(crate) async fn a_tenant_made_again_counts_its_keys_on_and_finds_its_hires(store: &dyn Store) {
    let mut acme = tenant("acme");
    acme.api_key.version = 3;
    store
        .insert_tenant(&acme, NewHistoryEntry::test())
        .await
        .unwrap();
    let account = acme.account.clone();
    store
        .prove_visibility(&account, &acme.id, 3, at(0))
        .await
        .unwrap();
    creating(store, &hire("a-1"), 1, "login", 0).await;
    see(store, id(1), Evidence::Created(user_id(7)), 1).await;
    store
        .decide(id(1), "olga", Decision::Erase, at(2))
        .await
        .unwrap();
    let removed = store
        .remove_tenant(&acme.id, NewHistoryEntry::test())
        .await
        .unwrap();
    assert_eq!(removed, Removed::Done);
    acme.api_key.version = 1;
    assert!(
        store
            .insert_tenant(&acme, NewHistoryEntry::test())
            .await
            .unwrap()
    );
    let found = read(store, &acme.id).await.unwrap();
    assert_eq!(found.api_key.version, 4);
    for version in 1..=4 {
        let proven = store.visibility_proven(&account, &acme.id, version);
        assert!(!proven.await.unwrap(), "{version}");
    }
    let again = store
        .submit(hire("a-1"), None, id(2), Actor::payroll(), at(4))
        .await
        .unwrap();
    let Submitted::Stored(again) = again else {
        panic!("another hire: {again:?}");
    };
    assert_eq!((again.id, again.state()), (id(1), State::Created));
}

pub(crate) async fn tenants_are_listed_in_order(store: &dyn Store) {
    for name in ["b", "a", "c-2", "c"] {
        store
            .insert_tenant(&tenant(name), NewHistoryEntry::test())
            .await
            .unwrap();
    }
    let names = async |after: Option<&str>, limit| -> Vec<String> {
        let after = after.map(tenant_id);
        let list = store.tenants(after.as_ref(), limit).await.unwrap();
        list.iter().map(|it| it.id.as_str().to_owned()).collect()
    };
    assert_eq!(names(None, 3).await, ["a", "b", "c"]);
    assert_eq!(names(Some("c"), 3).await, ["c-2"]);
    assert!(names(Some("c-2"), 3).await.is_empty());
}

pub(crate) async fn open_attempts_are_known_by_tenant(store: &dyn Store) {
    let acme = tenant_id("acme");
    let open = async || store.has_open_attempts(&acme).await.unwrap();
    assert!(!open().await);
    creating(store, &hire("a-1"), 1, "login", 0).await;
    assert!(open().await);
    let other = store.has_open_attempts(&tenant_id("other")).await;
    assert!(!other.unwrap());
    see(store, id(1), Evidence::NoAnswer("cut".into()), 1).await;
    assert!(open().await);
    look_twice(store, 1).await;
    assert!(!open().await);
}

pub(crate) async fn a_tenant_with_an_open_attempt_keeps_its_account(store: &dyn Store) {
    let first = tenant("acme");
    store
        .insert_tenant(&first, NewHistoryEntry::test())
        .await
        .unwrap();
    let moved = Tenant {
        account: account("acme.ilucca-test.example"),
        update_time: at(100),
        ..first.clone()
    };
    creating(store, &hire("a-1"), 1, "login", 0).await;
    let refused = store
        .replace_tenant(&moved, first.update_time, NewHistoryEntry::test())
        .await;
    assert_eq!(refused.unwrap(), Replaced::OpenAttempts);
    see(store, id(1), Evidence::NotExecuted("429".into()), 1).await;
    let replaced = store
        .replace_tenant(&moved, first.update_time, NewHistoryEntry::test())
        .await;
    assert_eq!(replaced.unwrap(), Replaced::Done);
}

pub(crate) async fn visibility_is_proven_per_account_tenant_and_key(store: &dyn Store) {
    let (host, acme) = (account("acme.ilucca.example"), tenant_id("acme"));
    for _ in 0..2 {
        store
            .prove_visibility(&host, &acme, 2, at(0))
            .await
            .unwrap();
    }
    let table = [
        ("acme.ilucca.example", "acme", 2, true),
        ("acme.ilucca.example", "acme", 1, false),
        ("acme.ilucca.example", "acme", 3, false),
        ("acme.ilucca.example", "other", 2, false),
        ("acme-test.ilucca.example", "acme", 2, false),
    ];
    for (host, name, key, proven) in table {
        let (host, name) = (account(host), tenant_id(name));
        let answer = store.visibility_proven(&host, &name, key);
        assert_eq!(answer.await.unwrap(), proven, "{host} {name} {key}");
    }
}

pub(crate) async fn an_account_accepts_a_key_per_tenant_and_version_and_counts_its_tenants(
    store: &dyn Store,
) {
    let host = account("acme.ilucca.example");
    for name in ["acme", "other", "gone"] {
        let tenant = tenant(name);
        let stored = store.insert_tenant(&tenant, NewHistoryEntry::test());
        stored.await.unwrap();
    }
    let accepted = [
        ("acme", 2),
        ("acme", 2),
        ("acme", 3),
        ("other", 1),
        ("gone", 1),
        ("none", 1),
    ];
    for (name, key) in accepted {
        let tenant = tenant_id(name);
        let accepted = store.accept_key(&host, &tenant, key, at(0));
        accepted.await.unwrap();
    }
    let table = [
        ("acme.ilucca.example", "acme", 2, true),
        ("acme.ilucca.example", "acme", 1, false),
        ("acme.ilucca.example", "other", 1, true),
        ("acme.ilucca.example", "other", 2, false),
        ("acme-test.ilucca.example", "acme", 2, false),
    ];
    for (host, name, key, expected) in table {
        let (host, tenant) = (account(host), tenant_id(name));
        let answer = store.key_accepted(&host, &tenant, key);
        assert_eq!(answer.await.unwrap(), expected, "{host} {name} {key}");
    }
    assert_eq!(store.accepted_tenants(&host).await.unwrap(), 3);
    let gone = tenant_id("gone");
    let removed = store.remove_tenant(&gone, NewHistoryEntry::test()).await;
    assert_eq!(removed.unwrap(), Removed::Done);
    assert_eq!(store.accepted_tenants(&host).await.unwrap(), 2);
    assert!(!store.key_accepted(&host, &gone, 1).await.unwrap());
}

pub(crate) async fn the_newest_deliveries_are_kept_with_their_tenant(store: &dyn Store) {
    let (acme, entry) = (tenant("acme"), NewHistoryEntry::test);
    let id = &acme.id;
    let seen = |accepted: Option<i64>, refused: Option<(i64, Refusal)>| Deliveries {
        accepted: accepted.map(at),
        refused: refused.map(|(second, why)| (at(second), why)),
    };
    let first = seen(Some(1), None);
    store.note_deliveries(id, first).await.unwrap();
    assert_eq!(store.deliveries(id).await.unwrap(), Deliveries::default());
    assert!(store.insert_tenant(&acme, entry()).await.unwrap());
    let (wrong, large) = (Refusal::Signature, Refusal::TooLarge);
    for (told, known) in [
        (first, first),
        (
            seen(None, Some((3, wrong))),
            seen(Some(1), Some((3, wrong))),
        ),
        // What comes late changes nothing.
        (
            seen(Some(0), Some((2, large))),
            seen(Some(1), Some((3, wrong))),
        ),
        (seen(Some(5), None), seen(Some(5), Some((3, wrong)))),
        (
            seen(Some(5), Some((6, large))),
            seen(Some(5), Some((6, large))),
        ),
    ] {
        store.note_deliveries(id, told).await.unwrap();
        assert_eq!(store.deliveries(id).await.unwrap(), known);
    }
    assert_eq!(
        store.remove_tenant(id, entry()).await.unwrap(),
        Removed::Done
    );
    assert_eq!(store.deliveries(id).await.unwrap(), Deliveries::default());
}
