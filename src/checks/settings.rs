//! Checks that need no answer of Lucca.

use jiff::{Timestamp, tz::TimeZone};

use super::{
    Check, Finding,
    Status::{Fail, Pass, Warn},
    finding::{Item, Moment, RefusedWebhook},
};
use crate::{
    domain::{
        dates::CivilDate,
        delivery::Deliveries,
        tenant::{Proof, Secret, Tenant},
    },
    store::Unreadable,
};

/// Whether the tenant is enabled.
pub(super) fn enabled(tenant: &Tenant) -> Check {
    let (status, finding) = if tenant.disabled {
        (Fail, Finding::TenantDisabled)
    } else {
        (Pass, Finding::TenantEnabled)
    };
    Check::new("tenant_enabled", status, finding)
}

/// Whether dates can be read in the tenant's time zone.
pub(super) fn time_zone(tenant: &Tenant) -> Check {
    let zone = tenant.time_zone.clone();
    let (status, finding) = if TimeZone::get(&zone).is_ok_and(|zone| !zone.is_unknown()) {
        (Pass, Finding::TimeZone { zone })
    } else {
        (Fail, Finding::NoTimeZone { zone })
    };
    Check::new("time_zone", status, finding)
}

/// Whether webhooks can be accepted.
pub(super) fn webhook_auth(tenant: &Tenant, now: Timestamp) -> Check {
    let live = |secret: &Secret| secret.expire_time.is_none_or(|end| now < end);
    let usable = |proof: &Proof| match proof {
        Proof::StandardWebhooks { secrets } | Proof::Hmac { secrets, .. } => {
            secrets.iter().any(live)
        }
        Proof::Bearer { token: secret }
        | Proof::ApiKey { value: secret, .. }
        | Proof::PathSecret { value: secret } => live(secret),
    };
    let proofs = &tenant.webhook.proofs;
    let (status, finding) = if proofs.is_empty() {
        (Warn, Finding::NoWebhookSecret)
    } else if !proofs.iter().all(usable) {
        (Warn, Finding::WebhookSecretExpired)
    } else {
        (Pass, Finding::WebhookSecretsLive)
    };
    Check::new("webhook_auth", status, finding)
}

/// Whether webhooks arrive.
pub(super) fn webhooks_arrive(tenant: &Tenant, seen: Deliveries) -> Check {
    let zone = TimeZone::get(&tenant.time_zone).unwrap_or(TimeZone::UTC);
    let moment = |time: Timestamp| {
        let local = zone.to_datetime(time);
        Moment {
            day: CivilDate::new(local.date()),
            hour: local.strftime("%H:%M").to_string(),
        }
    };
    let accepted = seen.accepted.map(moment);
    let (status, finding) = match (seen.last_was_refused(), accepted) {
        (Some((time, refusal)), accepted) => {
            let (accepted_day, accepted_hour) = accepted.map(|it| (it.day, it.hour)).unzip();
            let refused = RefusedWebhook {
                refusal,
                at: moment(time),
                accepted_day,
                accepted_hour,
            };
            (Warn, Finding::WebhooksRefused(refused))
        }
        (None, Some(accepted)) => (Pass, Finding::WebhooksArrive(accepted)),
        (None, None) => (Warn, Finding::WebhooksNeverCame),
    };
    Check::new("webhooks_arrive", status, finding)
}

/// How many calls to Lucca are left.
pub(super) fn budget(calls: u32) -> Check {
    let (status, finding) = match calls {
        0 => (Warn, Finding::NoCallsLeft),
        calls => (Pass, Finding::CallsLeft { calls }),
    };
    Check::new("budget", status, finding)
}

/// The tenant cannot be read.
pub(super) fn unreadable(tenant: &Unreadable, waiting: u64) -> Check {
    let part = tenant.part.clone();
    Check::new("records", Fail, Finding::TenantUnreadable { part, waiting })
}

