//! What does not depend on Lucca's answers of the moment.

use jiff::{Timestamp, tz::TimeZone};

use super::{Check, text::text};
use crate::domain::tenant::{Proof, Secret, Tenant};

/// Whether hires are taken at all.
pub(super) fn enabled(tenant: &Tenant) -> Check {
    const ID: &str = "tenant_enabled";
    if tenant.disabled {
        Check::fail(
            ID,
            text(
                "The tenant is disabled: no hire is taken and nobody is created.",
                "Ce client est désactivé : aucune embauche n’est prise et personne n’est créé.",
            ),
            text(
                "Enable the tenant (disabled).",
                "Réactivez le client (réglage disabled).",
            ),
        )
    } else {
        Check::pass(
            ID,
            text("Hires are taken.", "Les embauches sont prises en compte."),
        )
    }
}

/// Whether dates can be read in the tenant's time zone.
pub(super) fn time_zone(tenant: &Tenant) -> Check {
    const ID: &str = "time_zone";
    let zone = &tenant.time_zone;
    let known = TimeZone::get(zone).is_ok_and(|zone| !zone.is_unknown());
    if known {
        Check::pass(
            ID,
            text(
                format!("Start dates that come with a time are read in the zone {zone}."),
                format!(
                    "Les dates de début qui comportent une heure sont lues dans le fuseau {zone}."
                ),
            ),
        )
    } else {
        Check::fail(
            ID,
            text(
                format!("“{zone}” is not a time zone: somebody could start on the wrong day."),
                format!(
                    "« {zone} » n’est pas un fuseau horaire : un collaborateur pourrait commencer le mauvais jour."
                ),
            ),
            text(
                "Set the time zone of the company, such as Europe/Paris or Indian/Reunion (time_zone).",
                "Indiquez le fuseau horaire de l’entreprise, par exemple Europe/Paris ou Indian/Reunion (réglage time_zone).",
            ),
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
            text(
                "No secret is set by which We Recruit shows who it is: every webhook is refused.",
                "Aucun secret ne permet à We Recruit de prouver son identité : tous les webhooks sont refusés.",
            ),
            text(
                "Agree on a secret with We Recruit and store it (webhook.auth), unless hires come by gRPC only.",
                "Convenez d’un secret avec We Recruit et enregistrez-le (réglage webhook.auth), sauf si les embauches n’arrivent que par gRPC.",
            ),
        )
    } else if !proofs.iter().all(usable) {
        Check::warn(
            ID,
            text(
                "A secret of the webhooks has expired without a successor: every webhook is refused.",
                "Un secret des webhooks a expiré sans être remplacé : tous les webhooks sont refusés.",
            ),
            text(
                "Agree on a new secret with We Recruit and store it (webhook.auth).",
                "Convenez d’un nouveau secret avec We Recruit et enregistrez-le (réglage webhook.auth).",
            ),
        )
    } else {
        Check::pass(
            ID,
            text(
                "Webhooks are let in if they prove where they come from.",
                "Les webhooks sont acceptés s’ils prouvent leur origine.",
            ),
        )
    }
}

/// How many calls to Lucca are left.
pub(super) fn budget(left: u32) -> Check {
    const ID: &str = "budget";
    if left == 0 {
        Check::warn(
            ID,
            text(
                "No call to Lucca is left for the moment: hires wait for their turn.",
                "Il ne reste aucun appel à Lucca pour le moment : les embauches attendent leur tour.",
            ),
            text(
                "Nothing if it passes within minutes; otherwise ask whoever runs the service about its limit.",
                "Rien si cela passe en quelques minutes ; sinon, interrogez la personne qui exploite le service sur sa limite.",
            ),
        )
    } else {
        Check::pass(
            ID,
            text(
                format!("{left} calls to Lucca could begin now."),
                format!("{left} appels à Lucca pourraient partir maintenant."),
            ),
        )
    }
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
    fn webhooks_need_a_living_secret_for_every_proof() {
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
    fn a_zone_is_one_of_the_world_and_a_disabled_tenant_fails() {
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
