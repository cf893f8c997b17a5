//! Handing in, withdrawing, reading back.

use crate::domain::onboarding::decision::Decision;
use jiff::SignedDuration;

use super::{
    Actor, Lookup, Store, Subject, Submitted, creating, lease_one, next_due, read, say, see, source,
};
use crate::{
    domain::{
        attempt::Evidence,
        field::Field,
        ids::ExternalId,
        onboarding::{
            State,
            fixtures::{account, at, hire, id, lucca_id, tenant_id, user},
            read_back::some_hires,
            submission::Hire,
        },
    },
    store::Request,
};

fn request(content: &str) -> Option<Request> {
    Some(Request {
        id: "request-1".to_owned(),
        content: content.to_owned(),
    })
}

async fn tombstone(store: &dyn Store, hire: &Hire, said: Option<jiff::Timestamp>) {
    let withdrawn = store
        .withdraw(
            Subject::of(source(hire), hire.key.account.clone(), said),
            Actor::payroll(),
            at(50),
        )
        .await;
    assert_eq!(withdrawn.unwrap(), None);
}

pub(crate) async fn a_hire_is_stored_once_and_read_back(store: &dyn Store) {
    let first = say(store, &hire("a-1").said(1), 1, 10).await;
    assert_eq!(first.id, id(1));
    assert_eq!(read(store, id(1)).await, first);
    let again = say(store, &hire("a-1").said(1), 2, 20).await;
    assert_eq!(again, first);
    let key = Lookup::Source(source(&hire("a-1")), account("acme.ilucca.example"));
    assert_eq!(store.onboarding(key).await.unwrap(), Some(first));
    assert_eq!(store.onboarding(Lookup::Id(id(2))).await.unwrap(), None);
}

pub(crate) async fn whatever_an_edge_accepts_is_read_back(store: &dyn Store) {
    for (number, mut hire) in (1..).zip(some_hires(60)) {
        // Each has a source of its own, so that each is stored.
        let external_id = format!("{number} {}", hire.key.external_id.as_str());
        let external_id: String = external_id.chars().take(256).collect();
        hire.key.external_id = ExternalId::parse(&external_id).unwrap();
        let stored = say(store, &hire, number, 10).await;
        assert_eq!(stored.content.draft, hire.draft);
        assert_eq!(read(store, id(number)).await, stored);
        assert_eq!(say(store, &hire, 1000 + number, 20).await.id, stored.id);
    }
}

pub(crate) async fn newer_content_replaces_older(store: &dyn Store) {
    say(store, &hire("a-1").said(1), 1, 10).await;
    let newer = hire("a-1").titled("Cheffe").said(2);
    let amended = say(store, &newer, 2, 20).await;
    assert_eq!((amended.id, amended.content.revision), (id(1), 2));
    let older = say(store, &hire("a-1").said(1), 3, 30).await;
    assert_eq!(older, amended);
    assert_eq!(read(store, id(1)).await, amended);
}

pub(crate) async fn an_unexpected_revision_is_refused(store: &dyn Store) {
    let first = say(store, &hire("a-1"), 1, 10).await;
    let mut second = hire("a-1").titled("Cheffe");
    second.expected_revision = Some(2);
    let answer = store
        .submit(second, None, id(2), Actor::payroll(), at(20))
        .await
        .unwrap();
    assert_eq!(answer, Submitted::WrongRevision);
    assert_eq!(read(store, id(1)).await, first);
}

pub(crate) async fn a_request_id_stands_for_one_content(store: &dyn Store) {
    let first = store.submit(hire("a-1"), request("one"), id(1), Actor::payroll(), at(10));
    let first = first.await.unwrap();
    // The same request again, after the hire has changed: the hire as it is now.
    let amended = say(store, &hire("a-1").titled("Cheffe"), 2, 20).await;
    let again = store.submit(hire("a-1"), request("one"), id(3), Actor::payroll(), at(30));
    assert_eq!(again.await.unwrap(), Submitted::Stored(Box::new(amended)));
    let other = store.submit(hire("a-2"), request("two"), id(4), Actor::payroll(), at(40));
    assert_eq!(other.await.unwrap(), Submitted::RequestReused);
    assert_eq!(store.onboarding(Lookup::Id(id(4))).await.unwrap(), None);
    assert!(matches!(first, Submitted::Stored(_)));
    // Request ids belong to their tenant.
    let mut elsewhere = hire("a-2");
    elsewhere.key.tenant = tenant_id("other");
    let answer = store.submit(elsewhere, request("two"), id(5), Actor::payroll(), at(50));
    assert!(matches!(answer.await.unwrap(), Submitted::Stored(_)));
}

