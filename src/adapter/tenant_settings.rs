//! A tenant's webhook settings as the service gives them, made ready for use.

use http::{HeaderName, StatusCode};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    domain::ids::TenantId,
    intake::{
        hmac::Encoding,
        mapping::Mapping,
        secrets::{SecretError, SigningSecret, Token},
        verify::Proof,
    },
    pb::v1::{
        GetWebhookSettingsResponse, Secret, Webhook,
        webhook_auth::{Method, hmac},
    },
};

/// The zone of tenants that have set none.
const DEFAULT_ZONE: &str = "Europe/Paris";

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
    /// Nothing is taken from this tenant now.
    pub(super) disabled: bool,
}

impl TenantSettings {
    /// What cannot be used is logged and fails closed.
    pub(super) fn new(tenant: &TenantId, answer: GetWebhookSettingsResponse) -> Self {
        let webhook = answer.webhook.unwrap_or_default();
        let proofs: Option<Vec<_>> = webhook
            .auth
            .iter()
            .map(|auth| auth.method.as_ref().and_then(proof))
            .collect();
        if proofs.is_none() {
            tracing::error!(%tenant, "a webhook proof cannot be used: every webhook is refused");
        }
        Self {
            proofs: proofs.unwrap_or_default(),
            mapping: mapping(tenant, &webhook),
            time_zone: time_zone(tenant, &answer.time_zone),
            day_first_dates: webhook.day_first_dates,
            success: match webhook.success_status {
                202 => StatusCode::ACCEPTED,
                204 => StatusCode::NO_CONTENT,
                _ => StatusCode::OK,
            },
            disabled: answer.disabled,
        }
    }
}

fn mapping(tenant: &TenantId, webhook: &Webhook) -> Option<Mapping> {
    if !matches!(webhook.preset.as_str(), "" | "werecruit") {
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
    let name = if name.is_empty() { DEFAULT_ZONE } else { name };
    TimeZone::get(name).unwrap_or_else(|_| {
        tracing::error!(%tenant, "the time zone is not known: {DEFAULT_ZONE} is used");
        TimeZone::get(DEFAULT_ZONE).unwrap_or(TimeZone::UTC)
    })
}

fn proof(method: &Method) -> Option<Proof> {
    match method {
        Method::StandardWebhooks(it) => Some(Proof::StandardWebhooks {
            secrets: signing(&it.secrets, SigningSecret::standard_webhooks)?,
        }),
        Method::Hmac(it) => Some(Proof::Hmac {
            header: header(&it.header)?,
            prefix: it.prefix.clone(),
            encoding: match it.encoding() {
                hmac::Encoding::Unspecified | hmac::Encoding::Hex => Encoding::Hex,
                hmac::Encoding::Base64 => Encoding::Base64,
            },
            secrets: signing(&it.secrets, SigningSecret::plain)?,
        }),
        Method::Bearer(it) => Some(Proof::Bearer {
            token: token(it.token.as_ref())?,
        }),
        Method::ApiKey(it) => Some(Proof::ApiKey {
            header: header(&it.header)?,
            value: token(it.value.as_ref())?,
        }),
        Method::PathSecret(it) => Some(Proof::PathSecret {
            value: token(it.value.as_ref())?,
        }),
    }
}

/// One secret that cannot be used does not take the others with it: they may be its
/// successors.
fn signing(
    secrets: &[Secret],
    read: fn(&str, Option<Timestamp>) -> Result<SigningSecret, SecretError>,
) -> Option<Vec<SigningSecret>> {
    let usable = secrets
        .iter()
        .filter_map(|secret| read(&secret.value, expiry(secret)).ok());
    let usable: Vec<_> = usable.collect();
    (!usable.is_empty()).then_some(usable)
}

fn token(secret: Option<&Secret>) -> Option<Token> {
    let secret = secret?;
    Token::new(&secret.value, expiry(secret)).ok()
}

fn header(name: &str) -> Option<HeaderName> {
    name.parse().ok()
}

/// A time that does not exist has passed.
fn expiry(secret: &Secret) -> Option<Timestamp> {
    let time = secret.expire_time.as_ref()?;
    Some(Timestamp::new(time.seconds, time.nanos).unwrap_or(Timestamp::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::v1::{WebhookAuth, webhook_auth};

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

    fn settings(webhook: Webhook) -> TenantSettings {
        let answer = GetWebhookSettingsResponse {
            webhook: Some(webhook),
            ..GetWebhookSettingsResponse::default()
        };
        TenantSettings::new(&tenant(), answer)
    }

    fn proofs(methods: Vec<Option<Method>>) -> usize {
        let auth = methods.into_iter().map(|method| WebhookAuth { method });
        let webhook = Webhook {
            auth: auth.collect(),
            ..Webhook::default()
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
            settings(Webhook {
                preset: preset.to_owned(),
                mapping: [(field.to_owned(), "a.b".to_owned())].into(),
                ..Webhook::default()
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
            let webhook = Webhook {
                success_status: asked,
                ..Webhook::default()
            };
            assert_eq!(settings(webhook).success.as_u16(), used);
        }
    }

    #[test]
    fn the_zone_is_the_tenants_or_that_of_paris() {
        for (name, zone) in [
            ("", DEFAULT_ZONE),
            ("America/Martinique", "America/Martinique"),
            ("Mars/Olympus", DEFAULT_ZONE),
        ] {
            assert_eq!(time_zone(&tenant(), name).iana_name(), Some(zone));
        }
    }

    #[test]
    fn an_impossible_expiry_has_passed() {
        let mut secret = secret("s");
        secret.expire_time = Some(prost_types::Timestamp {
            seconds: i64::MAX,
            nanos: 0,
        });
        assert_eq!(expiry(&secret), Some(Timestamp::MIN));
    }
}
