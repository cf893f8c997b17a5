use super::*;

#[tokio::test]
async fn a_creation_is_answered_200_with_what_was_sent() {
    let house = House::seeded().await;
    let body = hire_with(&json!({"personalEmail": "e@example.org", "e_badge": {"value": 7}}));
    let (status, answer) = house.create(&body).await;
    assert_eq!(status, 200);
    assert!(answer["header"]["generated"].is_string());
    assert_eq!(answer["header"]["principal"], "first");
    let data = &answer["data"];
    assert_eq!(data["id"], 1301);
    assert_eq!(data["name"], "Éloïse Dupont");
    assert_eq!(data["url"], "/api/v3/users/1301");
    assert_eq!(
        data["lastName"], "DUPONT",
        "family names are read in capitals"
    );
    assert_eq!(data["personalEmail"], "e@example.org");
    assert_eq!(data["extendedData"]["e_badge"]["value"], 7);
    assert!(
        data.get("gender").is_none(),
        "what was not sent is not answered"
    );

    let stored = house.control.user(1301).unwrap();
    assert_eq!(stored.text("lastName"), "Dupont");
    assert!(stored.created_by_call && stored.with_contract);
    let ledger = house.control.ledger();
    assert_eq!(ledger.users_created.len(), 1);
    assert_eq!(ledger.calls[0].created_user, Some(1301));
    assert_eq!(ledger.calls[0].body.as_ref(), Some(&body));
    assert!(ledger.calls[0].executed);
}

#[tokio::test]
async fn a_creation_with_a_parameter_it_does_not_know_is_refused() {
    let house = House::seeded().await;
    for query in ["contract=true&fields=id", "sendMail=false"] {
        let path = format!("/api/v3/users?{query}");
        let (status, text) = house.send(Method::POST, &path, &hire()).await;
        let expected = (400, "Query parameter is invalid");
        assert_eq!((status.as_u16(), &*text), expected, "{query}");
    }
    assert_eq!(house.control.users().len(), 300);
}

#[tokio::test]
async fn each_required_member_is_missed() {
    let house = House::seeded().await;
    for name in [
        "firstName",
        "lastName",
        "mail",
        "login",
        "legalEntityId",
        "dtContractStart",
        "departmentId",
        "rolePrincipalId",
    ] {
        let (status, answer) = house.create(&hire_with(&json!({ name: null }))).await;
        assert_eq!(status, 400, "{name}");
        assert_eq!(answer["Message"], format!("The field {name} is required"));
    }
    assert_eq!(house.control.users().len(), 300);
    assert!(
        house
            .control
            .ledger()
            .calls
            .iter()
            .all(|call| !call.executed)
    );
}

#[tokio::test]
async fn what_the_hr_file_has_a_default_for_may_be_left_out() {
    let house = House::seeded().await;
    house.control.change_switches(|switches| {
        let defaults = &mut switches.hr_file_defaults;
        defaults.login = true;
        defaults.legal_entity_id = Some(12);
        defaults.department_id = Some(103);
        defaults.role_principal_id = Some(52);
        defaults.culture_id = Some(1033);
    });
    let body = json!({"firstName": "Jean", "lastName": "Martin", "mail": "j@example.com",
                      "dtContractStart": "2037-01-04"});
    let (status, answer) = house.create(&body).await;
    assert_eq!(status, 200, "{answer}");
    let user = house.control.user(1301).unwrap();
    assert_eq!(user.number("legalEntityId"), Some(12));
    assert_eq!(user.number("departmentId"), Some(103));
    assert_eq!(user.number("rolePrincipalId"), Some(52));
    assert_eq!(user.number("cultureID"), Some(1033));
    let logins: Vec<_> = house.control.users();
    assert!(
        user.text("login").starts_with("jmartin"),
        "{}",
        user.text("login")
    );
    let twins = logins
        .iter()
        .filter(|it| it.text("login") == user.text("login"));
    assert_eq!(twins.count(), 1, "the login is made unique by a number");
}