pub(crate) async fn a_request_for_one_account_says_nothing_about_another(store: &dyn Store) {
    let mut test_base = hire("a-1");
    test_base.key.account = account("acme-test.ilucca.example");
    let first = store.submit(test_base, request("one"), id(1), Actor::payroll(), at(10));
    assert!(matches!(first.await.unwrap(), Submitted::Stored(_)));
    let second = store.submit(hire("a-1"), request("one"), id(2), Actor::payroll(), at(20));
    let Submitted::Stored(second) = second.await.unwrap() else {
        panic!("not stored");
    };
    assert_eq!(second.id, id(2));
}

pub(crate) async fn a_difference_after_creation_is_reported(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    see(store, id(1), Evidence::Created(lucca_id(7)), 1).await;
    let before = read(store, id(1)).await;
    let different = hire("a-1").titled("Cheffe").said(20).of_person("c-1");
    let refused = different.clone().called();
    let answer = store.submit(refused, request("one"), id(2), Actor::payroll(), at(20));
    let answer = answer.await.unwrap();
    let Submitted::Differs(_, fields) = answer else {
        panic!("no difference: {answer:?}");
    };
    assert_eq!(fields, [Field::JobTitle]);
    assert_eq!(read(store, id(1)).await, before);
    let noted = say(store, &different, 2, 20).await;
    assert_eq!(read(store, id(1)).await, noted);
    assert_eq!(noted.findings.follow_ups.len(), 1);

    let later = say(store, &hire("a-1").starting("2028-01-01"), 3, 30).await;
    assert_eq!((later.id, later.key.episode), (id(3), 2));
    // The source names its latest episode, the Lucca user the one that created it.
    let host = account("acme.ilucca.example");
    let by_source = Lookup::Source(source(&hire("a-1")), host.clone());
    assert_eq!(
        store.onboarding(by_source).await.unwrap().unwrap().id,
        id(3)
    );
    let by_user = Lookup::LuccaUser(tenant_id("acme"), host.clone(), lucca_id(7));
    let found = store.onboarding(by_user).await.unwrap().unwrap();
    assert_eq!((found.id, found.lucca_user()), (id(1), Some(&user(7))));
    let unknown = Lookup::LuccaUser(tenant_id("other"), host, lucca_id(7));
    assert_eq!(store.onboarding(unknown).await.unwrap(), None);
}

pub(crate) async fn numbers_in_extended_data_stay_the_same(store: &dyn Store) {
    let mut first = hire("a-1");
    let mut number = 0.1_f64;
    for index in 0..2000 {
        number = (number * 1.618_033_988_749_895 + 0.577_215_664_901_532_9) % 100_000.0;
        let code = format!("e_{index}");
        first.draft.extended_data.insert(code, number.into());
    }
    say(store, &first, 1, 10).await;
    assert!(read(store, id(1)).await.content.draft == first.draft);
    let again = say(store, &first, 2, 20).await;
    assert_eq!(again.content.revision, 1);
}

pub(crate) async fn a_withdrawal_is_kept(store: &dyn Store) {
    let hire = hire("a-1");
    say(store, &hire.clone().said(1), 1, 10).await;
    let host = hire.key.account.clone();
    let withdrawn = store.withdraw(
        Subject::of(source(&hire), host, Some(at(2))),
        Actor::payroll(),
        at(20),
    );
    let withdrawn = withdrawn.await.unwrap().unwrap();
    assert_eq!(withdrawn.state(), State::Cancelled);
    assert_eq!(read(store, id(1)).await, withdrawn);
    assert_eq!(say(store, &hire.clone().said(1), 2, 30).await.id, id(1));
    let anew = say(store, &hire.said(3), 3, 40).await;
    assert_eq!((anew.id, anew.key.episode), (id(3), 2));
    assert_eq!(lease_one(store, 40).await.onboarding.id, id(3));
}

