//! Lucca is the truth about who exists: people and units that were deleted, archived or renamed
//! are noticed before they decide anything.

mod calls;
mod company;
mod fixes;
mod units;

use lucca_onboarding::{
    pb::v1::{self, State, manager_reference::Target, resolve_onboarding_request as resolve},
    sandbox::{DepartmentChange, Fault, Kind},
};
use serde_json::{Value, json};
use tonic_types::StatusExt as _;

use crate::support::{House, collaborator, hire, tenant};
use calls::{create_anyway, decide, refresh, withdraw};

/// A person as HR enters them by hand.
fn employee(family_name: &str, start: &str) -> Value {
    json!({
        "firstName": "Éloïse", "lastName": family_name, "dtContractStart": format!("{start}T00:00:00"),
        "login": format!("{}@example.com", family_name.to_lowercase()),
        "mail": format!("{}@example.com", family_name.to_lowercase()),
    })
}

fn employee_id(onboarding: &v1::Onboarding) -> u64 {
    u64::try_from(onboarding.lucca_user_id).unwrap()
}

/// Nobody is called created who is not in Lucca.
fn assert_true(house: &House, onboarding: &v1::Onboarding, case: &str) {
    let there = house.sandbox().user(employee_id(onboarding)).is_some();
    let created = onboarding.state() == State::Created;
    assert_eq!(there, created, "{case}: {onboarding:#?}");
    assert!(
        created || onboarding.problem.is_some(),
        "{case}: {onboarding:#?}"
    );
}

/// Reads of people by id.
fn reads_by_id(house: &House) -> usize {
    let calls = house.sandbox().ledger().calls;
    let by_id = |query: &str| query.split('&').any(|it| it.starts_with("id="));
    let reads = calls.iter().filter(|it| it.method == "GET");
    reads.filter(|it| by_id(&it.query)).count()
}

async fn created(house: &House, external_id: &str, name: &str) -> v1::Onboarding {
    let created = house.create(hire(external_id, collaborator(name))).await;
    let created = created.unwrap();
    assert_eq!(created.state(), State::Created, "{created:#?}");
    created
}

/// A number that the last creation had sent.
fn sent(house: &House, member: &str) -> u64 {
    let ledger = house.sandbox().ledger();
    let last = ledger.creations().pop().unwrap().body.clone().unwrap();
    last[member].as_u64().unwrap()
}

#[tokio::test]
async fn a_hire_confirmed_again_after_its_employee_was_deleted_gets_a_new_one_or_is_a_question() {
    // Whether the employee was seen there and seen missing, whether the hire was withdrawn, and
    // what follows.
    for (seen, missed, withdrawn, expected) in [
        (true, true, true, State::Created),
        (true, true, false, State::NeedsAttention),
        (false, true, true, State::NeedsAttention),
        (true, false, true, State::Created),
        (false, false, true, State::NeedsAttention),
    ] {
        let case = format!("seen {seen}, missed {missed}, withdrawn {withdrawn}");
        let house = House::start().await;
        let first = created(&house, "a-1", "Dupont").await;
        if seen {
            refresh(&house, &first.id).await;
        }
        if withdrawn {
            withdraw(&house, "a-1").await;
        }
        house.sandbox().remove_user(employee_id(&first)).unwrap();
        if missed {
            let gone = refresh(&house, &first.id).await;
            assert!(gone.warnings.iter().any(|it| it.code == "USER_NOT_SEEN"));
        }
        let again = house.create(hire("a-1", collaborator("Dupont"))).await;
        let again = again.unwrap();
        assert_eq!((again.state(), again.episode), (expected, 2), "{case}");
        assert_true(&house, &again, &case);
        if expected == State::Created {
            assert_eq!(house.sandbox().ledger().creations().len(), 2, "{case}");
            continue;
        }
        // The question is answered at once.
        decide(&house, &again.id, create_anyway()).await.unwrap();
        let created = house.until("test", "a-1", State::Created).await;
        assert_true(&house, &created, &case);
    }
}

