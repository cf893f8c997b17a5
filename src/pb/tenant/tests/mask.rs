//! What an update changes.

use super::*;

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
