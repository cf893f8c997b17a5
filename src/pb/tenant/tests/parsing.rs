//! A new tenant, and what is wrong with it.

use super::*;

#[test]
fn a_tenant_with_nothing_but_its_address_and_key_gets_the_documented_defaults() {
    let tenant = new(&least()).unwrap();
    assert_eq!(tenant.time_zone, "Europe/Paris");
    assert_eq!(tenant.language, Language::French);
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
        language: "de".into(),
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
            mapping: [("last_name", "a..b"), ("nope", "x")]
                .map(|(name, path)| (name.to_owned(), path.to_owned()))
                .into(),
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
            "tenant.language",
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
            "tenant.webhook.mapping.nope",
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
