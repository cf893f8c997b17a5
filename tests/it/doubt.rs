use futures_util::future::join_all;
use lucca_onboarding::{
    pb::v1::{self, State, attempt::Outcome},
    sandbox::{Fault, Key, Kind, Rights},
};
use serde_json::json;

use crate::support::{House, LUCCA_KEY, TENANT, collaborator, hire, source, tenant};

const BLIND_KEY: &str = "99999999-8888-7777-6666-555555555555";

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
async fn our_own_person_found_after_a_lost_answer_proves_sight_in_a_company_without_others() {
    let house = House::start().await;
    let sandbox = house.sandbox();
    let today = jiff::Timestamp::now()
        .to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .date();
    for user in sandbox.users() {
        if user.is_former(today) || user.is_future(today) {
            sandbox.remove_user(user.id).unwrap();
        }
    }
    sandbox.inject(Fault::on_creation(Kind::ExecuteThenCut, 1));
    let found = house.create(hire("a-1", collaborator("Dupont"))).await;
    assert_eq!(found.unwrap().state(), State::Created);
    sandbox.inject(Fault::on_creation(Kind::CutBefore, 1));
    let again = house.create(hire("a-2", collaborator("Durand"))).await;
    let again = again.unwrap();
    assert_eq!(again.state(), State::Created, "{:?}", again.problem);
    assert_eq!(again.attempts.len(), 2);
    assert_eq!(sandbox.ledger().second_posts(), []);
}

#[tokio::test]
async fn a_batch_that_lucca_failed_costs_two_reads_a_hire_beyond_those_that_serve_all() {
    let house = House::start().await;
    let failed = Kind::Status {
        code: 500,
        body: None,
    };
    house.sandbox().inject(Fault::on_creation(failed, 5));
    let hires = (0..5).map(|number| {
        let (id, name) = (format!("a-{number}"), format!("Dupont{number}"));
        house.create(hire(&id, collaborator(&name)))
    });
    for created in join_all(hires).await {
        assert_eq!(created.unwrap().state(), State::Created);
    }
    let ledger = house.sandbox().ledger();
    assert_eq!(ledger.creations().len(), 10);
    assert_eq!(ledger.second_posts(), []);
    let of = |what: &str| {
        let reads = ledger.calls.iter().filter(|call| call.method == "GET");
        reads.filter(|call| call.query.contains(what)).count()
    };
    assert!(of("&login=") <= 5, "{}", of("&login="));
    assert!(of("&mail=") <= 5, "{}", of("&mail="));
    // Whether the key still sees future employees is asked once for all that share a read of the
    // people, however the looks fall together.
    let shared = of("modifiedAt=");
    assert!(of("&id=") <= shared, "{} of {shared}", of("&id="));
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
    house.blind_key();
    house
        .sandbox()
        .inject(Fault::on_creation(Kind::ExecuteThenCut, 1));
    let onboarding = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(onboarding.state(), State::NeedsAttention);
    assert_eq!(onboarding.problem.unwrap().code, "OUTCOME_UNKNOWN");
    assert_eq!(onboarding.expected_creation_time, None);
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}

#[tokio::test]
async fn while_an_outcome_is_unknown_it_is_told_by_when_it_will_be_known() {
    let house = in_doubt(Kind::CutBefore).await;
    let onboarding = house.until("test", "a-1", State::Verifying).await;
    let expected = onboarding.expected_creation_time.unwrap();
    let sent = onboarding.attempts[0].sent_time.unwrap();
    // Lucca's own 5 s, then the gap, then a look and a call of at most 2 s each.
    let span = expected.seconds - sent.seconds;
    assert!((5..=15).contains(&span), "{span} s");
    assert!(onboarding.next_attempt_time.unwrap().seconds <= expected.seconds);
    house.until("test", "a-1", State::Created).await;
}

