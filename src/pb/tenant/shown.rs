//! Tenants as messages.

use crate::{
    domain::{
        lucca_id::LuccaId,
        tenant::{Callback, Encoding, Policy, Proof, Secret, Tenant, Webhook, WelcomeMail},
    },
    pb::{
        onboarding::field,
        v1::{
            self,
            tenant::{Defaults, Label, Unmatched, unmatched},
            webhook_auth::{
                ApiKey, Bearer, Hmac, Method, PathSecret, StandardWebhooks, hmac::Encoding as V1,
            },
        },
        values::timestamp,
    },
};

/// A tenant for its administrators: keys and secrets by their hints only.
pub fn shown(tenant: &Tenant) -> v1::Tenant {
    let defaults = &tenant.defaults;
    let id = |id: Option<LuccaId>| id.map_or(0, LuccaId::get);
    v1::Tenant {
        id: tenant.id.as_str().to_owned(),
        display_name: tenant.display_name.clone(),
        lucca_url: tenant.lucca_url.to_string(),
        lucca_api_key: String::new(),
        key_hint: tenant.api_key.value.hint(),
        time_zone: tenant.time_zone.clone(),
        technical_contact: tenant.technical_contact.clone(),
        language: tenant.language.tag().to_owned(),
        defaults: Some(Defaults {
            establishment_id: id(defaults.establishment),
            department_id: id(defaults.department),
            role_id: id(defaults.role),
            culture_id: defaults.culture.unwrap_or_default(),
        }),
        lucca_defaults: tenant
            .lucca_defaults
            .iter()
            .map(|it| field(*it).into())
            .collect(),
        labels: tenant
            .labels
            .iter()
            .map(|label| Label {
                field: field(label.field).into(),
                label: label.label.clone(),
                lucca_id: label.lucca_id.get(),
            })
            .collect(),
        unmatched: tenant
            .unmatched
            .iter()
            .map(|(it, policy)| Unmatched {
                field: field(*it).into(),
                policy: self::policy(*policy).into(),
            })
            .collect(),
        requests_per_window: number(tenant.requests_per_window),
        welcome_mail: match tenant.welcome_mail {
            WelcomeMail::Unspecified => v1::WelcomeMail::Unspecified,
            WelcomeMail::Suppress => v1::WelcomeMail::Suppress,
        }
        .into(),
        readable_extended_data: tenant.readable_extended_data.clone(),
        retention_days: number(tenant.retention_days),
        webhook: Some(webhook(&tenant.webhook, hidden)),
        callback: tenant.callback.as_ref().map(callback),
        disabled: tenant.disabled,
        create_time: Some(timestamp(tenant.create_time)),
        update_time: Some(timestamp(tenant.update_time)),
    }
}

/// Webhook settings with the secrets' values, for the adapter.
pub fn webhook_with_values(webhook: &Webhook) -> v1::Webhook {
    self::webhook(webhook, |secret| v1::Secret {
        value: secret.value.expose().to_owned(),
        ..hidden(secret)
    })
}

fn hidden(secret: &Secret) -> v1::Secret {
    v1::Secret {
        id: secret.id.clone(),
        value: String::new(),
        expire_time: secret.expire_time.map(timestamp),
        hint: secret.value.hint(),
        create_time: Some(timestamp(secret.create_time)),
    }
}

fn number(number: Option<u32>) -> i32 {
    number.map_or(0, |number| i32::try_from(number).unwrap_or(i32::MAX))
}

fn policy(policy: Policy) -> unmatched::Policy {
    match policy {
        Policy::UseDefault => unmatched::Policy::UseDefault,
        Policy::Ask => unmatched::Policy::Ask,
        Policy::LeaveOut => unmatched::Policy::LeaveOut,
    }
}

fn callback(callback: &Callback) -> v1::Callback {
    v1::Callback {
        url: callback.url.clone(),
        secrets: callback.secrets.iter().map(hidden).collect(),
    }
}

fn webhook(webhook: &Webhook, secret: fn(&Secret) -> v1::Secret) -> v1::Webhook {
    let auth = |proof| v1::WebhookAuth {
        method: Some(method(proof, secret)),
    };
    v1::Webhook {
        preset: webhook.preset.clone(),
        mapping: webhook.mapping.clone().into_iter().collect(),
        success_status: webhook.success_status.map_or(0, i32::from),
        auth: webhook.proofs.iter().map(auth).collect(),
        day_first_dates: webhook.day_first_dates,
    }
}

fn method(proof: &Proof, secret: fn(&Secret) -> v1::Secret) -> Method {
    match proof {
        Proof::StandardWebhooks { secrets } => Method::StandardWebhooks(StandardWebhooks {
            secrets: secrets.iter().map(secret).collect(),
        }),
        Proof::Hmac {
            header,
            prefix,
            encoding,
            secrets,
        } => Method::Hmac(Hmac {
            header: header.clone(),
            prefix: prefix.clone(),
            encoding: match encoding {
                Encoding::Hex => V1::Hex,
                Encoding::Base64 => V1::Base64,
            }
            .into(),
            secrets: secrets.iter().map(secret).collect(),
        }),
        Proof::Bearer { token } => Method::Bearer(Bearer {
            token: Some(secret(token)),
        }),
        Proof::ApiKey { header, value } => Method::ApiKey(ApiKey {
            header: header.clone(),
            value: Some(secret(value)),
        }),
        Proof::PathSecret { value } => Method::PathSecret(PathSecret {
            value: Some(secret(value)),
        }),
    }
}
