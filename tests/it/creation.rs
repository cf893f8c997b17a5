use lucca_onboarding::{
    pb::v1::{Field, Origin, State, UpdateTenantRequest},
    sandbox::Rights,
};
use serde_json::{Value, json};

use crate::support::{
    House, LUCCA_KEY, ROLE, TENANT, collaborator, hire, named, tenant,
    webhook::{Webhook, event, nine_items},
};

/// The body of the one creation call with this family name.
fn posted(house: &House, family_name: &str) -> Value {
    let ledger = house.sandbox().ledger();
    let bodies: Vec<Value> = ledger
        .creations()
        .into_iter()
        .filter_map(|call| call.body.clone())
        .filter(|body| body["lastName"] == family_name)
        .collect();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    bodies[0].clone()
}

#[tokio::test]
async fn nine_data_items_travel_from_the_webhook_to_lucca_and_back() {
    let house = House::start().await;
    let sent = Webhook::of(&event("hire.confirmed", "a-1", nine_items("Dupont")));
    assert_eq!(sent.send(&house).await, 200);
    let onboarding = house.until("werecruit", "a-1", State::Created).await;

    let body = posted(&house, "Dupont");
    assert_eq!(body["firstName"], "Éloïse");
    assert_eq!(body["mail"], "Dupont@example.org");
    assert_eq!(body["personalEmail"], "Dupont@example.com");
    assert_eq!(body["login"], "eDupont");
    assert_eq!(body["dtContractStart"], "2027-01-04T00:00:00");
    assert_eq!(body["rolePrincipalId"], ROLE);
    let label = |field: Field| {
        let resolved = onboarding
            .resolution
            .iter()
            .find(|resolved| resolved.field() == field)
            .unwrap();
        (resolved.label.to_lowercase(), resolved.origin())
    };
    assert_eq!(
        label(Field::Establishment),
        ("siège paris".into(), Origin::Matched)
    );
    assert_eq!(
        label(Field::Department),
        ("produit".into(), Origin::Matched)
    );
    assert_eq!(
        label(Field::Manager),
        ("jean martin".into(), Origin::Matched)
    );
    assert_eq!(
        label(Field::Role),
        ("collaborateur".into(), Origin::TenantDefault)
    );

    let user = house
        .sandbox()
        .user(onboarding.lucca_user_id.try_into().unwrap())
        .unwrap();
    assert_eq!(user.members["lastName"], "Dupont");
    assert!(
        onboarding
            .lucca_user_url
            .ends_with(&onboarding.lucca_user_id.to_string())
    );
    let collaborator = onboarding.collaborator.unwrap();
    assert_eq!(collaborator.family_name, "Dupont");
    assert_eq!(collaborator.contract_start_date, "2027-01-04");
}

#[tokio::test]
async fn professional_email_and_login_are_derived_from_the_personal_email() {
    let house = House::start().await;
    let mut data = nine_items("Lefevre");
    data["professionalEmail"] = Value::Null;
    data["login"] = Value::Null;
    Webhook::of(&event("hire.confirmed", "a-1", data))
        .send(&house)
        .await;
    let onboarding = house.until("werecruit", "a-1", State::Created).await;
    let body = posted(&house, "Lefevre");
    assert_eq!(body["mail"], "Lefevre@example.com");
    assert_eq!(body["login"], "Lefevre@example.com");
    let codes: Vec<&str> = onboarding
        .follow_ups
        .iter()
        .map(|item| item.code.as_str())
        .collect();
    assert!(codes.contains(&"REPLACE_PROFESSIONAL_EMAIL"), "{codes:?}");
    assert!(codes.contains(&"REPLACE_LOGIN"), "{codes:?}");
}

#[tokio::test]
async fn a_hire_by_call_is_created_within_its_wait_and_lucca_is_called_few_times() {
    let house = House::start().await;
    let onboarding = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(onboarding.state(), State::Created);
    let cold = house.sandbox().ledger().calls.len();
    assert!(cold <= 5, "{cold} calls for the first hire");
    house
        .create(hire("a-2", collaborator("Durand")))
        .await
        .unwrap();
    let warm = house.sandbox().ledger().calls.len() - cold;
    assert!(warm <= 2, "{warm} calls for a hire on a warm directory");
}

#[tokio::test]
async fn an_unknown_manager_is_left_out_with_a_warning_and_homonyms_are_proposed() {
    let house = House::start().await;
    let mut person = collaborator("Dupont");
    person.manager = Some(lucca_onboarding::pb::v1::ManagerReference {
        target: Some(lucca_onboarding::pb::v1::manager_reference::Target::Name(
            "Nicolas Martin".into(),
        )),
    });
    let onboarding = house.create(hire("a-1", person)).await.unwrap();
    assert_eq!(onboarding.state(), State::Created);
    assert!(posted(&house, "Dupont").get("managerId").is_none());
    let warning = onboarding
        .warnings
        .iter()
        .find(|warning| warning.code == "MANAGER_UNCLEAR")
        .unwrap();
    assert_eq!(warning.candidates.len(), 2);
}

