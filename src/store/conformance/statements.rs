//! What sources say: who is meant, what is remembered of the anonymised, what waits for its hire.

use std::time::Duration;

use super::{Actor, Lookup, Store, Subject, Submitted, read, say, source};
use crate::{
    domain::{
        field::Field,
        ids::ExternalId,
        onboarding::{
            State,
            decision::Decision,
            fixtures::{at, hire, id},
            submission::Hire,
        },
    },
    store::HistoryOf,
};

const DAY: i64 = 24 * 3600;

/// A hire of an application and a person, said at a second; either id may be left out.
fn of(application: &str, person: &str, said: Option<i64>) -> Hire {
    let mut hire = match application {
        "" => hire(person),
        application => hire(application),
    };
    hire.person = ExternalId::parse(person)
        .ok()
        .filter(|_| !application.is_empty());
    hire.event_time = said.map(at);
    hire
}

fn retitled(application: &str, person: &str, said: Option<i64>) -> Hire {
    of(application, person, said)
        .titled("Cheffe")
        .only(&[Field::JobTitle])
}

fn subject(hire: &Hire) -> Subject {
    Subject {
        person: hire.person.clone(),
        ..Subject::of(source(hire), hire.key.account.clone(), hire.event_time)
    }
}

async fn hand_in(store: &dyn Store, hire: Hire, number: u128, seconds: i64) -> Submitted {
    let submitted = store.submit(hire, None, id(number), Actor::payroll(), at(seconds));
    submitted.await.unwrap()
}

async fn anonymise(store: &dyn Store, hire: &Hire, seconds: i64) -> usize {
    let erased = store.anonymise(subject(hire), Actor::payroll(), at(seconds));
    erased.await.unwrap().len()
}

async fn is_stored(store: &dyn Store, number: u128) -> bool {
    let found = store.onboarding(Lookup::Id(id(number))).await;
    found.unwrap().is_some()
}

/// What the history of the tenant says, the first entry first.
async fn told(store: &dyn Store) -> Vec<String> {
    let all = store
        .history(HistoryOf::default(), None, 100)
        .await
        .unwrap();
    let told = all
        .iter()
        .rev()
        .map(|it| format!("{} {}", it.event, it.detail));
    told.collect()
}

pub(crate) async fn every_statement_finds_its_hire_by_either_id(store: &dyn Store) {
    let first = say(store, &of("a-1", "c-1", Some(1)), 1, 10).await;
    for (number, statement) in (2..).zip([
        retitled("a-1", "", Some(2)),
        retitled("", "c-1", Some(3)),
        retitled("a-1", "c-1", Some(4)),
        of("", "c-1", Some(5)),
    ]) {
        let said = hand_in(store, statement, number, 20).await;
        let Submitted::Stored(found) = said else {
            panic!("not stored: {said:?}");
        };
        assert_eq!(found.id, first.id, "{number}");
    }
    let withdrawn = store.withdraw(subject(&of("", "c-1", Some(6))), Actor::payroll(), at(30));
    assert_eq!(withdrawn.await.unwrap().unwrap().state(), State::Cancelled);
}

pub(crate) async fn a_second_person_under_an_application_overwrites_nobody(store: &dyn Store) {
    let first = say(store, &of("a-1", "c-1", Some(1)), 1, 10).await;
    let mut other = of("a-1", "c-2", Some(2));
    other.draft.family_name = crate::domain::text::FamilyName::parse("Durand").ok();
    let second = say(store, &other, 2, 20).await;
    assert_eq!(second.state(), State::NeedsAttention);
    assert_eq!(second.key.external_id.as_str(), "c-2");
    assert_eq!(read(store, id(1)).await, first);
    // What is said of the second goes to the second.
    let again = say(store, &other, 3, 30).await;
    assert_eq!(again.id, second.id);
    let withdrawn = store.withdraw(
        subject(&of("a-1", "c-2", Some(3))),
        Actor::payroll(),
        at(40),
    );
    assert_eq!(withdrawn.await.unwrap().unwrap().id, second.id);
    assert_eq!(read(store, id(1)).await, first);
    // Neither does an anonymisation of one reach the other.
    assert_eq!(anonymise(store, &of("a-1", "c-2", Some(4)), 50).await, 1);
    assert_eq!(read(store, id(1)).await, first);
}

