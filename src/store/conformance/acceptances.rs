//! What is learned from creations.

use super::{
    Evidence, NewHistoryEntry, Replaced, Step, Store, done, id, lease_one, say, see,
    tenants::tenant,
};
use crate::domain::cause::Failure;
use crate::domain::{
    field::Field,
    onboarding::{
        Findings,
        acceptance::Acceptance,
        fixtures::{account, at, hire, intent, lucca_id, tenant_id},
    },
};

/// Lets a hire of this number be answered like this, one second after this one; its body has
/// neither establishment nor department nor role nor culture.
async fn answered(store: &dyn Store, number: u128, evidence: Evidence, seconds: i64) {
    say(store, &hire(&format!("a-{number}")), number, seconds).await;
    let leased = lease_one(store, seconds).await;
    let begin = Step::Begin {
        intent: Box::new(intent(&format!("login-{number}"), seconds)),
        findings: Findings::default(),
    };
    done(store, &leased, begin, seconds).await;
    see(store, id(number), evidence, seconds + 1).await;
}

async fn known(
    store: &dyn Store,
    host: &str,
    name: &str,
) -> Vec<(String, Option<i64>, Option<i64>)> {
    let list: Vec<Acceptance> = store
        .learned_acceptances(&account(host), &tenant_id(name))
        .await
        .unwrap();
    let seconds = |time: jiff::Timestamp| time.duration_since(at(0)).as_secs();
    list.iter()
        .map(|it| {
            (
                it.subject.name(),
                it.accepted.map(seconds),
                it.refused.map(seconds),
            )
        })
        .collect()
}

const HOST: &str = "acme.ilucca.example";

pub(crate) async fn acceptances_are_learned_from_creations(store: &dyn Store) {
    answered(store, 1, Evidence::Refused("400".into()), 0).await;
    let left_out = |accepted: Option<i64>, refused: Option<i64>| {
        ["culture", "department", "establishment", "role"]
            .map(|name| (format!("left_out/{name}"), accepted, refused))
    };
    assert_eq!(known(store, HOST, "acme").await, left_out(None, Some(1)));
    answered(store, 2, Evidence::Created(lucca_id(7)), 10).await;
    let mut expected = vec![("key/1".to_owned(), Some(11), None)];
    expected.extend(left_out(Some(11), Some(1)));
    assert_eq!(known(store, HOST, "acme").await, expected);
    // Within the hour nothing new is learned, unless it was refused meanwhile.
    answered(store, 3, Evidence::Created(lucca_id(8)), 20).await;
    assert_eq!(known(store, HOST, "acme").await, expected);
    answered(
        store,
        4,
        Evidence::KeyRefused(Failure::status(403, None)),
        30,
    )
    .await;
    assert_eq!(
        known(store, HOST, "acme").await[0],
        ("key/1".to_owned(), Some(11), Some(31))
    );
    answered(store, 5, Evidence::Created(lucca_id(9)), 40).await;
    assert_eq!(
        known(store, HOST, "acme").await[0],
        ("key/1".to_owned(), Some(41), Some(31))
    );
    assert!(known(store, HOST, "other").await.is_empty());
    assert!(
        known(store, "other.ilucca.example", "acme")
            .await
            .is_empty()
    );
}

pub(crate) async fn acceptances_that_no_longer_count_are_forgotten(store: &dyn Store) {
    let mut acme = tenant("acme");
    acme.lucca_defaults = [Field::Role, Field::Department].into();
    store
        .insert_tenant(&acme, NewHistoryEntry::test())
        .await
        .unwrap();
    answered(store, 1, Evidence::Created(lucca_id(7)), 0).await;
    let names = async || -> Vec<String> {
        let known = known(store, HOST, "acme").await;
        known.into_iter().map(|(name, _, _)| name).collect()
    };
    assert_eq!(names().await.len(), 5);
    let mut change = async |change: &mut dyn FnMut(&mut crate::domain::tenant::Tenant)| {
        let last = acme.update_time;
        change(&mut acme);
        acme.update_time = last + jiff::SignedDuration::from_micros(1);
        let replaced = store
            .replace_tenant(&acme, last, NewHistoryEntry::test())
            .await;
        assert_eq!(replaced.unwrap(), Replaced::Done);
    };
    change(&mut |acme| acme.lucca_defaults = [Field::Role].into()).await;
    assert_eq!(names().await, ["key/1", "left_out/role"]);
    change(&mut |acme| acme.account = account("acme.ilucca-test.example")).await;
    assert!(names().await.is_empty());
}

pub(crate) async fn a_change_that_is_refused_forgets_nothing(store: &dyn Store) {
    let acme = tenant("acme");
    store
        .insert_tenant(&acme, NewHistoryEntry::test())
        .await
        .unwrap();
    answered(store, 1, Evidence::Created(lucca_id(7)), 0).await;
    let replaced = store
        .replace_tenant(&acme, at(9), NewHistoryEntry::test())
        .await;
    assert_eq!(replaced.unwrap(), Replaced::Outdated);
    assert_eq!(known(store, HOST, "acme").await.len(), 5);
}