#[tokio::test]
async fn a_hire_without_any_default_for_its_role_asks() {
    let house = House::without_tenant(Default::default()).await;
    let mut without_role = tenant(&house.lucca_url());
    without_role.defaults = None;
    house.create_tenant(without_role).await.unwrap();
    let onboarding = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(onboarding.state(), State::NeedsAttention);
    assert_eq!(onboarding.problem.unwrap().code, "DEFAULT_MISSING");
    assert!(house.sandbox().ledger().creations().is_empty());
}

#[tokio::test]
async fn a_default_of_the_hr_file_is_left_out_of_the_body() {
    let house = House::without_tenant(Default::default()).await;
    house
        .sandbox()
        .change_switches(|switches| switches.hr_file_defaults.role_principal_id = Some(51));
    let mut declared = tenant(&house.lucca_url());
    declared.defaults = None;
    declared.lucca_defaults = vec![Field::Role.into()];
    house.create_tenant(declared).await.unwrap();
    let onboarding = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(onboarding.state(), State::Created);
    assert!(posted(&house, "Dupont").get("rolePrincipalId").is_none());
}

#[tokio::test]
async fn a_person_already_in_lucca_is_a_question_and_never_a_second_employee() {
    let house = House::start().await;
    let members = json!({
        "firstName": "Zoé", "lastName": "Autre", "login": "dupont@example.com",
        "mail": "zoe@example.org"
    });
    house.sandbox().add_user(members).unwrap();
    let onboarding = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(onboarding.state(), State::NeedsAttention);
    let problem = onboarding.problem.unwrap();
    assert_eq!(problem.code, "LOGIN_TAKEN");
    assert_eq!(problem.candidates.len(), 1);
    assert!(house.sandbox().ledger().creations().is_empty());
}

#[tokio::test]
async fn who_came_into_lucca_since_it_was_read_is_seen_once_lucca_refuses_the_login() {
    let house = House::start().await;
    let first = house.create(hire("a-1", collaborator("Martin"))).await;
    assert_eq!(first.unwrap().state(), State::Created);
    // People are known now, and not read again for the hires that follow at once.
    let other = json!({
        "firstName": "Zoé", "lastName": "Autre", "login": "dupont@example.com",
        "mail": "zoe@example.org"
    });
    house.sandbox().add_user(other).unwrap();
    let asked = house.create(hire("a-2", collaborator("Dupont"))).await;
    let problem = asked.unwrap().problem.unwrap();
    assert_eq!(problem.code, "LOGIN_TAKEN");
    assert!(problem.candidates[0].has_login);
    assert_eq!(posted(&house, "Dupont")["login"], "dupont@example.com");

    // HR was faster: the same person.
    let same = json!({
        "firstName": "Éloïse", "lastName": "Durand", "login": "durand@example.com",
        "mail": "durand@example.com", "dtContractStart": "2027-01-04T00:00:00"
    });
    let user = house.sandbox().add_user(same).unwrap();
    let adopted = house.create(hire("a-3", collaborator("Durand"))).await;
    let adopted = adopted.unwrap();
    assert_eq!(adopted.state(), State::Created);
    assert_eq!(adopted.lucca_user_id, i64::try_from(user).unwrap());
    assert_eq!(house.sandbox().ledger().second_posts(), []);
}

#[tokio::test]
async fn two_people_with_one_personal_email_end_as_one_employee_and_one_question() {
    let house = House::start().await;
    let spouse = |name: &str, id: &str| {
        let mut person = collaborator(name);
        person.personal_email = "famille@example.com".into();
        hire(id, person)
    };
    let (one, other) = tokio::join!(
        house.create(spouse("Dupont", "a-1")),
        house.create(spouse("Durand", "a-2"))
    );
    let mut states = [one.unwrap().state(), other.unwrap().state()];
    states.sort_by_key(|state| *state as i32);
    assert_eq!(states, [State::NeedsAttention, State::Created]);
    assert!(house.sandbox().ledger().second_posts().is_empty());
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}

#[tokio::test]
async fn a_right_to_read_and_the_right_to_create_are_told_apart() {
    for (rights, words) in [
        (
            Rights {
                read_departments: false,
                ..Rights::default()
            },
            "lacks a right to read",
        ),
        (
            Rights {
                write_users: false,
                ..Rights::default()
            },
            "does not let it create",
        ),
    ] {
        let house = House::start().await;
        house.sandbox().set_rights("first", rights).unwrap();
        let asked = house.create(hire("a-1", collaborator("Dupont"))).await;
        let problem = asked.unwrap().problem.unwrap();
        assert_eq!(problem.code, "LUCCA_KEY_REFUSED");
        assert!(problem.message.contains(words), "{}", problem.message);
    }
}