pub(crate) async fn an_anonymised_person_is_remembered(store: &dyn Store) {
    // Whom the anonymisation at second 10 names, whom the confirmation, when, and whether it counts.
    let table = [
        (("a-1", "c-1"), ("a-1", "c-1"), Some(9), false),
        (("a-1", "c-1"), ("a-1", ""), Some(9), false),
        (("", "c-1"), ("a-1", "c-1"), Some(9), false),
        (("", "c-1"), ("a-1", "c-1"), Some(10), true),
        (("", "c-1"), ("a-1", "c-1"), None, false),
        (("", "c-1"), ("a-1", "c-1"), Some(11), true),
        (("", "c-1"), ("a-1", "c-2"), Some(9), true),
        (("a-1", ""), ("", "c-1"), Some(9), true),
    ];
    for (row, (named, confirmed, said, counts)) in (0..).zip(table) {
        let own = |(application, person): (&str, &str)| {
            let one = |text: &str| match text {
                "" => String::new(),
                text => format!("{text}-{row}"),
            };
            (one(application), one(person))
        };
        let ((a, c), (other_a, other_c)) = (own(named), own(confirmed));
        assert_eq!(anonymise(store, &of(&a, &c, Some(10)), 20).await, 0);
        let submitted = hand_in(store, of(&other_a, &other_c, said), 100 + row, 30).await;
        let case = format!("{named:?} {confirmed:?} {said:?}");
        assert_eq!(matches!(submitted, Submitted::Stored(_)), counts, "{case}");
        assert_eq!(is_stored(store, 100 + row).await, counts, "{case}");
    }
    let told = told(store).await;
    let ignored = "STATEMENT_IGNORED CONFIRMATION: ANONYMIZED";
    assert_eq!(told.iter().filter(|it| *it == ignored).count(), 4);
}

pub(crate) async fn an_anonymisation_reaches_every_id_and_hire_of_the_person(store: &dyn Store) {
    say(store, &of("a-1", "c-1", Some(1)), 1, 10).await;
    say(store, &of("a-2", "c-1", Some(1)), 2, 10).await;
    // The source has merged c-1 into c-2.
    say(store, &of("a-2", "c-2", Some(2)), 3, 20).await;
    say(store, &of("a-3", "c-3", Some(1)), 4, 10).await;
    assert_eq!(anonymise(store, &of("", "c-2", Some(5)), 30).await, 2);
    for (number, erased) in [(1, true), (2, true), (4, false)] {
        assert_eq!(read(store, id(number)).await.erased, erased, "{number}");
    }
    // It is remembered under every id, and what is known stays known.
    for (application, person) in [
        ("a-1", ""),
        ("a-2", ""),
        ("", "c-1"),
        ("", "c-2"),
        ("a-9", "c-1"),
    ] {
        let late = hand_in(store, of(application, person, Some(4)), 9, 40).await;
        let is_erased = match late {
            Submitted::Stored(of) => of.erased,
            other => other == Submitted::NoHire,
        };
        assert!(is_erased, "{application} {person}");
    }
    assert!(!is_stored(store, 9).await);
    // Delivered again, it leaves alone who has applied again since.
    let again = hand_in(store, of("a-1", "c-2", Some(6)), 10, 50).await;
    assert!(matches!(again, Submitted::Stored(it) if it.id == id(10) && !it.erased));
    anonymise(store, &of("", "c-2", Some(5)), 60).await;
    assert!(!read(store, id(10)).await.erased);
}

