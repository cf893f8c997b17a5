//! Keys and secrets: given, kept, and never shown.

use super::*;

#[test]
fn a_new_key_has_a_new_version_and_the_same_key_has_not() {
    let stored = new(&least()).unwrap();
    for (key, version) in [("another-key-of-lucca", 2), (KEY, 1)] {
        let sent = v1::Tenant {
            lucca_api_key: key.into(),
            ..v1::Tenant::default()
        };
        let tenant = change(&stored, sent, &["lucca_api_key"]).unwrap().tenant;
        assert_eq!(tenant.api_key.version, version);
        assert_eq!(tenant.api_key.value.expose(), key);
    }
    let all = change(
        &stored,
        v1::Tenant {
            lucca_api_key: String::new(),
            ..least()
        },
        &["*"],
    );
    assert_eq!(all.unwrap().tenant.api_key, stored.api_key);
}

#[test]
fn a_secret_with_an_id_and_no_value_keeps_its_value_while_others_come_and_go() {
    let stored = new(&full()).unwrap();
    let expiry = time("2026-12-01T00:00:00Z");
    let sent = v1::Tenant {
        webhook: Some(v1::Webhook {
            auth: vec![hmac(
                "X-Renamed",
                vec![
                    Secret {
                        expire_time: Some(timestamp(expiry)),
                        ..secret("a", "")
                    },
                    secret("new", "another-secret-of-it"),
                ],
            )],
            ..v1::Webhook::default()
        }),
        ..v1::Tenant::default()
    };
    let tenant = change(&stored, sent, &["webhook.auth"]).unwrap().tenant;
    let [
        Proof::Hmac {
            header, secrets, ..
        },
    ] = tenant.webhook.proofs.as_slice()
    else {
        panic!("not one HMAC");
    };
    assert_eq!(header, "X-Renamed");
    let [old, new] = secrets.as_slice() else {
        panic!("not two secrets");
    };
    assert_eq!(
        (old.value.expose(), old.expire_time),
        (SECRET, Some(expiry))
    );
    assert_eq!(old.create_time, stored.create_time);
    assert_eq!(new.create_time, tenant.update_time);
}

#[test]
fn a_value_never_moves_to_another_kind_of_proof() {
    let stored = new(&full()).unwrap();
    let sent = v1::Tenant {
        webhook: Some(v1::Webhook {
            auth: vec![auth(Method::PathSecret(PathSecret {
                value: Some(secret("a", "")),
            }))],
            ..v1::Webhook::default()
        }),
        ..v1::Tenant::default()
    };
    let faults = change(&stored, sent, &["webhook.auth"]).unwrap_err();
    assert_eq!(
        paths(&faults),
        ["tenant.webhook.auth[0].path_secret.value.value"]
    );
}
