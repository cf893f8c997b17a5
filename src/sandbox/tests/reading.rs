use super::*;

#[tokio::test]
async fn a_collection_shows_id_name_and_url_unless_more_is_asked_for() {
    let house = House::seeded().await;
    let first = &house.items("/api/v3/users").await[0];
    let names: Vec<_> = first.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["id", "name", "url"]);
    let path = "/api/v3/users?id=1041&fields=id,lastName,department[id,name],\
                manager[mail],rolePrincipal,legalEntity[code]";
    let items = house.items(path).await;
    let produit = json!({"id": 102, "name": "Produit"});
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["department"], produit);
    assert_eq!(
        items[0]["lastName"],
        items[0]["lastName"].as_str().unwrap().to_uppercase()
    );
    assert!(
        items[0]["manager"]["mail"]
            .as_str()
            .unwrap()
            .ends_with("@example.com")
    );
    assert_eq!(items[0]["rolePrincipal"]["name"], "Collaborateur");
    let code = items[0]["legalEntity"].as_object().unwrap();
    assert!(code.len() == 1 && code["code"].is_string());
}

#[tokio::test]
async fn former_people_are_left_out_unless_asked_for() {
    let house = House::seeded().await;
    for (query, count) in [
        ("", 294),
        ("?formerEmployees=true", 300),
        ("?formerEmployees=false", 294),
    ] {
        let path = format!("/api/v3/users{query}");
        assert_eq!(house.items(&path).await.len(), count, "{query}");
    }
}

#[tokio::test]
async fn texts_and_numbers_filter() {
    let house = House::seeded().await;
    let jean = house
        .items("/api/v3/users?firstName=jean&lastName=MARTIN&fields=id,mail,login")
        .await;
    assert_eq!(jean.len(), 1);
    let (id, mail, login) = (&jean[0]["id"], &jean[0]["mail"], &jean[0]["login"]);
    let (mail, login) = (mail.as_str().unwrap(), login.as_str().unwrap());
    for (query, count) in [
        (format!("id={id}"), 1),
        (format!("id={id},1001"), 2),
        (format!("login={login}"), 1),
        (format!("login={}", login.to_uppercase()), 1),
        ("login=jmart".to_owned(), 0),
        (format!("mail={mail}"), 1),
        ("personalEmail=jean.martin@example.org".to_owned(), 1),
        ("employeeNumber=00001".to_owned(), 1),
        ("departmentId=140".to_owned(), 0),
        ("departmentId=102&firstName=jean".to_owned(), 1),
        ("lastName=nobody".to_owned(), 0),
    ] {
        let path = format!("/api/v3/users?{query}");
        assert_eq!(house.items(&path).await.len(), count, "{query}");
    }
}

#[tokio::test]
async fn people_changed_since_a_moment_are_found_and_times_are_in_utc() {
    let house = House::seeded().await;
    let change = json!({"login": "replaced-by-hr"});
    house.control.update_user(1005, change).unwrap();
    let changed = house.control.user(1005).unwrap().modified_at;
    let civil = jiff::tz::TimeZone::UTC.to_datetime(changed);
    let shown = &house.items("/api/v3/users?id=1005&fields=modifiedAt").await[0]["modifiedAt"];
    let shown: jiff::civil::DateTime = shown.as_str().unwrap().parse().unwrap();
    assert_eq!((shown.date(), shown.hour()), (civil.date(), civil.hour()));
    let since = format!("/api/v3/users?modifiedAt=since,{shown}&fields=id,login");
    let found = house.items(&since).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["login"], "replaced-by-hr");
}

#[tokio::test]
async fn pages_are_cut_and_counted() {
    let house = House::seeded().await;
    let path = "/api/v3/users?paging=290,10&fields=id,collection.count&formerEmployees=true";
    let (_, body) = house.get(path).await;
    assert_eq!(body["data"]["count"], 300);
    assert_eq!(body["data"]["items"].as_array().unwrap().len(), 10);
    assert_eq!(body["data"]["items"][0]["id"], 1291);
    assert!(
        house.get("/api/v3/users").await.1["data"]
            .get("count")
            .is_none()
    );
    let (status, text) = house.get("/api/v3/users?paging=0,1001").await;
    assert_eq!(status, 400);
    assert_eq!(text, "Paging limit should be between 1 and 1000");
}

#[tokio::test]
async fn what_lucca_or_the_sandbox_does_not_know_is_refused_and_never_ignored() {
    let house = House::seeded().await;
    let unknown = |name| format!("Selected property {name} does not exist on objet of type User");
    let invalid = || "Query parameter is invalid".to_owned();
    for (path, sentence) in [
        ("users?nick=x", unknown("nick")),
        ("users?fields=nick", unknown("nick")),
        ("users?fields=collection.sum", unknown("collection.sum")),
        ("users?orderBy=id,asc", unknown("orderBy")),
        ("users?department.name=produit", unknown("department.name")),
        ("users?id=abc", invalid()),
        ("users?id=between,1001,1002", invalid()),
        ("users?mail=like,jean", invalid()),
        ("users?login=notequal,jean", invalid()),
        ("users?modifiedAt=since,yesterday", invalid()),
        ("users?modifiedAt=until,2050-10-15", invalid()),
        ("users?dtContractEnd=null", invalid()),
        ("users?department=102", invalid()),
        ("users?formerEmployees=yes", invalid()),
        ("users/1001?formerEmployees=true", invalid()),
    ] {
        let (status, body) = house.get(&format!("/api/v3/{path}")).await;
        assert_eq!((status.as_u16(), body), (400, json!(sentence)), "{path}");
    }
    let former = "/api/v3/roles?formerEmployees=true";
    assert_eq!(house.get(former).await.0, 400);
}

#[tokio::test]
async fn one_person_is_read_by_id() {
    let house = House::seeded().await;
    let path = "/api/v3/users/1001?fields=id,mail";
    assert_eq!(house.get(path).await.1["data"]["id"], 1001);
    let (status, body) = house.get("/api/v3/users/9999").await;
    assert_eq!((status.as_u16(), &body["Status"]), (500, &json!(500)));
}

#[tokio::test]
async fn roles_and_definitions_are_collections_too() {
    let house = House::seeded().await;
    assert_eq!(house.items("/api/v3/roles?paging=0,100").await.len(), 6);
    let found = house
        .items("/api/v3/roles?name=manager&fields=id,Name")
        .await;
    assert_eq!(found, [json!({"id": 52, "name": "Manager"})]);
    let fields = "fields=id,extensionUserPropertyListEntries";
    let path = format!("/api/v3/extensionuserdefinitions?{fields}");
    let definitions = house.items(&path).await;
    assert_eq!(definitions.len(), 3);
    assert_eq!(definitions[2]["id"], "e_tshirt");
    assert_eq!(
        definitions[2]["extensionUserPropertyListEntries"][1]["name"],
        "M"
    );
}