pub(crate) async fn the_anonymised_are_remembered_for_longer_than_a_year(store: &dyn Store) {
    anonymise(store, &of("", "c-1", Some(10)), 10).await;
    let tenant = hire("a-1").key.tenant;
    for (day, counts) in [(366, false), (402, true)] {
        let retired = store.retire(&tenant, Duration::ZERO, at(day * DAY), 10);
        retired.await.unwrap();
        let said = hand_in(store, of("a-1", "c-1", Some(9)), 1, day * DAY).await;
        assert_eq!(said != Submitted::NoHire, counts, "day {day}");
    }
}

pub(crate) async fn an_update_that_overtakes_its_confirmation_is_applied(store: &dyn Store) {
    // Whom update and confirmation name, when they were said, and whether the update counts.
    let table = [
        (("a-1", "c-1"), 10, ("a-1", "c-1"), 9, true),
        (("", "c-1"), 10, ("a-1", "c-1"), 9, true),
        (("a-1", ""), 10, ("a-1", "c-1"), 9, true),
        (("a-1", "c-1"), 10, ("", "c-1"), 9, true),
        (("a-1", "c-1"), 10, ("a-1", "c-1"), 11, false),
        (("a-2", "c-1"), 10, ("a-1", "c-1"), 9, false),
        (("a-1", "c-2"), 10, ("a-1", "c-1"), 9, false),
    ];
    for (row, (updated, at_second, confirmed, said, counts)) in (0..).zip(table) {
        let own = |text: &str| match text {
            "" => String::new(),
            text => format!("{text}-{row}"),
        };
        let (a, c) = (own(updated.0), own(updated.1));
        let kept = hand_in(store, retitled(&a, &c, Some(at_second)), 500 + row, 20).await;
        assert_eq!(kept, Submitted::NoHire);
        let (a, c) = (own(confirmed.0), own(confirmed.1));
        let hire = say(store, &of(&a, &c, Some(said)), 100 + row, 30).await;
        assert_eq!(
            hire.content.draft.job_title.is_some(),
            counts,
            "{updated:?} {confirmed:?}"
        );
    }
    // Without a time nobody knows that it is the later one.
    let unknown = hand_in(store, retitled("a-9", "", None), 900, 20).await;
    assert_eq!(unknown, Submitted::NotKnown);
}

pub(crate) async fn what_waits_for_its_hire_is_erased_bounded_and_forgotten(store: &dyn Store) {
    let title = |hire: Hire, number| async move {
        let hire = say(store, &hire, number, 40).await;
        hire.content.draft.job_title.is_some()
    };
    hand_in(store, retitled("a-1", "c-1", Some(20)), 101, 20).await;
    anonymise(store, &of("", "c-1", Some(10)), 30).await;
    assert!(!title(of("a-1", "c-1", Some(11)), 1).await);

    hand_in(store, retitled("a-2", "c-2", Some(20)), 102, 20).await;
    let tenant = hire("a-1").key.tenant;
    let retired = store.retire(&tenant, Duration::from_secs(u64::MAX / 4), at(31 * DAY), 10);
    retired.await.unwrap();
    assert!(!title(of("a-2", "c-2", Some(11)), 2).await);

    for number in 0..1000 {
        hand_in(
            store,
            retitled(&format!("b-{number}"), "", Some(20)),
            2000 + number,
            20,
        )
        .await;
    }
    let one_more = hand_in(store, retitled("b-more", "", Some(20)), 5000, 20).await;
    assert_eq!(one_more, Submitted::NotKnown);
}

pub(crate) async fn an_update_of_a_withdrawn_hire_waits_for_its_next_confirmation(
    store: &dyn Store,
) {
    say(store, &of("a-1", "c-1", Some(1)), 1, 10).await;
    let cancelled = store.decide(id(1), "test", Decision::Cancel, at(20));
    cancelled.await.unwrap();
    let kept = hand_in(store, retitled("", "c-1", Some(12)), 2, 30).await;
    assert_eq!(kept, Submitted::NoHire);
    let next = say(store, &of("a-1", "c-1", Some(11)), 3, 40).await;
    assert_eq!(next.key.episode, 2);
    assert_eq!(next.content.draft.job_title.unwrap().as_str(), "Cheffe");
}
