use super::*;
use crate::sandbox::{Key, Rights, StartError};

#[tokio::test]
async fn a_missing_or_wrong_key_is_answered_401_and_counts_as_a_call() {
    let house = House::seeded().await;
    for (key, path) in [
        ("", "/api/v3/users"),
        ("wrong", "/api/v3/users"),
        ("wrong", "/organization/structure/api/departments"),
    ] {
        let answer = house
            .try_send(key, Method::GET, path, &Value::Null)
            .await
            .unwrap();
        assert_eq!(answer.status(), 401);
        let body = read(&answer.text().await.unwrap());
        assert_eq!(body["Status"], 401);
        assert!(body["Message"].is_string());
    }
    let calls = house.control.ledger().calls;
    assert_eq!(calls.len(), 3);
    assert!(
        calls
            .iter()
            .all(|call| !call.executed && call.key.is_none())
    );
}

#[tokio::test]
async fn a_key_can_be_added_and_revoked() {
    let house = House::seeded().await;
    let status = async |key| {
        let path = "/api/v3/roles";
        house
            .try_send(key, Method::GET, path, &Value::Null)
            .await
            .unwrap()
            .status()
    };
    assert_eq!(status("second-key").await, 401);
    house.control.add_key(Key::new("second", "second-key"));
    assert_eq!(status("second-key").await, 200);
    house.control.revoke_key("first").unwrap();
    assert_eq!(status("sandbox-key").await, 401);
    assert!(house.control.revoke_key("first").is_err());
    let seen: Vec<_> = house
        .control
        .ledger()
        .calls
        .into_iter()
        .map(|it| it.key)
        .collect();
    assert_eq!(seen, [None, Some("second".to_owned()), None]);
}

#[tokio::test]
async fn without_the_right_to_write_a_creation_is_answered_403_with_no_body() {
    let house = House::seeded().await;
    let rights = Rights {
        write_users: false,
        ..Rights::default()
    };
    house.control.set_rights("first", rights).unwrap();
    let (status, body) = house.send(Method::POST, "/api/v3/users", &hire()).await;
    assert_eq!((status.as_u16(), body.as_str()), (403, ""));
    assert_eq!(house.control.users().len(), 300);
}

#[tokio::test]
async fn each_right_to_read_opens_its_own_resource() {
    let house = House::seeded().await;
    let all = Rights::default();
    let resources = [
        "/api/v3/users",
        "/api/v3/roles",
        "/organization/structure/api/departments",
        "/organization/structure/api/establishments",
        "/organization/structure/api/legal-units",
        "/api/v3/extensionuserdefinitions",
    ];
    for (rights, refused) in [
        (all, &[][..]),
        (
            Rights {
                read_users: false,
                ..all
            },
            &[0],
        ),
        (
            Rights {
                read_roles: false,
                ..all
            },
            &[1],
        ),
        (
            Rights {
                read_departments: false,
                ..all
            },
            &[2],
        ),
        (
            Rights {
                read_establishments: false,
                ..all
            },
            &[3, 4],
        ),
        (
            Rights {
                read_definitions: false,
                ..all
            },
            &[5],
        ),
    ] {
        house.control.set_rights("first", rights).unwrap();
        for (index, path) in resources.iter().enumerate() {
            let expected = if refused.contains(&index) { 403 } else { 200 };
            assert_eq!(house.get(path).await.0, expected, "{path}");
        }
    }
}

#[tokio::test]
async fn a_key_that_may_not_see_future_or_former_people_does_not_find_them() {
    let house = House::seeded().await;
    let (_, created) = house.create(&hire()).await;
    let id = created["data"]["id"].as_u64().unwrap();
    let everybody = "/api/v3/users?formerEmployees=true&fields=collection.count";
    let count = async || house.get(everybody).await.1["data"]["count"].clone();
    assert_eq!(count().await, 301);
    let all = Rights::default();
    for (rights, expected) in [
        (
            Rights {
                see_future: false,
                ..all
            },
            295,
        ),
        (
            Rights {
                see_former: false,
                ..all
            },
            295,
        ),
    ] {
        house.control.set_rights("first", rights).unwrap();
        assert_eq!(count().await, expected);
    }
    let rights = Rights {
        see_future: false,
        ..all
    };
    house.control.set_rights("first", rights).unwrap();
    assert_eq!(house.get(&format!("/api/v3/users/{id}")).await.0, 500);
    let (status, _) = house.create(&hire()).await;
    assert_eq!(
        status, 400,
        "a login is taken by people the key cannot see, too"
    );
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let listen = "0.0.0.0:0".parse().unwrap();
    let started = Sandbox::start(Options {
        listen,
        ..Options::default()
    })
    .await;
    assert!(matches!(started, Err(StartError::NotLoopback(_))));
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
    let house = House::seeded().await;
    let listen = house.sandbox.address();
    let started = Sandbox::start(Options {
        listen,
        ..Options::default()
    })
    .await;
    assert!(matches!(started, Err(StartError::Listen { .. })));
}
