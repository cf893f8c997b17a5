use super::*;

#[tokio::test]
async fn the_help_has_ready_lines() {
    let house = House::seeded().await;
    let (status, text) = house.send(Method::GET, "/_sandbox", &Value::Null).await;
    assert_eq!(status, 200);
    assert!(text.contains(&format!("curl {}/_sandbox/ledger", house.sandbox.url())));
    assert_eq!(house.get("/_sandbox/").await.0, 200);
}

#[tokio::test]
async fn switches_are_changed_one_by_one() {
    let house = House::seeded().await;
    let change = json!({"login_unique": false, "hr_file_defaults": {"department_id": 103}});
    let (status, text) = house.send(Method::PUT, "/_sandbox/switches", &change).await;
    assert_eq!(status, 200, "{text}");
    assert_eq!(read(&text)["people_per_page"], 1000);
    let switches = house.control.state().switches.clone();
    assert!(!switches.login_unique && switches.people_per_page == 1000);
    assert_eq!(switches.hr_file_defaults.department_id, Some(103));
}

#[tokio::test]
async fn faults_are_injected_and_cleared() {
    let house = House::seeded().await;
    let fault = json!({"matches": {"method": "GET"}, "kind": {"status": {"code": 503}}});
    assert_eq!(
        house.send(Method::POST, "/_sandbox/faults", &fault).await.0,
        204
    );
    assert_eq!(house.get("/api/v3/roles").await.0, 503);
    assert_eq!(
        house
            .send(Method::DELETE, "/_sandbox/faults", &Value::Null)
            .await
            .0,
        204
    );
    assert_eq!(house.get("/api/v3/roles").await.0, 200);
}

#[tokio::test]
async fn every_kind_of_fault_in_the_help_can_be_injected() {
    let house = House::seeded().await;
    let (_, help) = house.send(Method::GET, "/_sandbox", &Value::Null).await;
    let (_, kinds) = help.split_once("Kinds of faults: ").unwrap();
    let kinds: Value =
        serde_json::from_str(&format!("[{}]", kinds.trim().trim_end_matches('.'))).unwrap();
    let kinds = kinds.as_array().unwrap();
    assert_eq!(kinds.len(), 16);
    for kind in kinds {
        let (status, text) = house
            .send(Method::POST, "/_sandbox/faults", &json!({"kind": kind}))
            .await;
        assert_eq!(status, 204, "{kind}: {text}");
    }
}

#[tokio::test]
async fn people_are_added_changed_and_listed_in_snake_case() {
    let house = House::seeded().await;
    let person = json!({"first_name": "Jean", "last_name": "Martin", "dt_contract_start": "2020-01-06",
                        "e_badge": {"value": 7}});
    let (status, text) = house.send(Method::POST, "/_sandbox/users", &person).await;
    assert_eq!(status, 200, "{text}");
    let added = read(&text);
    assert_eq!(added["created_by_call"], false);
    assert_eq!(added["dt_contract_start"], "2020-01-06T00:00:00");
    let path = format!("/_sandbox/users/{}", added["id"]);
    let (_, text) = house
        .send(Method::PATCH, &path, &json!({"legal_entity_id": 12}))
        .await;
    let changed = read(&text);
    assert_eq!(changed["legal_entity_id"], 12);
    assert!(changed["modified_at"].as_str() >= added["modified_at"].as_str());
    let (_, users) = house.get("/_sandbox/users").await;
    assert_eq!(users.as_array().unwrap().len(), 301);
    assert!(house.control.ledger().users_created.is_empty());
}

#[tokio::test]
async fn the_ledger_shows_calls_users_and_second_posts() {
    let house = House::seeded().await;
    house.create(&hire()).await;
    house.create(&hire()).await;
    let (_, ledger) = house.get("/_sandbox/ledger").await;
    assert_eq!(ledger["calls"][0]["status"], 200);
    assert_eq!(ledger["calls"][1]["status"], 400);
    assert_eq!(
        ledger["calls"][0]["body"]["login"],
        "eloise.dupont@example.com"
    );
    assert_eq!(ledger["users_created"].as_array().unwrap().len(), 1);
    assert_eq!(
        ledger["second_posts"][0],
        json!({"by": "login", "first": 1, "second": 2})
    );
    assert_eq!(ledger["second_posts"][1]["by"], "identity");
    assert_eq!(ledger["max_calls_in_a_minute"], 2);
}

#[tokio::test]
async fn keys_are_listed_and_replaced() {
    let house = House::seeded().await;
    let keys = json!([{"id": "a", "value": "new", "rights": {"see_former": false}}]);
    assert_eq!(
        house.send(Method::PUT, "/_sandbox/keys", &keys).await.0,
        200
    );
    assert_eq!(house.get("/api/v3/roles").await.0, 401);
    let (_, shown) = house.get("/_sandbox/keys").await;
    assert_eq!(shown[0]["rights"]["see_former"], false);
    assert_eq!(shown[0]["rights"]["see_future"], true);
}

