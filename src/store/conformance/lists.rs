//! Lists: orders, pages, filters.

use strum::IntoEnumIterator as _;

use super::{
    Actor, Evidence, Step, Store, Subject, creating, done, id, lease_one, say, see, source,
};
use crate::{
    domain::{
        dates::CivilDate,
        email::EmailAddress,
        finding::{Problem, ProblemCode, Question},
        ids::{OnboardingId, SystemName},
        matching_key::MatchKey,
        onboarding::{
            Findings, State,
            fixtures::{EMAIL, FAMILY_NAME, GIVEN_NAME, account, at, hire, lucca_id, tenant_id},
        },
        text::FamilyName,
    },
    store::{Filter, Order, WaitingCount},
};

/// All ids, read in pages of this size.
async fn ids(store: &dyn Store, filter: &Filter, order: Order, size: usize) -> Vec<OnboardingId> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = store.list(filter.clone(), order, after, size);
        let page = page.await.unwrap();
        assert!(page.onboardings.len() <= size);
        ids.extend(page.onboardings.iter().map(|it| it.id));
        after = page.next;
        if after.is_none() {
            return ids;
        }
        assert_eq!(page.onboardings.len(), size);
    }
}

async fn found(store: &dyn Store, filter: Filter) -> Vec<u128> {
    let found = ids(store, &filter, Order::Urgency, 10).await;
    found.iter().map(|id| id.as_uuid().as_u128()).collect()
}

/// Somebody (6) who exists, starts on the second of March and is not to come any more.
async fn withdrawn_once_created(store: &dyn Store) {
    let late = hire("a-6").starting("2027-03-02");
    creating(store, &late, 6, "other login", 6).await;
    see(store, id(6), Evidence::Created(lucca_id(8)), 7).await;
    let host = account("acme.ilucca.example");
    let withdrawn = store.withdraw(
        Subject::of(source(&late), host, None),
        Actor::payroll(),
        at(8),
    );
    withdrawn.await.unwrap();
}

pub(crate) async fn the_urgent_come_first(store: &dyn Store) {
    creating(store, &hire("a-1").starting("2027-01-02"), 1, "login", 0).await;
    see(store, id(1), Evidence::Created(lucca_id(7)), 1).await;
    withdrawn_once_created(store).await;
    say(store, &hire("a-2").incomplete(), 2, 9).await;
    say(store, &hire("a-3").starting("2027-06-01"), 3, 3).await;
    say(store, &hire("a-4").starting("2027-03-01"), 4, 4).await;
    say(store, &hire("a-5").starting("2027-03-01"), 5, 5).await;
    // The undated one came on the first of January.
    let expected = [2, 4, 5, 6, 3, 1].map(id);
    for size in 1..=7 {
        let listed = ids(store, &Filter::default(), Order::Urgency, size).await;
        assert_eq!(listed, expected, "pages of {size}");
    }
}

pub(crate) async fn a_hire_without_a_start_date_is_sorted_by_the_day_it_arrived(store: &dyn Store) {
    // All came on the first of January.
    say(store, &hire("a-1").starting("2027-01-02"), 1, 0).await;
    say(store, &hire("a-2").incomplete(), 2, 1).await;
    say(store, &hire("a-3").starting("2027-01-01"), 3, 2).await;
    say(store, &hire("a-4").starting("2026-12-31"), 4, 3).await;
    let listed = ids(store, &Filter::default(), Order::Urgency, 2).await;
    assert_eq!(listed, [4, 3, 2, 1].map(id));
}

pub(crate) async fn what_has_not_ended_is_counted_by_state_and_start(store: &dyn Store) {
    assert!(store.waiting_counts().await.unwrap().is_empty());
    creating(store, &hire("a-1").starting("2027-01-02"), 1, "login", 0).await;
    see(store, id(1), Evidence::Created(lucca_id(7)), 1).await;
    withdrawn_once_created(store).await;
    say(store, &hire("a-2").incomplete(), 2, 9).await;
    say(store, &hire("a-3").starting("2027-03-01"), 3, 3).await;
    let mut elsewhere = hire("a-4").starting("2027-03-01");
    elsewhere.key.tenant = tenant_id("other");
    say(store, &elsewhere, 4, 4).await;
    let standing = |state, problems: &[ProblemCode], start: Option<&str>, count| WaitingCount {
        state,
        start: start.map(|date| CivilDate::parse_iso(date).unwrap()),
        problems: problems.to_vec(),
        count,
    };
    assert_eq!(
        store.waiting_counts().await.unwrap(),
        [
            standing(State::NeedsAttention, &[ProblemCode::Incomplete], None, 1),
            standing(State::Accepted, &[], Some("2027-03-01"), 2),
            standing(State::Created, &[], Some("2027-03-02"), 1),
        ]
    );
}

pub(crate) async fn every_problem_is_counted_beside_the_others(store: &dyn Store) {
    for (number, code) in (1..).zip(ProblemCode::iter()) {
        say(store, &hire(&format!("a-{number}")), number, 0).await;
        let ask = Step::Ask {
            problem: Problem::of(code),
            findings: Findings::default(),
        };
        let leased = lease_one(store, 0).await;
        done(store, &leased, ask, 0).await;
    }
    let counts = store.waiting_counts().await.unwrap();
    for code in ProblemCode::iter() {
        let found = counts.iter().find(|it| it.problems == [code]);
        let found = found.map(|it| (it.state, it.count));
        assert_eq!(found, Some((State::NeedsAttention, 1)), "{code:?}");
    }
}