#[tokio::test]
async fn a_deleted_employee_is_not_adopted_for_another_application() {
    for seen in [true, false] {
        let house = House::start().await;
        let first = created(&house, "a-1", "Dupont").await;
        if seen {
            // Any read of modified people shows the new employee.
            house.clock.pass(70);
            created(&house, "a-0", "Autre").await;
        }
        house.sandbox().remove_user(employee_id(&first)).unwrap();
        let second = house.create(hire("a-2", collaborator("Dupont"))).await;
        let second = second.unwrap();
        assert_true(&house, &second, &format!("seen {seen}"));
        assert_eq!(second.state() == State::Created, seen, "{second:#?}");
        if !seen {
            // Somebody just created may not be shown yet: an operator knows.
            let problem = second.problem.unwrap();
            assert_eq!(problem.code, "PERSON_EXISTS");
            assert!(problem.candidates[0].reason.contains("does not any more"));
            decide(&house, &second.id, create_anyway()).await.unwrap();
            let created = house.until("test", "a-2", State::Created).await;
            assert_true(&house, &created, "decided");
        }
        let first = house.status_of("test", "a-1").await.unwrap();
        let told = first.warnings.iter().any(|it| it.code == "USER_NOT_SEEN");
        assert_eq!(told, seen);
    }
}

#[tokio::test]
async fn whoever_is_still_there_is_adopted_and_whoever_was_deleted_no_longer_asked_about() {
    let house = House::start().await;
    let adopted = house.sandbox().add_user(employee("Dupont", "2027-01-04"));
    let homonym = house.sandbox().add_user(employee("Martin", "2026-01-05"));
    let (adopted, homonym) = (adopted.unwrap(), homonym.unwrap());
    created(&house, "a-0", "Autre").await;
    let first = created(&house, "a-1", "Dupont").await;
    assert_eq!(employee_id(&first), adopted);
    house.sandbox().remove_user(homonym).unwrap();
    let second = created(&house, "a-2", "Martin").await;
    assert_true(&house, &second, "nobody has the login any more");
}

#[tokio::test]
async fn without_a_proof_of_the_deletion_a_person_is_asked_and_the_answer_counts_at_once() {
    let house = House::start().await;
    let known = house.sandbox().add_user(employee("Dupont", "2027-03-01"));
    created(&house, "a-0", "Autre").await;
    house.blind_key();
    let asked = house.create(hire("a-1", collaborator("Dupont"))).await;
    let problem = asked.as_ref().unwrap().problem.as_ref().unwrap();
    assert_eq!(problem.code, "PERSON_EXISTS");
    assert!(!problem.candidates[0].has_login);
    house.sandbox().remove_user(known.unwrap()).unwrap();
    decide(&house, &asked.unwrap().id, create_anyway())
        .await
        .unwrap();
    let created = house.until("test", "a-1", State::Created).await;
    assert_true(&house, &created, "decided");
}

#[tokio::test]
async fn one_read_by_id_serves_all_hires_that_ask_about_a_person() {
    let house = House::start().await;
    house
        .sandbox()
        .add_user(employee("Dupont", "2026-03-02"))
        .unwrap();
    created(&house, "a-0", "Autre").await;
    for number in 1..=5 {
        let person = v1::Collaborator {
            login: "dupont@example.com".into(),
            ..collaborator(&format!("Nom{number}"))
        };
        let asked = house.create(hire(&format!("a-{number}"), person)).await;
        assert_eq!(asked.unwrap().problem.unwrap().code, "LOGIN_TAKEN");
    }
    assert_eq!(reads_by_id(&house), 1);
}

/// The ways to name a manager of the sandbox's company.
fn ways_to_name(manager: &lucca_onboarding::sandbox::User) -> Vec<Target> {
    vec![
        Target::Name(manager.full_name()),
        Target::LuccaId(i64::try_from(manager.id).unwrap()),
        Target::Email(manager.text("mail").to_owned()),
        Target::EmployeeNumber(manager.text("employeeNumber").to_owned()),
    ]
}

fn managed(name: &str, manager: Target) -> v1::Collaborator {
    v1::Collaborator {
        manager: Some(v1::ManagerReference {
            target: Some(manager),
        }),
        ..collaborator(name)
    }
}

