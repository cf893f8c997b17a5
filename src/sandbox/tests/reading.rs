use super::*;
use crate::sandbox::Zone;

#[tokio::test]
async fn a_collection_shows_id_name_and_url_unless_more_is_asked_for() {
    let house = House::seeded().await;
    let first = &house.items("/api/v3/users").await[0];
    let names: Vec<_> = first.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["id", "name", "url"]);
    let path = "/api/v3/users?id=1041&fields=id,lastName,displayName,department[id,name],\
                manager.mail,rolePrincipal,legalEntity.code,culture[id]";
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
    assert_eq!(items[0]["culture"], json!({"id": 1036}));
}

#[tokio::test]
async fn former_people_are_left_out_unless_asked_for() {
    let house = House::seeded().await;
    for (query, count) in [
        ("", 294),
        ("?formerEmployees=true", 300),
        ("?formerEmployees=false", 294),
        ("?dtContractEnd=notequal,null", 6),
        ("?dtContractEnd=null", 294),
        ("?dtContractEnd=until,2050-10-15,null", 300),
    ] {
        let path = format!("/api/v3/users{query}");
        assert_eq!(house.items(&path).await.len(), count, "{query}");
    }
}

#[tokio::test]
async fn most_members_filter() {
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
        (format!("login={login},nobody"), 1),
        ("login=jmart".to_owned(), 0),
        (format!("mail={mail}"), 1),
        ("mail=like,jean.martin".to_owned(), 2),
        ("mail=starts,jean.martin@".to_owned(), 1),
        ("personalEmail=jean.martin@example.org".to_owned(), 1),
        ("employeeNumber=00001".to_owned(), 1),
        ("departmentId=140".to_owned(), 0),
        ("department.name=produit&firstName=jean".to_owned(), 1),
        ("rolePrincipal.name=direction".to_owned(), 1),
        ("legalEntityId=greaterthan,18".to_owned(), 0),
        (format!("id=between,{id},{id}"), 1),
        ("id=lessthan,1003&id=notequal,1001".to_owned(), 1),
        ("dtContractStart=2010-01-04".to_owned(), 1),
        ("dtContractStart=until,2010-01-23".to_owned(), 2),
        (
            "dtContractStart=between,2010-01-05,2010-01-24T00:00:00".to_owned(),
            1,
        ),
        ("lastName=nobody".to_owned(), 0),
    ] {
        let path = format!("/api/v3/users?{query}");
        assert_eq!(house.items(&path).await.len(), count, "{query}");
    }
}

#[tokio::test]
async fn people_changed_since_a_moment_are_found_in_the_zone_of_the_switch() {
    let house = House::seeded().await;
    house
        .control
        .update_user(1005, json!({"login": "replaced-by-hr"}))
        .unwrap();
    let changed = house.control.user(1005).unwrap().modified_at;
    for (zone, shift) in [(Zone::Utc, 0), (Zone::EuropeParis, 1)] {
        house
            .control
            .change_switches(|switches| switches.modified_at_zone = zone);
        let civil = zone.rules().to_datetime(changed);
        let shown = &house.items("/api/v3/users?id=1005&fields=modifiedAt").await[0]["modifiedAt"];
        let shown: jiff::civil::DateTime = shown.as_str().unwrap().parse().unwrap();
        assert_eq!(shown.date(), civil.date());
        assert_eq!(shown.hour(), civil.hour(), "{shift}");
        assert!(!shown.to_string().ends_with('Z'));
        let since = format!("/api/v3/users?modifiedAt=since,{shown}&fields=id,login");
        let found = house.items(&since).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["login"], "replaced-by-hr");
    }
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
async fn order_is_by_pairs_of_member_and_direction() {
    let house = House::seeded().await;
    let path = "/api/v3/users?orderby=dtContractStart,desc,id,asc&fields=id,dtContractStart";
    let items = house.items(path).await;
    let starts: Vec<&str> = items
        .iter()
        .map(|it| it["dtContractStart"].as_str().unwrap())
        .collect();
    assert!(starts.is_sorted_by(|one, two| one >= two));
    assert_eq!(house.get("/api/v3/users?orderBy=id").await.0, 400);
    assert_eq!(house.get("/api/v3/users?orderBy=id,up").await.0, 400);
}

#[tokio::test]
async fn words_lucca_does_not_know_are_refused_and_reserved_ones_are_not() {
    let house = House::seeded().await;
    let sentence = |name| format!("Selected property {name} does not exist on objet of type User");
    for (query, expected) in [
        ("nick=x", Some(sentence("nick"))),
        ("fields=nick", Some(sentence("nick"))),
        ("fields=collection.sum", Some(sentence("collection"))),
        ("id=abc", Some("Query parameter is invalid".to_owned())),
        (
            "modifiedAt=since,yesterday",
            Some("Query parameter is invalid".to_owned()),
        ),
        (
            "_=1&AuthToken=x&callback=c&randomNumber=1&METADATA=1&notify=false",
            None,
        ),
    ] {
        let (status, body) = house.get(&format!("/api/v3/users?{query}")).await;
        match expected {
            Some(sentence) => assert_eq!((status.as_u16(), body), (400, json!(sentence))),
            None => assert_eq!(status, 200),
        }
    }
}

#[tokio::test]
async fn one_person_is_read_by_id_with_or_without_the_envelope() {
    let house = House::seeded().await;
    let path = "/api/v3/users/1001?fields=id,mail";
    assert_eq!(house.get(path).await.1["data"]["id"], 1001);
    house
        .control
        .change_switches(|switches| switches.bare_entities = true);
    assert_eq!(house.get(path).await.1["id"], 1001);
    let (status, body) = house.get("/api/v3/users/9999").await;
    assert_eq!((status.as_u16(), &body["Status"]), (500, &json!(500)));
}

#[tokio::test]
async fn family_names_are_read_as_stored_if_switched_so() {
    let house = House::seeded().await;
    house
        .control
        .change_switches(|switches| switches.uppercase_last_names = false);
    let jean = house
        .items("/api/v3/users?firstName=jean&lastName=martin&fields=lastName")
        .await;
    assert_eq!(jean, [json!({"lastName": "Martin"})]);
}

#[tokio::test]
async fn roles_and_definitions_are_collections_too() {
    let house = House::seeded().await;
    assert_eq!(house.items("/api/v3/roles?paging=0,100").await.len(), 6);
    let found = house
        .items("/api/v3/roles?name=like,manag&fields=id,Name,UsersCount")
        .await;
    assert_eq!(
        found,
        [json!({"id": 52, "name": "Manager", "usersCount": 38})]
    );
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
