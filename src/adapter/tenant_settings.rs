//! A tenant's webhook settings as the service gives them, made ready for use.

use http::StatusCode;
use jiff::tz::TimeZone;

use crate::{
    domain::{
        ids::TenantId,
        tenant::{DEFAULT_TIME_ZONE, Proof, Webhook},
    },
    intake::mapping::Mapping,
    pb::{tenant::webhook_of_service, v1::GetWebhookSettingsResponse},
};

/// How to verify and read one tenant's webhooks.
#[derive(Clone, Debug)]
pub(super) struct TenantSettings {
    /// Empty if none is set or one cannot be used: then everything is refused.
    pub(super) proofs: Vec<Proof>,
    /// `None` if the preset or the mapping cannot be used: then events wait.
    pub(super) mapping: Option<Mapping>,
    pub(super) time_zone: TimeZone,
    /// Dates with slashes are `DD/MM/YYYY`.
    pub(super) day_first_dates: bool,
    /// The status that acknowledges an event.
    pub(super) success: StatusCode,
    /// Nothing is accepted from this tenant now.
    pub(super) disabled: bool,
}

impl TenantSettings {
    /// What cannot be used is logged and fails closed.
    pub(super) fn new(tenant: &TenantId, answer: GetWebhookSettingsResponse) -> Self {
        let sent = answer.webhook.unwrap_or_default();
        let webhook = webhook_of_service(&sent);
        let mapping = mapping(tenant, &webhook);
        // One secret that cannot be used does not take the others with it: they may be its
        // successors.
        let is_usable = |proof: &Proof| !proof.secrets().is_empty();
        let usable =
            webhook.proofs.len() == sent.auth.len() && webhook.proofs.iter().all(is_usable);
        if !usable {
            tracing::error!(%tenant, "a webhook proof cannot be used: every webhook is refused");
        }
        let success = webhook.success_status.map(StatusCode::from_u16);
        Self {
            proofs: if usable { webhook.proofs } else { Vec::new() },
            mapping,
            time_zone: time_zone(tenant, &answer.time_zone),
            day_first_dates: webhook.day_first_dates,
            success: success.and_then(Result::ok).unwrap_or(StatusCode::OK),
            disabled: answer.disabled,
        }
    }
}

fn mapping(tenant: &TenantId, webhook: &Webhook) -> Option<Mapping> {
    if !webhook.has_known_preset() {
        tracing::error!(%tenant, "the webhook preset is not known: events wait");
        return None;
    }
    let pairs = webhook.mapping.iter();
    Mapping::parse(pairs.map(|(field, path)| (field.as_str(), path.as_str())))
        .inspect_err(|error| {
            tracing::error!(%tenant, %error, "the webhook mapping cannot be used: events wait");
        })
        .ok()
}

fn time_zone(tenant: &TenantId, name: &str) -> TimeZone {
    let name = if name.is_empty() {
        DEFAULT_TIME_ZONE
    } else {
        name
    };
    TimeZone::get(name).unwrap_or_else(|_| {
        tracing::error!(%tenant, "the time zone is not known: {DEFAULT_TIME_ZONE} is used");
        TimeZone::get(DEFAULT_TIME_ZONE).unwrap_or(TimeZone::UTC)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::v1::{
        self, Secret, WebhookAuth,
        webhook_auth::{self, Method},
    };

    fn tenant() -> TenantId {
        TenantId::parse("acme").unwrap()
    }

    fn secret(value: &str) -> Secret {
        Secret {
            value: value.to_owned(),
            ..Secret::default()
        }
    }

    fn standard(values: &[&str]) -> Method {
        Method::StandardWebhooks(webhook_auth::StandardWebhooks {
            secrets: values.iter().map(|value| secret(value)).collect(),
        })
    }

    fn path(value: Option<&str>) -> Method {
        Method::PathSecret(webhook_auth::PathSecret {
            value: value.map(secret),
        })
    }

    fn settings(webhook: v1::Webhook) -> TenantSettings {
        let answer = GetWebhookSettingsResponse {
            webhook: Some(webhook),
            ..GetWebhookSettingsResponse::default()
        };
        TenantSettings::new(&tenant(), answer)
    }

    fn proofs(methods: Vec<Option<Method>>) -> usize {
        let auth = methods.into_iter().map(|method| WebhookAuth { method });
        let webhook = v1::Webhook {
            auth: auth.collect(),
            ..v1::Webhook::default()
        };
        settings(webhook).proofs.len()
    }

    #[test]
    fn a_proof_that_cannot_be_used_leaves_none() {
        let good = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        assert_eq!(proofs(vec![]), 0);
        assert_eq!(
            proofs(vec![Some(standard(&[good])), Some(path(Some("s")))]),
            2
        );
        assert_eq!(proofs(vec![Some(standard(&["bad", good]))]), 1);
        for bad in [
            Some(standard(&[])),
            Some(standard(&["bad"])),
            Some(path(None)),
            Some(path(Some(""))),
            Some(Method::ApiKey(webhook_auth::ApiKey {
                header: "no header".to_owned(),
                value: Some(secret("s")),
            })),
            None,
        ] {
            assert_eq!(
                proofs(vec![Some(path(Some("s"))), bad.clone()]),
                0,
                "{bad:?}"
            );
        }
    }

    #[test]
    fn an_unusable_preset_or_mapping_is_no_mapping() {
        let with = |preset: &str, field: &str| {
            settings(v1::Webhook {
                preset: preset.to_owned(),
                mapping: [(field.to_owned(), "a.b".to_owned())].into(),
                ..v1::Webhook::default()
            })
            .mapping
            .is_some()
        };
        assert!(with("", "last_name"));
        assert!(with("werecruit", "last_name"));
        assert!(!with("other", "last_name"));
        assert!(!with("", "shoe_size"));
    }

    #[test]
    fn only_known_success_statuses_are_used() {
        for (asked, used) in [
            (0, 200),
            (200, 200),
            (202, 202),
            (204, 204),
            (301, 200),
            (500, 200),
        ] {
            let webhook = v1::Webhook {
                success_status: asked,
                ..v1::Webhook::default()
            };
            assert_eq!(settings(webhook).success.as_u16(), used);
        }
    }

    #[test]
    fn the_zone_is_the_tenants_or_that_of_paris() {
        for (name, zone) in [
            ("", DEFAULT_TIME_ZONE),
            ("America/Martinique", "America/Martinique"),
            ("Mars/Olympus", DEFAULT_TIME_ZONE),
        ] {
            assert_eq!(time_zone(&tenant(), name).iana_name(), Some(zone));
        }
    }

    #[test]
    fn an_impossible_expiry_has_passed() {
        let secret = Secret {
            expire_time: Some(prost_types::Timestamp {
                seconds: i64::MAX,
                nanos: 0,
            }),
            ..secret("s")
        };
        let path = webhook_auth::PathSecret {
            value: Some(secret),
        };
        let settings = settings(v1::Webhook {
            auth: vec![WebhookAuth {
                method: Some(Method::PathSecret(path)),
            }],
            ..v1::Webhook::default()
        });
        assert_eq!(settings.proofs.len(), 1);
        assert!(!settings.proofs[0].secrets()[0].is_live(jiff::Timestamp::MIN));
    }
}