#[tokio::test]
async fn what_does_not_exist_or_is_not_active_is_refused() {
    let house = House::seeded().await;
    let former = house.control.users();
    let today = jiff::Timestamp::now()
        .to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .date();
    let former = former.iter().find(|it| it.is_former(today)).unwrap().id;
    for changes in [
        json!({"legalEntityId": 99}),
        json!({"legalEntityId": 19}),
        json!({"departmentId": 11}),
        json!({"departmentId": 140}),
        json!({"rolePrincipalId": 99}),
        json!({"managerId": 9999}),
        json!({"managerId": former}),
        json!({"dtContractEnd": "2036-12-31"}),
        json!({"employeeNumber": "00001", "legalEntityId": 11}),
    ] {
        let (status, answer) = house.create(&hire_with(&changes)).await;
        assert_eq!(status, 400, "{changes}");
        assert_eq!(answer["Status"], 400);
    }
    let elsewhere = json!({"employeeNumber": "00001", "legalEntityId": 18});
    assert_eq!(house.create(&hire_with(&elsewhere)).await.0, 200);
}

#[tokio::test]
async fn a_data_wrapper_is_an_unknown_member_in_plain_text() {
    let house = House::seeded().await;
    let url = "/api/v3/users?contract=true";
    let body = json!({"data": hire()});
    let answer = house
        .try_send("sandbox-key", Method::POST, url, &body)
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.headers()["content-type"], "application/json");
    let text = answer.text().await.unwrap();
    assert_eq!(text, "Property data does not exist on type User");
}

#[tokio::test]
async fn a_login_is_taken_whatever_its_case_and_accents_unless_switched_off() {
    let house = House::seeded().await;
    assert_eq!(house.create(&hire()).await.0, 200);
    let twin = hire_with(&json!({"login": "Éloïse.DUPONT@example.com"}));
    assert_eq!(house.create(&twin).await.0, 400);
    house
        .control
        .change_switches(|switches| switches.login_unique = false);
    assert_eq!(house.create(&twin).await.0, 200);
    assert_eq!(house.control.users().len(), 302);
    let ledger = house.control.ledger();
    let by_login = ledger
        .second_posts()
        .into_iter()
        .map(|it| (it.first, it.second));
    assert!(by_login.clone().any(|pair| pair == (1, 2)) && by_login.clone().any(|it| it == (1, 3)));
}

#[tokio::test]
async fn without_a_manager_the_head_of_the_department_is_taken_or_blocks() {
    let house = House::seeded().await;
    let department = house.unit("departments", 102).await;
    assert_eq!(house.create(&hire()).await.0, 200);
    let manager = house.control.user(1301).unwrap().number("managerId");
    assert_eq!(manager, department["headId"].as_u64());

    let press = json!({"departmentId": 123, "login": "press"});
    let (status, answer) = house.create(&hire_with(&press)).await;
    assert_eq!(status, 400);
    assert_eq!(
        answer["Message"],
        "The head of the department is not active"
    );
    let press = json!({"departmentId": 123, "login": "press", "managerId": 1001});
    assert_eq!(house.create(&hire_with(&press)).await.0, 200);
}

#[tokio::test]
async fn contract_and_notify_are_remembered() {
    let house = House::seeded().await;
    for (query, contract) in [
        ("", false),
        ("?contract=false", false),
        ("?contract=TRUE&notify=false", true),
    ] {
        let body = hire_with(&json!({"login": format!("login{query}")}));
        let (status, _) = house
            .send(Method::POST, &format!("/api/v3/users{query}"), &body)
            .await;
        assert_eq!(status, 200);
        let ledger = house.control.ledger();
        assert_eq!(ledger.users_created.last().unwrap().with_contract, contract);
        let recorded = &ledger.calls.last().unwrap().query;
        assert_eq!(recorded, query.trim_start_matches('?'));
    }
    let (status, _) = house
        .send(Method::POST, "/api/v3/users?contract=yes", &hire())
        .await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_change_by_hr_touches_only_what_it_names_and_moves_the_time() {
    let house = House::seeded().await;
    let before = house.control.user(1001).unwrap();
    let change = json!({"mail": "new@example.com", "e_quote": {"value": "a"}});
    house.control.update_user(1001, change.clone()).unwrap();
    let after = house.control.user(1001).unwrap();
    assert_eq!(after.text("mail"), "new@example.com");
    assert_eq!(after.text("login"), before.text("login"));
    assert!(after.modified_at > before.modified_at);

    let removal = json!({"e_quote": {"id": after.members["e_quote"]["id"], "value": null}});
    house.control.update_user(1001, removal).unwrap();
    let members = house.control.user(1001).unwrap().members;
    assert!(!members.contains_key("e_quote"));
    assert!(house.control.update_user(9999, change).is_err());
}
