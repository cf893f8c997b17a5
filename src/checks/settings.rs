//! Checks that need no answer of Lucca.

use jiff::{Timestamp, tz::TimeZone};

use super::{
    Check, Finding,
    Status::{Fail, Pass, Warn},
    finding::Item,
};
use crate::{
    domain::tenant::{Proof, Secret, Tenant},
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
    use crate::domain::secret::SecretText;

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
