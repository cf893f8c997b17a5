use super::*;

const API: &str = "/organization/structure/api";

#[tokio::test]
async fn departments_are_read_page_by_page() {
    let house = House::seeded().await;
    let mut seen = Vec::new();
    for page in 1..=4 {
        let (_, body) = house.get(&format!("{API}/departments?page={page}")).await;
        assert!(body.get("data").is_none(), "v4 has no envelope");
        assert!(body.get("count").is_none(), "nor a count unless asked for");
        assert_eq!(body["prev"].is_null(), page == 1);
        assert_eq!(body["next"].is_null(), page == 4);
        seen.extend(body["items"].as_array().unwrap().clone());
    }
    assert_eq!(seen.len(), 40);
    let produit = seen.iter().find(|it| it["name"] == "Produit").unwrap();
    assert_eq!(produit["id"], 102);
    assert_eq!(produit["code"], "PROD");
    assert_eq!(produit["isActive"], true);
    assert!(produit["headId"].is_u64());
    let (_, body) = house
        .get(&format!(
            "{API}/departments?page=9&limit=100&fields.root=count"
        ))
        .await;
    assert_eq!((&body["count"], &body["items"]), (&json!(40), &json!([])));
}

#[tokio::test]
async fn a_link_leads_to_the_next_page() {
    let house = House::seeded().await;
    let (_, first) = house.get(&format!("{API}/departments?limit=30")).await;
    let (_, second) = house.get(first["next"].as_str().unwrap()).await;
    assert_eq!(second["items"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn archived_establishments_are_shown_only_if_asked_for() {
    let house = House::seeded().await;
    for (query, count) in [
        ("", 8),
        ("&isArchived=false", 8),
        ("&isArchived=true", 1),
        ("&isArchived=true,false", 9),
    ] {
        let (_, body) = house
            .get(&format!("{API}/establishments?limit=100{query}"))
            .await;
        assert_eq!(body["items"].as_array().unwrap().len(), count, "{query}");
    }
    let reunion = house.unit("establishments", 18).await;
    assert_eq!(reunion["legalUnitId"], 2);
    assert_eq!(reunion["legalUnit"]["name"], "Exemple Océan Indien SARL");
    assert_eq!(
        house.get(&format!("{API}/legal-units")).await.1["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn what_v4_refuses_is_a_problem() {
    let house = House::seeded().await;
    for (path, expected) in [
        ("departments?limit=101", 400),
        ("departments?limit=0", 400),
        ("departments?page=0", 400),
        ("establishments?isArchived=maybe", 400),
        ("departments?isArchived=true", 400),
        ("establishments?search=paris", 400),
        ("departments/102", 404),
        ("unknown", 404),
    ] {
        let url = format!("{API}/{path}");
        let answer = house
            .try_send("sandbox-key", Method::GET, &url, &Value::Null)
            .await
            .unwrap();
        assert_eq!(answer.status(), expected, "{path}");
        let content_type = answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(content_type.starts_with("application/problem+json"));
    }
    let (status, _) = house
        .send(Method::POST, &format!("{API}/departments"), &json!({}))
        .await;
    assert_eq!(status, 405);
}

#[tokio::test]
async fn the_retired_departments_of_v3_are_gone() {
    let house = House::seeded().await;
    for path in [
        "departments",
        "departments/102",
        "departments/tree",
        "nothing",
    ] {
        let (status, body) = house.get(&format!("/api/v3/{path}")).await;
        assert_eq!(
            (status.as_u16(), &body["Status"]),
            (404, &json!(404)),
            "{path}"
        );
    }
    assert_eq!(
        house
            .send(Method::DELETE, "/api/v3/users/1001", &Value::Null)
            .await
            .0,
        405
    );
}

#[tokio::test]
async fn an_empty_company_has_one_of_each_thing_and_nobody() {
    let house = House::with(Options {
        seed: false,
        ..Options::default()
    })
    .await;
    assert!(house.items("/api/v3/users").await.is_empty());
    assert_eq!(house.items("/api/v3/roles").await.len(), 1);
    let body = hire_with(&json!({"departmentId": 101}));
    let (status, answer) = house.create(&body).await;
    assert_eq!(
        (status.as_u16(), &answer["data"]["id"]),
        (200, &json!(1001))
    );
}
