use jiff::Timestamp;
use prost_types::FieldMask;

use super::*;
use crate::{
    domain::{
        field::Field,
        lucca_id::LuccaId,
        lucca_url::HostRules,
        tenant::{Policy, Proof, Tenant, WelcomeMail},
    },
    pb::{
        Faults,
        v1::{
            self, Secret, WebhookAuth,
            tenant::{Defaults, Label, Unmatched, unmatched},
            webhook_auth::{ApiKey, Bearer, Hmac, Method, PathSecret, StandardWebhooks},
        },
        values::timestamp,
    },
};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const SECRET: &str = "a-secret-of-the-webhook";
const WHSEC: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn at<T>(now: &str, job: impl FnOnce(&Rules<'_>) -> T) -> T {
    let hosts = HostRules::new(["ilucca.net"], ["127.0.0.1"]).unwrap();
    job(&Rules {
        now: time(now),
        hosts: &hosts,
    })
}

fn new(tenant: &v1::Tenant) -> Result<Tenant, Faults> {
    at("2026-11-23T09:00:00.123456789Z", |rules| {
        parse(tenant, None, rules)
    })
}

fn change(stored: &Tenant, sent: v1::Tenant, paths: &[&str]) -> Result<Updated, Faults> {
    let mask = FieldMask {
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
    };
    at("2026-11-24T09:00:00Z", |rules| {
        update(stored, &sent, Some(&mask), rules)
    })
}

fn paths(faults: &Faults) -> Vec<&str> {
    faults.paths().collect()
}

fn least() -> v1::Tenant {
    v1::Tenant {
        id: "acme".into(),
        lucca_url: "https://acme.ilucca.net".into(),
        lucca_api_key: KEY.into(),
        ..v1::Tenant::default()
    }
}

fn secret(id: &str, value: &str) -> Secret {
    Secret {
        id: id.into(),
        value: value.into(),
        ..Secret::default()
    }
}

fn auth(method: Method) -> WebhookAuth {
    WebhookAuth {
        method: Some(method),
    }
}

fn hmac(header: &str, secrets: Vec<Secret>) -> WebhookAuth {
    auth(Method::Hmac(Hmac {
        header: header.into(),
        prefix: "sha256=".into(),
        encoding: 2,
        secrets,
    }))
}

fn full() -> v1::Tenant {
    v1::Tenant {
        display_name: "Acme".into(),
        time_zone: "Europe/Zurich".into(),
        technical_contact: "it@example.com".into(),
        defaults: Some(Defaults {
            establishment_id: 3,
            department_id: 14,
            role_id: 7,
            culture_id: 1036,
        }),
        lucca_defaults: vec![
            v1::Field::Establishment as i32,
            v1::Field::Department as i32,
        ],
        labels: vec![Label {
            field: v1::Field::Department as i32,
            label: "Produit".into(),
            lucca_id: 14,
        }],
        unmatched: vec![
            Unmatched {
                field: v1::Field::Department as i32,
                policy: unmatched::Policy::Ask as i32,
            },
            Unmatched {
                field: v1::Field::Manager as i32,
                policy: unmatched::Policy::LeaveOut as i32,
            },
        ],
        requests_per_window: 20,
        welcome_mail: v1::WelcomeMail::Suppress as i32,
        readable_extended_data: vec!["e_quote".into()],
        retention_days: 90,
        webhook: Some(v1::Webhook {
            preset: "werecruit".into(),
            mapping: [("last_name".to_owned(), "data.candidate.0.name".to_owned())].into(),
            success_status: 202,
            day_first_dates: true,
            auth: vec![
                auth(Method::StandardWebhooks(StandardWebhooks {
                    secrets: vec![Secret {
                        expire_time: Some(timestamp(time("2027-01-01T00:00:00Z"))),
                        ..secret("old", WHSEC)
                    }],
                })),
                hmac("X-Signature", vec![secret("a", SECRET)]),
                auth(Method::Bearer(Bearer {
                    token: Some(secret("b", SECRET)),
                })),
                auth(Method::ApiKey(ApiKey {
                    header: "X-Key".into(),
                    value: Some(secret("c", SECRET)),
                })),
                auth(Method::PathSecret(PathSecret {
                    value: Some(secret("d", SECRET)),
                })),
            ],
        }),
        callback: Some(v1::Callback {
            url: "https://example.com/hook".into(),
            secrets: vec![secret("cb", WHSEC)],
        }),
        ..least()
    }
}

#[test]
fn a_tenant_with_nothing_but_its_address_and_key_gets_the_documented_defaults() {
    let tenant = new(&least()).unwrap();
    assert_eq!(tenant.time_zone, "Europe/Paris");
    assert_eq!(tenant.account.as_str(), "acme.ilucca.net");
    assert_eq!(
        (tenant.api_key.version, tenant.requests_per_window),
        (1, None)
    );
    assert_eq!(tenant.policy(Field::Manager), Policy::LeaveOut);
    assert!(tenant.webhook.proofs.is_empty());
    assert_eq!(tenant.create_time, time("2026-11-23T09:00:00.123456Z"));
    assert_eq!(tenant.update_time, tenant.create_time);
}

#[test]
fn what_is_shown_reads_back_as_the_same_tenant_and_holds_no_secret() {
    let tenant = new(&full()).unwrap();
    let message = shown(&tenant);
    let text = format!("{message:?}");
    for hidden in [KEY, SECRET, WHSEC] {
        assert!(!text.contains(hidden));
    }
    assert_eq!(message.key_hint, "cdef");
    let again = at("2026-11-23T09:00:00Z", |rules| {
        parse(&message, Some(&tenant), rules)
    })
    .unwrap();
    assert_eq!(
        again,
        Tenant {
            update_time: again.update_time,
            ..tenant.clone()
        }
    );
    // The clock stood behind the last change: time goes on all the same.
    assert!(again.update_time > tenant.update_time);
}

#[test]
fn the_adapter_gets_the_values() {
    let tenant = new(&full()).unwrap();
    let webhook = webhook_with_values(&tenant.webhook);
    let Some(Method::Bearer(bearer)) = &webhook.auth[2].method else {
        panic!("not the bearer token");
    };
    let token = bearer.token.as_ref().unwrap();
    assert_eq!(
        (token.value.as_str(), token.hint.as_str()),
        (SECRET, "hook")
    );
    assert_eq!(webhook.success_status, 202);
    assert!(webhook.day_first_dates);
    assert_eq!(webhook.mapping["last_name"], "data.candidate.0.name");
}

#[test]
fn addresses_are_normalised_or_refused() {
    let table = [
        ("https://ACME.ilucca.net/", Some("https://acme.ilucca.net")),
        ("https://acme.ilucca.net.", None),
        (
            "https://acme.ilucca.net:443",
            Some("https://acme.ilucca.net"),
        ),
        ("http://127.0.0.1:8090/", Some("http://127.0.0.1:8090")),
        ("http://acme.ilucca.net", None),
        ("https://acme.example.com", None),
        ("https://user@acme.ilucca.net", None),
        ("https://:pw@acme.ilucca.net", None),
        ("https://acme.ilucca.net/api", None),
        ("https://acme.ilucca.net?x=1", None),
        ("https://acme.ilucca.net/#x", None),
        ("acme.ilucca.net", None),
        ("", None),
    ];
    for (text, expected) in table {
        let read = new(&v1::Tenant {
            lucca_url: text.into(),
            ..least()
        });
        match (read, expected) {
            (Ok(tenant), Some(url)) => assert_eq!(tenant.lucca_url.as_str(), url),
            (Err(faults), None) => assert_eq!(paths(&faults), ["tenant.lucca_url"], "{text}"),
            (read, _) => panic!("{text}: {read:?}"),
        }
    }
}

#[test]
fn every_bad_field_is_named_at_once() {
    let label = |field: v1::Field, label: &str, lucca_id| Label {
        field: field.into(),
        label: label.into(),
        lucca_id,
    };
    let rule = |field: v1::Field, policy: unmatched::Policy| Unmatched {
        field: field.into(),
        policy: policy.into(),
    };
    let bad = v1::Tenant {
        id: "Acme".into(),
        display_name: "a\nb".into(),
        lucca_url: String::new(),
        lucca_api_key: String::new(),
        time_zone: "Europe/Nowhere".into(),
        technical_contact: "it at example".into(),
        defaults: Some(Defaults {
            establishment_id: -1,
            department_id: -1,
            role_id: -1,
            culture_id: 1,
        }),
        lucca_defaults: vec![v1::Field::Manager as i32],
        labels: vec![
            label(v1::Field::Login, "x", 1),
            label(v1::Field::Role, "Cadre", 0),
            label(v1::Field::Role, "--", 1),
            label(v1::Field::Role, "Employé", 1),
            label(v1::Field::Role, "EMPLOYE", 2),
            label(v1::Field::Department, "EMPLOYE", 2),
        ],
        unmatched: vec![
            rule(v1::Field::Login, unmatched::Policy::Ask),
            rule(v1::Field::Manager, unmatched::Policy::UseDefault),
            rule(v1::Field::Role, unmatched::Policy::LeaveOut),
            rule(v1::Field::Role, unmatched::Policy::Ask),
            rule(v1::Field::Role, unmatched::Policy::Ask),
        ],
        requests_per_window: 51,
        welcome_mail: 9,
        readable_extended_data: vec!["e_ok".into(), "quote".into()],
        retention_days: -1,
        webhook: Some(v1::Webhook {
            preset: "other".into(),
            mapping: [("last_name".to_owned(), "a..b".to_owned())].into(),
            success_status: 201,
            day_first_dates: false,
            auth: vec![
                WebhookAuth { method: None },
                hmac("bad header", vec![secret("", "short")]),
                hmac("X-Key", vec![secret("", SECRET)]),
                hmac("x-key", vec![secret("", SECRET)]),
                auth(Method::Bearer(Bearer { token: None })),
                auth(Method::StandardWebhooks(StandardWebhooks::default())),
            ],
        }),
        callback: Some(v1::Callback {
            url: "http://example.com".into(),
            secrets: vec![],
        }),
        ..v1::Tenant::default()
    };
    assert_eq!(
        paths(&new(&bad).unwrap_err()),
        [
            "tenant.id",
            "tenant.lucca_url",
            "tenant.lucca_api_key",
            "tenant.time_zone",
            "tenant.display_name",
            "tenant.technical_contact",
            "tenant.defaults.establishment_id",
            "tenant.defaults.department_id",
            "tenant.defaults.role_id",
            "tenant.defaults.culture_id",
            "tenant.lucca_defaults[0]",
            "tenant.labels[0].field",
            "tenant.labels[1].lucca_id",
            "tenant.labels[2].label",
            "tenant.labels[4].label",
            "tenant.unmatched[0].field",
            "tenant.unmatched[1].policy",
            "tenant.unmatched[2].policy",
            "tenant.unmatched[4].field",
            "tenant.requests_per_window",
            "tenant.welcome_mail",
            "tenant.readable_extended_data[1]",
            "tenant.retention_days",
            "tenant.webhook.preset",
            "tenant.webhook.success_status",
            "tenant.webhook.mapping.last_name",
            "tenant.webhook.auth[0]",
            "tenant.webhook.auth[1].hmac.header",
            "tenant.webhook.auth[1].hmac.secrets[0].value",
            "tenant.webhook.auth[3]",
            "tenant.webhook.auth[4].bearer.token",
            "tenant.webhook.auth[5].standard_webhooks.secrets",
            "tenant.callback.url",
            "tenant.callback.secrets",
        ]
    );
}

#[test]
fn a_mask_changes_what_it_names_and_nothing_else() {
    let stored = new(&full()).unwrap();
    let sent = v1::Tenant {
        display_name: "not in the mask".into(),
        defaults: Some(Defaults {
            role_id: 8,
            department_id: 99,
            ..Defaults::default()
        }),
        ..v1::Tenant::default()
    };
    let updated = change(&stored, sent, &["defaults.role_id", "welcome_mail", "id"]).unwrap();
    let tenant = updated.tenant;
    assert_eq!(tenant.defaults.role, LuccaId::try_from(8).ok());
    assert_eq!(tenant.defaults.department, stored.defaults.department);
    assert_eq!(tenant.welcome_mail, WelcomeMail::Unspecified);
    assert_eq!(tenant.display_name, "Acme");
    assert_eq!(tenant.webhook, stored.webhook);
    assert_eq!(tenant.api_key, stored.api_key);
    assert_eq!(tenant.create_time, stored.create_time);
    assert_eq!(tenant.update_time, time("2026-11-24T09:00:00Z"));
    assert_eq!(
        updated.touched.into_iter().collect::<Vec<_>>(),
        ["defaults", "id", "welcome_mail"]
    );
}

#[test]
fn a_mask_can_take_a_whole_message_away() {
    let stored = new(&full()).unwrap();
    let cleared = change(
        &stored,
        v1::Tenant::default(),
        &["callback", "defaults", "webhook.auth", "labels"],
    )
    .unwrap()
    .tenant;
    assert_eq!(cleared.callback, None);
    assert_eq!(cleared.defaults, Default::default());
    assert!(cleared.webhook.proofs.is_empty() && cleared.labels.is_empty());
    assert_eq!(cleared.webhook.mapping, stored.webhook.mapping);
}

#[test]
fn without_a_mask_every_field_that_is_set_is_taken() {
    let stored = new(&full()).unwrap();
    let sent = v1::Tenant {
        id: "acme".into(),
        disabled: true,
        defaults: Some(Defaults {
            role_id: 8,
            ..Defaults::default()
        }),
        webhook: Some(v1::Webhook {
            success_status: 204,
            ..v1::Webhook::default()
        }),
        ..v1::Tenant::default()
    };
    for mask in [None, Some(FieldMask::default())] {
        let updated = at("2026-11-24T09:00:00Z", |rules| {
            update(&stored, &sent, mask.as_ref(), rules)
        })
        .unwrap();
        let mut expected = stored.clone();
        expected.disabled = true;
        expected.defaults.role = LuccaId::try_from(8).ok();
        expected.webhook.success_status = Some(204);
        expected.update_time = updated.tenant.update_time;
        assert_eq!(updated.tenant, expected);
    }
}

#[test]
fn paths_that_are_not_known_are_named_together_with_bad_values() {
    let stored = new(&full()).unwrap();
    let sent = v1::Tenant {
        time_zone: "nowhere".into(),
        ..v1::Tenant::default()
    };
    let mask = [
        "time_zone",
        "labels.label",
        "key_hint",
        "account",
        "lucca_api_key",
    ];
    let faults = change(&stored, sent, &mask).unwrap_err();
    assert_eq!(
        paths(&faults),
        [
            "update_mask.paths[1]",
            "update_mask.paths[3]",
            "tenant.lucca_api_key",
            "tenant.time_zone"
        ]
    );
}

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