pub(crate) async fn a_withdrawal_of_an_unknown_hire_leaves_a_tombstone(store: &dyn Store) {
    let table = [
        ("a-1", Some(10), Some(9), State::Cancelled),
        ("a-2", Some(10), Some(11), State::Accepted),
        ("a-3", None, Some(9), State::Accepted),
        ("a-4", Some(10), None, State::Accepted),
    ];
    for (number, (name, withdrawn, said, state)) in (1..).zip(table) {
        let mut hire = hire(name);
        tombstone(store, &hire, withdrawn.map(at)).await;
        hire.event_time = said.map(at);
        assert_eq!(say(store, &hire, number, 60).await.state(), state, "{name}");
    }
    assert_eq!(
        say(store, &hire("a-5").said(1), 9, 60).await.state(),
        State::Accepted
    );
}

pub(crate) async fn a_tombstone_keeps_its_latest_time(store: &dyn Store) {
    let table = [
        ("a-1", [Some(10), Some(20)]),
        ("a-2", [Some(20), Some(10)]),
        ("a-3", [Some(20), None]),
        ("a-4", [None, Some(20)]),
    ];
    for (number, (name, times)) in (1..).zip(table) {
        for time in times {
            tombstone(store, &hire(name), time.map(at)).await;
        }
        let between = say(store, &hire(name).said(15), number, 60).await;
        assert_eq!(between.state(), State::Cancelled, "{name}");
    }
}

pub(crate) async fn a_tombstone_keeps_the_whole_of_its_time(store: &dyn Store) {
    let withdrawn = at(10) + SignedDuration::from_micros(500);
    for (number, micros, state) in [(1, 400, State::Cancelled), (2, 600, State::Accepted)] {
        let mut hire = hire(&format!("a-{number}"));
        tombstone(store, &hire, Some(withdrawn)).await;
        hire.event_time = Some(at(10) + SignedDuration::from_micros(micros));
        assert_eq!(say(store, &hire, number, 60).await.state(), state);
    }
}

pub(crate) async fn every_account_and_tenant_has_its_own_hires(store: &dyn Store) {
    let mut hires = vec![hire("a-1"), hire("a-2")];
    hires.push(hire("a-1"));
    hires[2].key.account = account("acme-test.ilucca.example");
    hires.push(hire("a-1"));
    hires[3].key.tenant = tenant_id("other");
    hires.push(hire("a-1"));
    hires[4].key.system = crate::domain::ids::SystemName::parse("other").unwrap();
    tombstone(store, &hires[0], Some(at(5))).await;
    for (number, hire) in (1..).zip(&hires) {
        let stored = say(store, &hire.clone().said(1), number, 10).await;
        assert_eq!((stored.id, stored.key.episode), (id(number), 1));
        assert_eq!(stored.state() == State::Cancelled, number == 1);
    }
}

pub(crate) async fn a_hire_that_waits_for_a_person_is_resumed(store: &dyn Store) {
    creating(store, &hire("a-1"), 1, "login", 0).await;
    let waits = see(store, id(1), Evidence::Refused("no".into()), 1).await;
    assert_eq!(waits.state(), State::NeedsAttention);
    assert_eq!(next_due(store).await, None);
    let resume = || store.decide(id(1), "test", Decision::Resume, at(20));
    let resumed = *resume().await.unwrap().unwrap().unwrap();
    assert_eq!(resumed.state(), State::Accepted);
    assert_eq!(read(store, id(1)).await, resumed);
    assert_eq!(lease_one(store, 20).await.onboarding, resumed);
    let unknown = store.decide(id(2), "test", Decision::Resume, at(20));
    assert_eq!(unknown.await.unwrap(), None);
}