pub(crate) async fn a_hire_with_several_problems_is_found_and_counted_by_each(store: &dyn Store) {
    let questions = [
        Question::PersonExists,
        Question::LoginTaken,
        Question::KeyRefused,
    ];
    say(store, &hire("a-1"), 1, 0).await;
    let leased = lease_one(store, 0).await;
    let ask = Step::Ask {
        problem: Problem::all(questions.map(Problem::from)).unwrap(),
        findings: Findings::default(),
    };
    done(store, &leased, ask, 0).await;
    for (code, found) in [
        ("PERSON_EXISTS", 1),
        ("LOGIN_TAKEN", 1),
        ("LUCCA_KEY_REFUSED", 1),
        ("KEY_REFUSED", 0),
        ("PERSON_EXISTS LOGIN", 0),
        ("%", 0),
        ("", 0),
        ("\0", 0),
    ] {
        let filter = Filter {
            problem: Some(code.into()),
            ..Filter::default()
        };
        let listed = ids(store, &filter, Order::Urgency, 5).await;
        assert_eq!(listed.len(), found, "{code:?}");
    }
    let counts = store.waiting_counts().await.unwrap();
    let codes = counts.iter().flat_map(|it| it.problems.clone());
    assert_eq!(
        codes.collect::<Vec<_>>(),
        [
            ProblemCode::PersonExists,
            ProblemCode::LoginTaken,
            ProblemCode::LuccaKeyRefused
        ]
    );
}

pub(crate) async fn the_latest_change_comes_first(store: &dyn Store) {
    for (number, seconds) in [(1, 10), (2, 20), (3, 20), (4, 30)] {
        say(store, &hire(&format!("a-{number}")), number, seconds).await;
    }
    say(store, &hire("a-1").titled("Cheffe"), 9, 40).await;
    let expected = [1, 4, 3, 2].map(id);
    for size in 1..=5 {
        let listed = ids(store, &Filter::default(), Order::UpdateTime, size).await;
        assert_eq!(listed, expected, "pages of {size}");
    }
    let nothing = Filter {
        state: Some(State::Created),
        ..Filter::default()
    };
    assert!(ids(store, &nothing, Order::UpdateTime, 5).await.is_empty());
}

pub(crate) async fn every_filter_filters(store: &dyn Store) {
    say(store, &hire("a-1"), 1, 0).await;
    lease_one(store, 0).await;
    let mut other = hire("a-2").incomplete();
    other.key.tenant = tenant_id("other");
    other.key.account = account("other.ilucca.example");
    other.key.system = SystemName::parse("csv").unwrap();
    other.draft.family_name = FamilyName::parse("Le Goff").ok();
    other.draft.personal_email = EmailAddress::parse("Yann@Example.org").ok();
    other.draft.professional_email = EmailAddress::parse("y.legoff@example.org").ok();
    say(store, &other, 2, 0).await;
    let key = |name: &str| Some(MatchKey::of(name).as_str().to_owned());
    let folded = |email| EmailAddress::parse(email).map(|it| it.folded()).ok();
    let none = Filter::default;
    let table = [
        (none(), vec![2, 1]),
        (
            Filter {
                tenant: Some(tenant_id("acme")),
                ..none()
            },
            vec![1],
        ),
        (
            Filter {
                tenant: Some(tenant_id("nobody")),
                ..none()
            },
            vec![],
        ),
        (
            Filter {
                state: Some(State::Accepted),
                ..none()
            },
            vec![1],
        ),
        (
            Filter {
                state: Some(State::NeedsAttention),
                ..none()
            },
            vec![2],
        ),
        (
            Filter {
                system: SystemName::parse("csv").ok(),
                ..none()
            },
            vec![2],
        ),
        (
            Filter {
                problem: Some("INCOMPLETE".into()),
                ..none()
            },
            vec![2],
        ),
        (
            Filter {
                problem: Some("REHIRE".into()),
                ..none()
            },
            vec![],
        ),
        (
            Filter {
                name: key("BEAUREGARD"),
                ..none()
            },
            vec![1],
        ),
        (
            Filter {
                name: key(&format!("{GIVEN_NAME} {FAMILY_NAME}")),
                ..none()
            },
            vec![1],
        ),
        (
            Filter {
                name: key("le-goff eloise"),
                ..none()
            },
            vec![2],
        ),
        (
            Filter {
                name: key("Eloise"),
                ..none()
            },
            vec![],
        ),
        (
            Filter {
                email: folded(EMAIL),
                ..none()
            },
            vec![1],
        ),
        (
            Filter {
                email: folded("yann@example.ORG"),
                ..none()
            },
            vec![2],
        ),
        (
            Filter {
                email: folded("y.legoff@example.org"),
                ..none()
            },
            vec![2],
        ),
        (
            Filter {
                email: folded("nobody@example.org"),
                ..none()
            },
            vec![],
        ),
        (
            Filter {
                name: folded(EMAIL),
                ..none()
            },
            vec![],
        ),
        (
            Filter {
                email: folded(EMAIL),
                tenant: Some(tenant_id("other")),
                ..none()
            },
            vec![],
        ),
    ];
    for (filter, expected) in table {
        assert_eq!(found(store, filter.clone()).await, expected, "{filter:?}");
    }
}

pub(crate) async fn what_was_amended_is_found_by_its_new_name_only(store: &dyn Store) {
    say(store, &hire("a-1"), 1, 0).await;
    let mut renamed = hire("a-1");
    renamed.draft.family_name = FamilyName::parse("Le Goff").ok();
    say(store, &renamed, 2, 1).await;
    for (name, expected) in [(FAMILY_NAME, vec![]), ("Le Goff", vec![1])] {
        let filter = Filter {
            name: Some(MatchKey::of(name).as_str().to_owned()),
            ..Filter::default()
        };
        assert_eq!(found(store, filter).await, expected);
    }
    assert_eq!(lease_one(store, 1).await.onboarding.update_time, at(1));
}