#[tokio::test]
async fn a_deleted_manager_is_left_out_or_asked_about_whatever_lucca_answers() {
    for (asks, not_found) in [(false, false), (false, true), (true, false), (true, true)] {
        let house = House::without_tenant(Default::default()).await;
        let mut tenant = tenant(&house.lucca_url());
        if asks {
            tenant.unmatched = vec![v1::tenant::Unmatched {
                field: v1::Field::Manager.into(),
                policy: v1::tenant::unmatched::Policy::Ask.into(),
            }];
        }
        house.create_tenant(tenant).await.unwrap();
        created(&house, "a-0", "Autre").await;
        let boss = json!({"firstName": "Ada", "lastName": "Patron", "employeeNumber": "B-1"});
        for number in 0..4 {
            let boss = house.sandbox().add_user(boss.clone()).unwrap();
            house.clock.pass(70);
            let way = ways_to_name(&house.sandbox().user(boss).unwrap()).swap_remove(number);
            let case = format!("asks {asks}, 404 {not_found}, {way:?}");
            let warm = house.create(hire(
                &format!("w-{number}"),
                managed(&format!("Avant{number}"), way.clone()),
            ));
            assert_eq!(warm.await.unwrap().state(), State::Created, "{case}");
            house.sandbox().remove_user(boss).unwrap();
            if not_found {
                let kind = Kind::Status {
                    code: 404,
                    body: None,
                };
                house.sandbox().inject(Fault::on_creation(kind, 1));
            }
            let external_id = format!("a-{}", number + 1);
            let person = managed(&format!("Nom{number}"), way);
            let done = house.create(hire(&external_id, person)).await.unwrap();
            assert_true(&house, &done, &case);
            assert_eq!(done.attempts.len(), if asks { 1 } else { 2 }, "{case}");
            if asks {
                assert_eq!(done.problem.unwrap().code, "MANAGER_UNCLEAR", "{case}");
            } else {
                let mut warnings = done.warnings.iter();
                assert!(
                    warnings.any(|it| it.code == "MANAGER_UNCLEAR"),
                    "{case}: {done:#?}"
                );
            }
        }
        assert_eq!(house.sandbox().ledger().second_posts(), []);
    }
}

#[tokio::test]
async fn a_manager_or_head_who_leaves_before_the_first_day_is_warned_of() {
    let house = House::start().await;
    let boss = json!({"firstName": "Ada", "lastName": "Patron",
        "dtContractStart": "2020-01-06T00:00:00", "dtContractEnd": "2026-12-15T00:00:00"});
    let boss = house.sandbox().add_user(boss).unwrap();
    created(&house, "a-0", "Autre").await;
    let head = DepartmentChange {
        head_id: Some(Some(boss)),
        ..DepartmentChange::default()
    };
    house
        .sandbox()
        .change_department(sent(&house, "departmentId"), head)
        .unwrap();
    house.clock.pass(70);
    let named = managed("Dupont", Target::Name("Ada Patron".into()));
    for (external_id, person) in [("a-1", named), ("a-2", collaborator("Martin"))] {
        let done = house.create(hire(external_id, person)).await.unwrap();
        assert_eq!(done.state(), State::Created);
        let warned = done.warnings.iter().find(|it| it.code == "MANAGER_LEAVES");
        let warned = warned.unwrap_or_else(|| panic!("{done:#?}"));
        assert!(warned.message.contains("2026"), "{warned:?}");
        assert_eq!(warned.candidates[0].lucca_id, i64::try_from(boss).unwrap());
    }
}

#[tokio::test]
async fn a_link_is_not_taken_back_while_another_hire_has_the_login() {
    let house = House::start().await;
    house
        .sandbox()
        .inject(Fault::on_creation(Kind::ExecuteThenCut, 1));
    let found = created(&house, "a-1", "Dupont").await;
    assert_eq!(found.employee_origin(), v1::EmployeeOrigin::Adopted);
    house.sandbox().remove_user(employee_id(&found)).unwrap();
    house
        .sandbox()
        .inject(Fault::on_creation(Kind::CutBefore, 1));
    let other = v1::CreateCollaboratorRequest {
        wait: None,
        ..hire("a-2", collaborator("Dupont"))
    };
    house.create(other).await.unwrap();
    house.until("test", "a-2", State::Verifying).await;
    house.hide_people();
    let unlink = resolve::Decision::Unlink(resolve::Unlink {});
    let refused = decide(&house, &found.id, unlink.clone()).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    assert_eq!(
        refused.get_details_error_info().unwrap().reason,
        "LOGIN_RESERVED"
    );
    assert!(!refused.message().contains(&other_id(&house).await));
}

async fn other_id(house: &House) -> String {
    house.status_of("test", "a-2").await.unwrap().id
}