#[tokio::test]
async fn a_word_it_does_not_know_is_a_400_with_a_sentence() {
    let house = House::seeded().await;
    for (method, path, body) in [
        (
            Method::PUT,
            "/_sandbox/switches",
            json!({"login_unqiue": false}),
        ),
        (Method::POST, "/_sandbox/faults", json!({"kind": "explode"})),
        (
            Method::POST,
            "/_sandbox/faults",
            json!({"kind": "garbage", "time": 1}),
        ),
        (Method::POST, "/_sandbox/users", json!({"nick_name": "x"})),
        (
            Method::PATCH,
            "/_sandbox/users/1001",
            json!({"department_id": 9}),
        ),
        (Method::PATCH, "/_sandbox/users/9999", json!({"login": "x"})),
        (
            Method::PUT,
            "/_sandbox/keys",
            json!([{"id": "a", "value": "b", "right": {}}]),
        ),
        (Method::POST, "/_sandbox/users", json!([])),
    ] {
        let (status, text) = house.send(method, path, &body).await;
        assert_eq!(status, 400, "{path} {body}");
        assert!(read(&text)["error"].as_str().unwrap().len() > 10, "{text}");
    }
    assert_eq!(house.get("/_sandbox/nothing").await.0, 404);
    let (status, _) = house
        .send(Method::PUT, "/_sandbox/ledger", &json!({}))
        .await;
    assert_eq!(status, 405);
    assert!(house.control.ledger().calls.is_empty());
}

#[tokio::test]
async fn the_structure_is_changed_as_hr_would() {
    let house = House::seeded().await;
    for (path, change) in [
        (
            "departments/102",
            json!({"is_active": false, "head_id": null}),
        ),
        ("establishments/12", json!({"is_archived": true})),
        (
            "establishments/11",
            json!({"legal_unit_id": null, "name": "Siège"}),
        ),
    ] {
        let path = format!("/_sandbox/{path}");
        assert_eq!(house.send(Method::PATCH, &path, &change).await.0, 204);
    }
    let produit = house.unit("departments", 102).await;
    assert_eq!(
        (&produit["isActive"], &produit["headId"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(produit["name"], "Produit");
    let lyon = house.unit("establishments", 12).await;
    assert_eq!(lyon["isArchived"], true);
    let paris = house.unit("establishments", 11).await;
    assert_eq!(
        (&paris["legalUnitId"], &paris["name"]),
        (&Value::Null, &json!("Siège"))
    );
    let delete = |path: &'static str| house.send(Method::DELETE, path, &Value::Null);
    assert_eq!(delete("/_sandbox/units/56").await.0, 204);
    assert_eq!(delete("/_sandbox/units/56").await.0, 400);
    assert_eq!(house.items("/api/v3/roles").await.len(), 5);
    for (path, change) in [
        ("/_sandbox/departments/9", json!({})),
        ("/_sandbox/departments/102", json!({"head_id": 9})),
        ("/_sandbox/departments/102", json!({"head": 1001})),
        ("/_sandbox/establishments/9", json!({})),
        ("/_sandbox/establishments/x", json!({})),
    ] {
        let (status, text) = house.send(Method::PATCH, path, &change).await;
        assert_eq!(status, 400, "{path} {change}: {text}");
    }
}

#[tokio::test]
async fn a_key_is_not_shown_the_custom_data_of_a_section_it_may_not_consult() {
    let house = House::seeded().await;
    house
        .control
        .update_user(
            1001,
            json!({"e_badge": {"value": "B-7"}, "e_quote": {"value": "Oui"}}),
        )
        .unwrap();
    let shown = async || {
        let (_, body) = house.get("/api/v3/users/1001?fields=extendedData").await;
        let data = &body["data"]["extendedData"];
        (
            data["e_badge"]["value"].clone(),
            data["e_quote"]["value"].clone(),
        )
    };
    assert_eq!(shown().await, (json!("B-7"), json!("Oui")));
    let change = json!({"hidden_data": ["E_Badge"], "rights": {"see_former": false}});
    let (status, _) = house
        .send(Method::PATCH, "/_sandbox/keys/first", &change)
        .await;
    assert_eq!(status, 200);
    assert_eq!(shown().await, (Value::Null, json!("Oui")));
    let key = house.control.keys().remove(0);
    assert!(!key.rights.see_former && key.rights.see_future);
    assert_eq!(key.value, "sandbox-key");
    let unknown = house
        .send(Method::PATCH, "/_sandbox/keys/other", &change)
        .await;
    assert_eq!(unknown.0, 400);
}

#[tokio::test]
async fn custom_data_are_defined_anew() {
    let house = House::seeded().await;
    let definitions = json!([{"code": "e_Taille", "name": "Taille", "entries": [[1, "S"]]}]);
    let (status, _) = house
        .send(Method::PUT, "/_sandbox/definitions", &definitions)
        .await;
    assert_eq!(status, 200);
    let items = house.items("/api/v3/extensionuserdefinitions").await;
    assert_eq!(items[0]["id"], "e_Taille");
    let refused = house
        .create(&hire_with(&json!({"e_badge": {"value": "B-7"}})))
        .await;
    assert_eq!(refused.0, 400);
}