/// Whether every stored hire can be read.
pub(super) fn records(unreadable: &[Unreadable]) -> Check {
    let ids = unreadable.iter().map(|it| it.id.clone());
    let entries: Vec<Item> = ids.map(|text| Item::Bare { text }).collect();
    let (status, finding) = match entries.is_empty() {
        true => (Pass, Finding::RecordsReadable),
        false => (Warn, Finding::RecordsUnreadable { entries }),
    };
    Check::new("records", status, finding)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Status::{Fail, Pass, Warn},
            fixtures,
        },
        *,
    };
    use crate::domain::{delivery::Refusal, language::Language, secret::SecretText};

    fn secret(expire_time: Option<Timestamp>) -> Secret {
        Secret {
            id: "secret-1".into(),
            value: SecretText::new("0123456789abcdef".into()),
            expire_time,
            create_time: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn webhooks_need_an_unexpired_secret_for_every_proof() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let dead = || secret(Some(now));
        let bearer = |token| Proof::Bearer { token };
        let both = |one, other| Proof::StandardWebhooks {
            secrets: vec![one, other],
        };
        let table = [
            (vec![], Warn),
            (vec![bearer(secret(None))], Pass),
            (vec![bearer(dead())], Warn),
            (vec![both(dead(), secret(None))], Pass),
            (vec![bearer(secret(None)), both(dead(), dead())], Warn),
        ];
        for (proofs, expected) in table {
            let mut tenant = fixtures::tenant();
            tenant.webhook.proofs = proofs;
            assert_eq!(webhook_auth(&tenant, now).status, expected);
        }
    }

    #[test]
    fn the_last_webhook_is_told_with_its_time_in_the_tenants_zone() {
        let tenant = fixtures::tenant();
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let (early, late) = (at("2026-11-23T09:00:00Z"), at("2026-11-23T23:30:00Z"));
        for (accepted, refused, status, told) in [
            (None, None, Warn, "No webhook has come yet."),
            (early, None, Pass, "was accepted on 2026-11-23 at 10:00"),
            (late, early, Pass, "was accepted on 2026-11-24 at 00:30"),
            (
                early,
                late,
                Warn,
                "on 2026-11-24 at 00:30, was refused: its timestamp",
            ),
            (early, late, Warn, "accepted came on 2026-11-23 at 10:00"),
            (None, late, Warn, "None has been accepted yet."),
        ] {
            let seen = Deliveries {
                accepted,
                refused: refused.map(|time| (time, Refusal::Timestamp)),
            };
            let check = webhooks_arrive(&tenant, seen);
            let (message, fix) = check.finding.told(Language::English);
            assert_eq!((check.status, fix.is_empty()), (status, status == Pass));
            assert!(message.contains(told), "{message}");
        }
    }

    #[test]
    fn every_refusal_of_a_webhook_has_a_sentence_of_its_own_and_a_fix() {
        use strum::IntoEnumIterator as _;
        let tenant = fixtures::tenant();
        for language in [Language::English, Language::French] {
            let mut told = std::collections::HashSet::new();
            for why in Refusal::iter() {
                let seen = Deliveries {
                    accepted: None,
                    refused: Some((Timestamp::UNIX_EPOCH, why)),
                };
                let (message, fix) = webhooks_arrive(&tenant, seen).finding.told(language);
                assert!(told.insert(message) && !fix.is_empty(), "{why:?}");
            }
        }
    }

    #[test]
    fn an_unknown_zone_and_a_disabled_tenant_fail() {
        let mut tenant = fixtures::tenant();
        assert_eq!(time_zone(&tenant).status, Pass);
        for zone in ["Europe/Paname", ""] {
            tenant.time_zone = zone.into();
            assert_eq!(time_zone(&tenant).status, Fail, "{zone}");
        }
        assert_eq!(enabled(&tenant).status, Pass);
        tenant.disabled = true;
        assert_eq!(enabled(&tenant).status, Fail);
        assert_eq!((budget(0).status, budget(1).status), (Warn, Pass));
    }
}
