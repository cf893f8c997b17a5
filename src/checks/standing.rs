//! What does not depend on Lucca's answers of the moment.

use jiff::Timestamp;

use super::Check;
use crate::domain::tenant::{Proof, Secret, Tenant};

/// Whether hires are taken at all.
pub(super) fn enabled(tenant: &Tenant) -> Check {
    const ID: &str = "tenant_enabled";
    if tenant.disabled {
        Check::fail(
            ID,
            "The tenant is disabled: no hire is taken and nobody is created.",
            "Enable the tenant (UpdateTenant, disabled).",
        )
    } else {
        Check::pass(ID, "Hires are taken.")
    }
}

/// Whether the key has proven that it sees those who are not here yet or any more.
pub(super) fn sight(proven: bool) -> Check {
    const ID: &str = "sees_future_and_former";
    if proven {
        Check::pass(
            ID,
            "The API key sees people who start in the future and people who have left.",
        )
    } else {
        Check::unverified(
            ID,
            "It is not proven yet that the API key sees people who start in the future and people who have left.",
            "In Lucca, let the role of the API key see former and future employees; the first creation then proves it.",
        )
    }
}

/// Whether webhooks can be let in.
pub(super) fn webhook_auth(tenant: &Tenant, now: Timestamp) -> Check {
    const ID: &str = "webhook_auth";
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
    if proofs.is_empty() {
        Check::warn(
            ID,
            "No proof is set by which We Recruit shows who it is: every webhook is refused.",
            "Agree on a secret with We Recruit and store it (webhook.auth), unless hires come by gRPC only.",
        )
    } else if !proofs.iter().all(usable) {
        Check::warn(
            ID,
            "A secret of the webhooks has expired without a successor: every webhook is refused.",
            "Agree on a new secret with We Recruit and store it (webhook.auth).",
        )
    } else {
        Check::pass(
            ID,
            "Webhooks are let in if they prove where they come from.",
        )
    }
}

/// How many calls to Lucca are left.
pub(super) fn budget(left: u32) -> Check {
    const ID: &str = "budget";
    if left == 0 {
        Check::warn(
            ID,
            "No call to Lucca is left for the moment: hires wait for their turn.",
            "Nothing if it passes within minutes; otherwise ask whoever runs the service about its limit.",
        )
    } else {
        Check::pass(ID, format!("{left} calls to Lucca could begin now."))
    }
}

/// Whether the key has proven that it may create.
pub(super) fn writes(created: bool) -> Check {
    const ID: &str = "writes";
    if created {
        Check::pass(ID, "An employee has been created with the present API key.")
    } else {
        Check::unverified(
            ID,
            "Nobody has been created with the present API key yet: only that shows whether it may.",
            "In Lucca, let the role of the API key create employees; then send a first hire.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Status, fixtures},
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
    fn webhooks_need_a_living_secret_for_every_proof() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let dead = || secret(Some(now));
        let bearer = |token| Proof::Bearer { token };
        let both = |one, other| Proof::StandardWebhooks {
            secrets: vec![one, other],
        };
        let table = [
            (vec![], Status::Warn),
            (vec![bearer(secret(None))], Status::Pass),
            (vec![bearer(dead())], Status::Warn),
            (vec![both(dead(), secret(None))], Status::Pass),
            (
                vec![bearer(secret(None)), both(dead(), dead())],
                Status::Warn,
            ),
        ];
        for (proofs, expected) in table {
            let mut tenant = fixtures::tenant();
            tenant.webhook.proofs = proofs;
            assert_eq!(webhook_auth(&tenant, now).status, expected);
        }
    }

    #[test]
    fn what_is_not_proven_is_not_in_order_and_a_disabled_tenant_fails() {
        assert_eq!(sight(false).status, Status::Unverified);
        assert_eq!(writes(false).status, Status::Unverified);
        assert_eq!(
            (sight(true).status, writes(true).status),
            (Status::Pass, Status::Pass)
        );
        assert_eq!(
            (budget(0).status, budget(1).status),
            (Status::Warn, Status::Pass)
        );
        let mut tenant = fixtures::tenant();
        assert_eq!(enabled(&tenant).status, Status::Pass);
        tenant.disabled = true;
        assert_eq!(enabled(&tenant).status, Status::Fail);
    }
}