#[tokio::test]
async fn what_another_key_of_the_same_lucca_sees_proves_nothing() {
    let house = House::start().await;
    let blind = Rights {
        see_future: false,
        see_former: false,
        ..Rights::default()
    };
    house.sandbox().add_key(Key {
        rights: blind,
        ..Key::new("blind", BLIND_KEY)
    });
    let other = v1::Tenant {
        id: "other".into(),
        lucca_api_key: BLIND_KEY.into(),
        ..tenant(&house.lucca_url())
    };
    house.create_tenant(other).await.unwrap();
    // The first tenant's key has read everybody, future and former people too.
    let seen = house.create(hire("a-1", collaborator("Durand"))).await;
    assert_eq!(seen.unwrap().state(), State::Created);
    house
        .sandbox()
        .inject(Fault::on_creation(Kind::ExecuteThenCut, 1));
    let doubtful = v1::CreateCollaboratorRequest {
        tenant: "other".into(),
        ..hire("b-1", collaborator("Dupont"))
    };
    let onboarding = house.create(doubtful).await.unwrap();
    assert_eq!(onboarding.problem.unwrap().code, "OUTCOME_UNKNOWN");
    assert_eq!(house.created_by_calls("Dupont"), 1);
    assert_eq!(house.sandbox().ledger().creations().len(), 2);
}

