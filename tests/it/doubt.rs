use lucca_onboarding::{
    pb::v1::{State, attempt::Outcome},
    sandbox::{Fault, Kind},
};
use serde_json::json;

use crate::support::{House, collaborator, hire};

/// One hire under one fault of the creation call: ends `CREATED`, with one employee, and
/// nothing was posted after an executed call.
async fn created_once_despite(kind: Kind, posts: usize) {
    let house = House::start().await;
    house.sandbox().inject(Fault::on_creation(kind.clone(), 1));
    let onboarding = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(
        onboarding.state(),
        State::Created,
        "{kind:?}: {onboarding:#?}"
    );
    let ledger = house.sandbox().ledger();
    assert_eq!(ledger.creations().len(), posts, "{kind:?}");
    assert!(ledger.second_posts().is_empty(), "{kind:?}");
    assert_eq!(house.created_by_calls("Dupont"), 1, "{kind:?}");
    assert_eq!(onboarding.attempts.len(), posts, "{kind:?}");
    let last = onboarding.attempts.last().unwrap();
    assert_eq!(last.outcome(), Outcome::Executed, "{kind:?}");
}

#[tokio::test]
async fn a_created_person_whose_answer_was_lost_is_found_and_not_created_again() {
    tokio::join!(
        created_once_despite(Kind::ExecuteThenCut, 1),
        created_once_despite(Kind::ExecuteThenStatus { code: 408 }, 1),
        created_once_despite(Kind::ExecuteThenStatus { code: 500 }, 1),
        created_once_despite(Kind::ExecuteThenTruncate, 1),
        created_once_despite(Kind::ExecuteThenHang, 1),
        created_once_despite(Kind::ExecuteThenGarbage, 1),
    );
}

#[tokio::test]
async fn a_call_without_effect_is_repeated_only_once_absence_is_proven() {
    tokio::join!(
        created_once_despite(
            Kind::Status {
                code: 500,
                body: None
            },
            2
        ),
        created_once_despite(Kind::CutBefore, 2),
        created_once_despite(Kind::Hang408, 2),
    );
}

#[tokio::test]
async fn a_429_is_waited_for_and_then_repeated() {
    let kind = Kind::TooManyRequests {
        retry_after: None,
        seconds: Some(1),
    };
    created_once_despite(kind, 2).await;
}

#[tokio::test]
async fn a_key_without_sight_proves_no_absence() {
    let house = House::start().await;
    let mut rights = house.sandbox().keys()[0].rights;
    rights.see_future = false;
    rights.see_former = false;
    house.sandbox().set_rights("first", rights).unwrap();
    house
        .sandbox()
        .inject(Fault::on_creation(Kind::ExecuteThenCut, 1));
    let onboarding = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(onboarding.state(), State::NeedsAttention);
    assert_eq!(onboarding.problem.unwrap().code, "OUTCOME_UNKNOWN");
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}

#[tokio::test]
async fn a_person_whose_login_and_email_hr_has_replaced_is_still_recognised() {
    let house = House::start().await;
    house
        .sandbox()
        .inject(Fault::on_creation(Kind::ExecuteThenCut, 1));
    let hiring = house.create(hire("a-1", collaborator("Dupont")));
    let replacing = async {
        house.sandbox().wait_for_users(1).await;
        let ledger = house.sandbox().ledger();
        let id = ledger.users_created[0].id;
        let members = json!({"login": "edupont", "mail": "edupont@example.org"});
        house.sandbox().update_user(id, members).unwrap();
        id
    };
    let (onboarding, id) = tokio::join!(hiring, replacing);
    let onboarding = onboarding.unwrap();
    assert_eq!(onboarding.state(), State::Created);
    assert_eq!(onboarding.lucca_user_id, i64::try_from(id).unwrap());
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}

#[tokio::test]
async fn what_lucca_refuses_is_shown_with_its_own_words_and_not_repeated() {
    let house = House::start().await;
    let mut person = collaborator("Dupont");
    person.extended_data.insert(
        "e_unheard_of".into(),
        prost_types::Value {
            kind: Some(prost_types::value::Kind::StringValue("x".into())),
        },
    );
    let onboarding = house.create(hire("a-1", person)).await.unwrap();
    assert_eq!(onboarding.state(), State::NeedsAttention);
    assert_eq!(onboarding.problem.unwrap().code, "LUCCA_REFUSED");
    assert!(
        onboarding.last_error.contains("e_unheard_of"),
        "{}",
        onboarding.last_error
    );
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}
