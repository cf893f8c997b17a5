//! What operators decide, and the history.

use super::{Actor, Store, Subject, creating, lease_one, read, say, see, source};
use crate::{
    domain::{
        amendment::Amendment,
        attempt::Evidence,
        dates::CivilDate,
        field::Field,
        matching_key::MatchKey,
        onboarding::{
            State,
            decision::{Decision, Refusal},
            fixtures::{FAMILY_NAME, account, at, hire, id, lucca_id, tenant_id},
            refresh::Observation,
        },
        text::FamilyName,
    },
    store::{Filter, HistoryEntry, HistoryEvent, HistoryOf, NewHistoryEntry, Order},
};

fn renamed(name: &str) -> Decision {
    let mut amendment = Amendment::default();
    amendment.fields.insert(Field::FamilyName);
    amendment.values.family_name = FamilyName::parse(name).ok();
    Decision::Amend(Box::new(amendment))
}

/// The numbers of the hires that are found by a family name.
async fn named(store: &dyn Store, name: &str) -> Vec<u128> {
    let filter = Filter {
        name: Some(MatchKey::of(name).as_str().to_owned()),
        ..Filter::default()
    };
    let page = store.list(filter, Order::Urgency, None, 10).await.unwrap();
    let ids = page.onboardings.iter().map(|it| it.id.as_uuid().as_u128());
    ids.collect()
}

/// Events and actors of an onboarding, the latest first.
async fn events(store: &dyn Store, number: u128) -> Vec<(String, String)> {
    let of = HistoryOf {
        onboarding: Some(id(number)),
        tenant: None,
    };
    let entries = store.history(of, None, 100).await.unwrap();
    let pairs = entries.into_iter().map(|it| (it.event, it.actor));
    pairs.collect()
}

pub(crate) async fn a_decision_is_carried_out_and_noted(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    see(store, id(1), Evidence::Refused("no".into()), 1).await;
    let decided = store.decide(id(1), "olga", renamed("Le Goff"), at(2));
    let decided = *decided.await.unwrap().unwrap().unwrap();
    assert_eq!(decided.state(), State::Accepted);
    assert_eq!(read(store, id(1)).await, decided);
    assert_eq!(named(store, "Le Goff").await, [1]);
    assert!(named(store, FAMILY_NAME).await.is_empty());
    assert_eq!(lease_one(store, 2).await.onboarding, decided);
    let expected = [
        ("ACCEPTED", "olga"),
        ("AMENDED", "olga"),
        ("NEEDS_ATTENTION", "engine"),
        ("CREATING", "engine"),
        ("ACCEPTED", "payroll"),
    ];
    let expected = expected.map(|(event, actor)| (event.to_owned(), actor.to_owned()));
    assert_eq!(events(store, 1).await, expected);
}

pub(crate) async fn a_decision_that_is_refused_changes_nothing(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    let before = read(store, id(1)).await;
    let decided = store.decide(id(1), "olga", renamed("Le Goff"), at(2));
    assert_eq!(decided.await.unwrap(), Some(Err(Refusal::NotWaiting)));
    assert_eq!(read(store, id(1)).await, before);
    assert!(named(store, "Le Goff").await.is_empty());
}

pub(crate) async fn an_erased_person_is_not_found_any_more(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    see(store, id(1), Evidence::NoAnswer("cut".into()), 1).await;
    see(store, id(1), Evidence::Created(lucca_id(7)), 2).await;
    let decided = store.decide(id(1), "olga", Decision::Erase, at(3));
    let decided = *decided.await.unwrap().unwrap().unwrap();
    assert!(decided.erased);
    assert_eq!(decided.attempts[0].intent.body, serde_json::Value::Null);
    assert_eq!(decided.attempts[0].seen.len(), 2);
    assert_eq!(read(store, id(1)).await, decided);
    assert!(named(store, FAMILY_NAME).await.is_empty());
    let latest = events(store, 1).await.into_iter().next();
    assert_eq!(latest, Some(("ERASED".to_owned(), "olga".to_owned())));
    // What is seen later is added to what was kept.
    let seen = see(store, id(1), Evidence::NoAnswer("late".into()), 4).await;
    assert_eq!(read(store, id(1)).await, seen);
    assert_eq!(seen.attempts[0].seen.len(), 3);
}