#[tokio::test]
async fn a_person_of_our_own_making_whom_no_read_has_shown_proves_no_sight() {
    let house = House::start().await;
    let rights = Rights {
        see_future: false,
        ..Rights::default()
    };
    house.sandbox().set_rights("first", rights).unwrap();
    let first = house.create(hire("a-1", collaborator("Durand"))).await;
    assert_eq!(first.unwrap().state(), State::Created);
    house
        .sandbox()
        .inject(Fault::on_creation(Kind::ExecuteThenCut, 1));
    let onboarding = house
        .create(hire("a-2", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(onboarding.problem.unwrap().code, "OUTCOME_UNKNOWN");
    assert_eq!(house.sandbox().ledger().creations().len(), 2);
}

#[tokio::test]
async fn a_key_that_has_lost_its_sight_proves_no_absence_any_more() {
    for restarted in [false, true] {
        let mut house = House::start().await;
        let first = house.create(hire("a-1", collaborator("Durand"))).await;
        assert_eq!(first.unwrap().state(), State::Created);
        let second = house.create(hire("a-2", collaborator("Dubois"))).await;
        assert_eq!(second.unwrap().state(), State::Created);
        let rights = Rights {
            see_future: false,
            ..Rights::default()
        };
        house.sandbox().set_rights("first", rights).unwrap();
        if restarted {
            house.stop_service().await;
            house.start_service().await;
        }
        house
            .sandbox()
            .inject(Fault::on_creation(Kind::ExecuteThenCut, 1));
        let doubtful = house.create(hire("a-3", collaborator("Dupont"))).await;
        let problem = doubtful.unwrap().problem.unwrap();
        assert_eq!(problem.code, "OUTCOME_UNKNOWN");
        assert_eq!(house.created_by_calls("Dupont"), 1);
        assert_eq!(house.sandbox().ledger().creations().len(), 3);
    }
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
    // Else the unknown code is found before the call.
    let mut rights = house.sandbox().keys()[0].rights;
    rights.read_definitions = false;
    house.sandbox().set_rights("first", rights).unwrap();
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

#[tokio::test]
async fn a_person_who_does_not_show_at_the_first_look_is_found_at_the_last() {
    created_once_despite(
        Kind::LookupLag {
            ms: 3_000,
            cut: true,
        },
        1,
    )
    .await;
}

#[tokio::test]
async fn a_call_that_takes_effect_after_its_408_is_not_repeated() {
    created_once_despite(
        Kind::LateExecute {
            ms: 2_000,
            cut: false,
        },
        1,
    )
    .await;
    created_once_despite(
        Kind::LateExecute {
            ms: 2_000,
            cut: true,
        },
        1,
    )
    .await;
}

#[tokio::test]
async fn without_unique_logins_nothing_is_doubled_either() {
    for kind in [
        Kind::ExecuteThenCut,
        Kind::LateExecute {
            ms: 2_000,
            cut: true,
        },
    ] {
        let house = House::start().await;
        house
            .sandbox()
            .change_switches(|switches| switches.login_unique = false);
        house.sandbox().inject(Fault::on_creation(kind, 1));
        let onboarding = house
            .create(hire("a-1", collaborator("Dupont")))
            .await
            .unwrap();
        assert_eq!(onboarding.state(), State::Created);
        assert_eq!(house.created_by_calls("Dupont"), 1);
        assert!(house.sandbox().ledger().second_posts().is_empty());
    }
}

/// A hire whose creation was carried out without an answer and that is being verified.
async fn in_doubt(kind: Kind) -> House {
    let house = House::start().await;
    house.sandbox().inject(Fault::on_creation(kind, 1));
    let mut request = hire("a-1", collaborator("Dupont"));
    request.wait = None;
    house.create(request).await.unwrap();
    house.until("test", "a-1", State::Verifying).await;
    house
}

fn withdrawal() -> v1::WithdrawHireRequest {
    v1::WithdrawHireRequest {
        tenant: TENANT.into(),
        source: Some(source("test", "a-1")),
    }
}

#[tokio::test]
async fn a_withdrawal_during_doubt_is_carried_out_once_absence_is_proven() {
    let house = in_doubt(Kind::CutBefore).await;
    let answer = house
        .onboardings()
        .withdraw_hire(withdrawal())
        .await
        .unwrap();
    let waiting = answer.into_inner().onboarding.unwrap();
    assert!(waiting.cancel_requested);
    assert_eq!(waiting.state(), State::Verifying);
    house.until("test", "a-1", State::Cancelled).await;
    assert_eq!(house.created_by_calls("Dupont"), 0);
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}

#[tokio::test]
async fn a_withdrawal_during_doubt_becomes_a_follow_up_if_the_person_exists() {
    let house = in_doubt(Kind::LookupLag {
        ms: 1_500,
        cut: true,
    })
    .await;
    house
        .onboardings()
        .withdraw_hire(withdrawal())
        .await
        .unwrap();
    let created = house.until("test", "a-1", State::Created).await;
    let withdrawn = |item: &v1::FollowUp| item.code == "WITHDRAWN_AFTER_CREATION";
    assert!(created.follow_ups.iter().any(withdrawn));
}

#[tokio::test]
async fn an_amendment_during_doubt_waits_and_then_counts_or_becomes_a_follow_up() {
    for (kind, follow_up) in [
        (Kind::CutBefore, false),
        (
            Kind::LookupLag {
                ms: 1_500,
                cut: true,
            },
            true,
        ),
    ] {
        let house = in_doubt(kind).await;
        let mut amended = collaborator("Dupont");
        amended.job_title = "Comptable".into();
        let mut request = hire("a-1", amended);
        request.wait = None;
        let waiting = house.create(request).await.unwrap();
        assert_eq!((waiting.revision, waiting.pending_revision), (1, 2));
        let created = house.until("test", "a-1", State::Created).await;
        let changed = |item: &v1::FollowUp| item.code == "CHANGED_AFTER_CREATION";
        assert_eq!(created.follow_ups.iter().any(changed), follow_up);
        let ledger = house.sandbox().ledger();
        let last = ledger.creations().last().unwrap().body.clone().unwrap();
        assert_eq!(last.get("jobTitle").is_some(), !follow_up);
        assert_eq!(house.created_by_calls("Dupont"), 1);
    }
}

#[tokio::test]
async fn a_key_that_is_revoked_and_replaced_during_doubt_leads_to_one_employee() {
    let house = in_doubt(Kind::ExecuteThenHang).await;
    let mut key = house.sandbox().keys()[0].clone();
    house.sandbox().revoke_key("first").unwrap();
    let waiting = house.until("test", "a-1", State::NeedsAttention).await;
    assert_eq!(waiting.problem.unwrap().code, "LUCCA_KEY_REFUSED");
    key.value = LUCCA_KEY.replace('1', "2");
    house.sandbox().add_key(key.clone());
    let update = v1::UpdateTenantRequest {
        tenant: Some(v1::Tenant {
            id: TENANT.into(),
            lucca_api_key: key.value,
            ..v1::Tenant::default()
        }),
        update_mask: None,
        ..Default::default()
    };
    house.tenants().update_tenant(update).await.unwrap();
    house.until("test", "a-1", State::Created).await;
    assert_eq!(house.created_by_calls("Dupont"), 1);
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}
