use super::*;
use crate::pb::v1::webhook_auth::{ApiKey, Bearer, Hmac};

fn secret() -> v1::Secret {
    v1::Secret {
        value: "a-secret-of-the-webhook".to_owned(),
        ..v1::Secret::default()
    }
}

fn auth(method: Method) -> v1::WebhookAuth {
    v1::WebhookAuth {
        method: Some(method),
    }
}

fn bearer() -> v1::WebhookAuth {
    auth(Method::Bearer(Bearer {
        token: Some(secret()),
    }))
}

fn key(header: &str) -> v1::WebhookAuth {
    auth(Method::ApiKey(ApiKey {
        header: header.to_owned(),
        value: Some(secret()),
    }))
}

fn hmac(header: &str) -> v1::WebhookAuth {
    auth(Method::Hmac(Hmac {
        header: header.to_owned(),
        secrets: vec![secret()],
        ..Hmac::default()
    }))
}

#[test]
fn proofs_that_could_never_pass_are_refused() {
    let second = "tenant.webhook.auth[1]";
    let header = "tenant.webhook.auth[0].api_key.header";
    for (list, bad) in [
        (vec![bearer(), key("x-key"), hmac("x-sig")], vec![]),
        (vec![bearer(), key("Authorization")], vec![second]),
        (vec![hmac("AUTHORIZATION"), bearer()], vec![second]),
        (vec![key("x-key"), hmac("X-Key")], vec![second]),
        (vec![key("Content-Length")], vec![header]),
        (vec![key("host"), bearer()], vec![header]),
        (vec![key("transfer-encoding")], vec![header]),
    ] {
        let mut faults = Faults::default();
        let context = Context {
            stored: &[],
            now: Timestamp::UNIX_EPOCH,
            checked: false,
        };
        proofs(&list, context, &mut faults);
        assert_eq!(faults.paths().collect::<Vec<_>>(), bad, "{list:?}");
    }
}

#[test]
fn a_mapping_names_fields_of_events_each_once() {
    let unknown = || {
        let values = EventField::all_names();
        Fault::NotAFieldOfEvents { values }
    };
    let path = "tenant.webhook.mapping";
    for (pairs, faults) in [
        (
            vec![("last_name", "a.b"), ("prenom", "c"), ("birthDate", "d")],
            vec![],
        ),
        (vec![("nope", "x")], vec![(".nope", unknown())]),
        (
            vec![
                ("type", "a..b"),
                ("shoe_size", "x"),
                ("", "y"),
                ("a b", "z"),
            ],
            vec![
                ("", unknown()),
                ("", unknown()),
                (".shoe_size", unknown()),
                (".type", Fault::NotADottedPath),
            ],
        ),
        (
            vec![("last_name", "a"), ("nom", "b")],
            vec![(".nom", Fault::NotUnique)],
        ),
    ] {
        let pairs = pairs.into_iter();
        let webhook = v1::Webhook {
            mapping: pairs
                .map(|(name, path)| (name.into(), path.into()))
                .collect(),
            ..v1::Webhook::default()
        };
        let mut expected = Faults::default();
        for (field, fault) in faults {
            expected.add(format!("{path}{field}"), fault);
        }
        let mut found = Faults::default();
        mapping(&webhook, &mut found);
        assert_eq!(format!("{found:?}"), format!("{expected:?}"));
    }
    assert!(EventField::all_names().contains("id, type, timestamp, application_id"));
}

#[test]
fn a_callback_goes_to_a_host_with_a_name() {
    for (url, fine) in [
        ("https://hr.acme.example/onboarding", true),
        ("https://127.0.0.1/", false),
        ("https://2130706433/", false),
        ("https://[::1]/", false),
        ("https://169.254.169.254/latest", false),
        ("https://localhost/", false),
        ("https://a.localhost./", false),
    ] {
        let sent = v1::Tenant {
            callback: Some(v1::Callback {
                url: url.to_owned(),
                secrets: vec![],
            }),
            ..v1::Tenant::default()
        };
        let mut faults = Faults::default();
        callback(&sent, None, Timestamp::UNIX_EPOCH, &mut faults);
        let of_url = faults.paths().filter(|path| path.ends_with(".url")).count();
        assert_eq!(of_url == 0, fine, "{url}");
    }
}