pub(crate) async fn a_refresh_is_stored_and_noted(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    see(store, id(1), Evidence::Created(lucca_id(7)), 1).await;
    let key = source(&hire("a-1"));
    let withdrawn = store.withdraw(
        Subject::of(key, account("acme.ilucca.example"), None),
        Actor::payroll(),
        at(2),
    );
    withdrawn.await.unwrap();
    let look = |seconds| Observation {
        user: lucca_id(7),
        employee: None,
        visibility_proven: true,
        shown_before: false,
        at: at(seconds),
        today: CivilDate::parse_iso("2027-01-01").unwrap(),
        labels: Vec::new(),
    };
    let seen = store
        .observe(id(1), Actor::named("olga"), look(1003))
        .await
        .unwrap()
        .unwrap();
    assert!(!seen.refreshed.unwrap().found);
    assert_eq!(read(store, id(1)).await, seen);
    let latest = ("FOLLOW_UP_DONE".to_owned(), "olga".to_owned());
    assert_eq!(events(store, 1).await[0], latest);
    // Nothing new: only the time of the last look moves on.
    let again = store
        .observe(id(1), Actor::named("olga"), look(1004))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(again.findings, seen.findings);
    assert_eq!(read(store, id(1)).await.refreshed.unwrap().time, at(1004));
    assert_eq!(events(store, 1).await[0], latest);
    let nobody = store
        .observe(id(2), Actor::named("olga"), look(1005))
        .await
        .unwrap();
    assert_eq!(nobody, None);
}

pub(crate) async fn the_episodes_of_a_hire_are_listed_in_order(store: &dyn Store) {
    let host = account("acme.ilucca.example");
    let episodes = async || {
        let key = source(&hire("a-1"));
        store.episodes(key, host.clone()).await.unwrap()
    };
    assert!(episodes().await.is_empty());
    say(store, &hire("a-1").said(1), 1, 1).await;
    say(store, &hire("a-2").said(1), 2, 1).await;
    let withdrawn = store.withdraw(
        Subject::of(source(&hire("a-1")), host.clone(), Some(at(2))),
        Actor::payroll(),
        at(2),
    );
    withdrawn.await.unwrap();
    say(store, &hire("a-1").said(3), 3, 3).await;
    assert_eq!(episodes().await, [id(1), id(3)]);
}

pub(crate) async fn the_hires_of_a_person_are_found_by_the_persons_id(store: &dyn Store) {
    let host = account("acme.ilucca.example");
    let of_person = async |person: &str| {
        let key = source(&hire(person));
        let found = store.onboardings_of_person(key, host.clone());
        let mut ids = found.await.unwrap();
        ids.sort();
        ids
    };
    say(store, &hire("a-1").of_person("c-1").said(1), 1, 1).await;
    say(store, &hire("a-2").said(1), 2, 1).await;
    say(store, &hire("a-3").of_person("c-2").said(1), 3, 1).await;
    assert_eq!(of_person("c-1").await, [id(1)]);
    // Told later, without anything else that is new.
    say(store, &hire("a-2").of_person("c-1").said(2), 4, 2).await;
    assert_eq!(of_person("c-1").await, [id(1), id(2)]);
    assert!(of_person("a-1").await.is_empty());
    // A person taken back before any hire was known.
    let gone = store.withdraw(
        Subject::of(source(&hire("c-9")), host.clone(), Some(at(9))),
        Actor::payroll(),
        at(9),
    );
    assert_eq!(gone.await.unwrap(), None);
    let late = say(store, &hire("a-9").of_person("c-9").said(8), 5, 10).await;
    assert_eq!(late.state(), State::Cancelled);
}

pub(crate) async fn the_history_is_listed_in_pages_the_latest_first(store: &dyn Store) {
    let entry = |number: i64, tenant: &str| NewHistoryEntry {
        time: at(number),
        tenant: Some(tenant_id(tenant)),
        onboarding: None,
        actor: Actor::calling("olga", "OperationsService/RetryOnboardings"),
        event: HistoryEvent::Retried {
            resumed: i32::try_from(number).unwrap(),
        },
        outcome: "OK",
    };
    let stored = |number: i64, place: i64| HistoryEntry {
        number: place,
        time: at(number),
        tenant: Some(tenant_id("acme")),
        onboarding: None,
        actor: "olga".to_owned(),
        event: "CALLED".to_owned(),
        detail: format!("{number} hires go on"),
        rpc: "OperationsService/RetryOnboardings".to_owned(),
        outcome: "OK".to_owned(),
    };
    for number in 0..6 {
        let tenant = ["acme", "other"][usize::from(number % 3 == 0)];
        store.note(entry(number, tenant)).await.unwrap();
    }
    let acme = HistoryOf {
        onboarding: None,
        tenant: Some(tenant_id("acme")),
    };
    let first = store.history(acme.clone(), None, 3).await.unwrap();
    assert!(first.is_sorted_by(|one, next| one.number > next.number));
    let expected = [(0, 5), (1, 4), (2, 2)].map(|(at, number)| stored(number, first[at].number));
    assert_eq!(first, expected);
    let rest = store.history(acme, Some(first[2].number), 3).await.unwrap();
    assert_eq!(rest, [stored(1, rest[0].number)]);
    let all = store.history(HistoryOf::default(), None, 10).await.unwrap();
    assert_eq!(all.len(), 6);
}