#[tokio::test]
async fn a_refused_key_is_said_so_and_a_new_key_lets_the_hire_go_on() {
    let house = House::without_tenant(Default::default()).await;
    let mut wrong = tenant(&house.lucca_url());
    wrong.lucca_api_key = "99999999-2222-3333-4444-555555555555".into();
    house.create_tenant(wrong).await.unwrap();
    let onboarding = house
        .create(hire("a-1", collaborator("Dupont")))
        .await
        .unwrap();
    assert_eq!(onboarding.state(), State::NeedsAttention);
    assert_eq!(onboarding.problem.unwrap().code, "LUCCA_KEY_REFUSED");

    let update = UpdateTenantRequest {
        tenant: Some(lucca_onboarding::pb::v1::Tenant {
            id: TENANT.into(),
            lucca_api_key: LUCCA_KEY.into(),
            ..Default::default()
        }),
        update_mask: None,
        ..Default::default()
    };
    house.tenants().update_tenant(update).await.unwrap();
    house.until("test", "a-1", State::Created).await;
}

#[tokio::test]
async fn a_name_that_matches_nothing_uses_the_default_with_a_warning() {
    let house = House::without_tenant(Default::default()).await;
    let mut with_default = tenant(&house.lucca_url());
    with_default.defaults.as_mut().unwrap().establishment_id = 11;
    house.create_tenant(with_default).await.unwrap();
    let mut person = collaborator("Dupont");
    person.establishment = named("Siege Pari");
    let onboarding = house.create(hire("a-1", person)).await.unwrap();
    assert_eq!(onboarding.state(), State::Created);
    assert_eq!(posted(&house, "Dupont")["legalEntityId"], 11);
    let warning = onboarding
        .warnings
        .iter()
        .find(|warning| warning.code == "NOT_MATCHED")
        .unwrap();
    assert_eq!(warning.field(), Field::Establishment);
    assert!(!warning.candidates.is_empty());
}

#[tokio::test]
async fn a_refused_key_costs_few_calls_however_many_hires_wait_for_it() {
    let house = House::without_tenant(Default::default()).await;
    let mut wrong = tenant(&house.lucca_url());
    wrong.lucca_api_key = "99999999-2222-3333-4444-555555555555".into();
    house.create_tenant(wrong).await.unwrap();
    let calls = (0..30).map(|number| {
        house.create(hire(
            &format!("a-{number}"),
            collaborator(&format!("Dupont{number}")),
        ))
    });
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.unwrap().problem.unwrap().code, "LUCCA_KEY_REFUSED");
    }
    let calls = house.sandbox().ledger().calls.len();
    assert!(calls <= 4, "{calls} calls");
}

#[tokio::test]
async fn a_tenant_keeps_its_lucca_while_an_outcome_is_unknown() {
    use lucca_onboarding::sandbox::{Fault, Kind};
    let mut house = House::start().await;
    let elsewhere = "http://127.0.0.1:1";
    house.settings.lucca.allow_insecure("127.0.0.1:1").unwrap();
    house.stop_service().await;
    house.start_service().await;
    house
        .sandbox()
        .inject(Fault::on_creation(Kind::ExecuteThenCut, 1));
    let mut request = hire("a-1", collaborator("Dupont"));
    request.wait = None;
    house.create(request).await.unwrap();
    house.until("test", "a-1", State::Verifying).await;
    let update = UpdateTenantRequest {
        tenant: Some(lucca_onboarding::pb::v1::Tenant {
            id: TENANT.into(),
            lucca_url: elsewhere.into(),
            ..Default::default()
        }),
        update_mask: None,
        ..Default::default()
    };
    let refused = house
        .tenants()
        .update_tenant(update.clone())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), tonic::Code::FailedPrecondition);
    house.until("test", "a-1", State::Created).await;
    house.tenants().update_tenant(update).await.unwrap();
}

#[tokio::test]
async fn a_start_years_ago_is_created_with_a_warning() {
    let house = House::start().await;
    let mut person = collaborator("Dupont");
    person.contract_start_date = "2019-01-07".into();
    let created = house.create(hire("a-1", person)).await.unwrap();
    assert_eq!(created.state(), State::Created);
    let warning = created
        .warnings
        .iter()
        .find(|it| it.code == "START_DATE_LONG_PAST");
    assert!(warning.unwrap().message.contains("2019-01-07"));
}

#[tokio::test]
async fn a_start_that_can_hardly_be_meant_is_asked_about_and_created_once_it_is_confirmed() {
    use lucca_onboarding::pb::v1::{
        ResolveOnboardingRequest,
        resolve_onboarding_request::{Amend, Decision},
    };
    let house = House::start().await;
    for (name, start) in [("past", "1900-01-01"), ("ahead", "2199-01-01")] {
        let mut person = collaborator(name);
        person.contract_start_date = start.into();
        let asked = house.create(hire(name, person.clone())).await.unwrap();
        assert_eq!(asked.state(), State::NeedsAttention);
        assert_eq!(asked.problem.unwrap().code, "DATE_UNLIKELY");
        assert_eq!(house.sandbox().ledger().creations().len(), 0);
        if name == "past" {
            continue;
        }
        let confirmed = ResolveOnboardingRequest {
            onboarding_id: asked.id,
            decision: Some(Decision::Amend(Amend {
                collaborator: Some(person),
                update_mask: Some(prost_types::FieldMask {
                    paths: vec!["contract_start_date".into()],
                }),
            })),
        };
        let mut operations = house.operations();
        operations.resolve_onboarding(confirmed).await.unwrap();
        house.until("test", name, State::Created).await;
    }
}
