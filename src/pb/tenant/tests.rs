mod mask;
mod parsing;
mod secrets;

use jiff::Timestamp;
use prost_types::FieldMask;

use super::*;
use crate::{
    domain::{
        field::Field,
        language::Language,
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
        language: "en".into(),
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
