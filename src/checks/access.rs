//! Whether Lucca can be reached and accepts the key.

use super::{
    Check, Gap,
    reading::Reading,
    text::{Text, text},
};
use crate::{
    domain::{language::Language, lucca_url::HostRules, tenant::Tenant},
    lucca::ReadError,
};

const URL: &str = "lucca_url";
const REACHABLE: &str = "lucca_reachable";
const KEY: &str = "lucca_key";

/// The page of Lucca on which rights are given: each key has a role of its own there
/// (`api-reference/legacy/authentication`).
pub(super) fn roles_page(tenant: &Tenant) -> String {
    format!("{}/organization/structure/roles", tenant.lucca_url)
}

/// What to do about a right that the key lacks.
pub(super) fn grant(tenant: &Tenant, right: &Text) -> Text {
    let page = roles_page(tenant);
    text(
        format!(
            "In Lucca, open {page}, choose the role with the name of the API key (at the bottom of the page) and let it {}.",
            right.en
        ),
        format!(
            "Dans Lucca, ouvrez {page}, choisissez le rôle qui porte le nom de la clé API (en bas de la page) et donnez-lui la permission de {}.",
            right.fr
        ),
    )
}

/// Whether the key may be sent to the address.
pub(super) fn url(tenant: &Tenant, hosts: &HostRules) -> Check {
    let address = &tenant.lucca_url;
    if let Err(refusal) = hosts.check(address) {
        return Check::fail(
            URL,
            text(
                format!(
                    "{address} is not an address of Lucca to which the service may send an API key: nothing is sent there. It {refusal}."
                ),
                format!(
                    "{address} n’est pas une adresse Lucca à laquelle le service peut envoyer une clé API : rien n’y est envoyé."
                ),
            ),
            text(
                "Enter the https address of your Lucca (lucca_url); if it is right, ask whoever runs the service to allow it (lucca.allowed_hosts).",
                "Indiquez l’adresse https de votre Lucca (réglage lucca_url) ; si elle est exacte, demandez à la personne qui exploite le service de l’autoriser (lucca.allowed_hosts).",
            ),
        );
    }
    let place = environment(&address.host());
    Check::pass(
        URL,
        text(
            format!("The address {address} is well formed{}.", place.en),
            format!("L’adresse {address} est bien formée{}.", place.fr),
        ),
    )
}

/// Which environment of Lucca a host belongs to (`documentation/get-started/environments`).
fn environment(host: &str) -> Text {
    let ends = |name: &str| {
        [".net", ".ch"]
            .iter()
            .any(|end| host.ends_with(&format!("{name}{end}")))
    };
    if ends(".ilucca-test") {
        text(": a test account", " : il s’agit d’une base de test")
    } else if ends(".ilucca-demo") {
        text(
            ": a demo account",
            " : il s’agit d’une base de démonstration",
        )
    } else {
        Text::default()
    }
}

/// Whether Lucca answers, and whether it accepts the key.
pub(super) fn reached(tenant: &Tenant, reading: &Reading) -> [Check; 2] {
    let answers = || {
        Check::pass(
            REACHABLE,
            text(
                format!("Lucca answers at {}.", tenant.lucca_url),
                format!("Lucca répond à l’adresse {}.", tenant.lucca_url),
            ),
        )
    };
    if refused(reading, 401) {
        return [answers(), key_refused()];
    }
    if spoke(reading) {
        let accepted = text("Lucca accepts the API key.", "Lucca accepte la clé API.");
        return [answers(), Check::pass(KEY, accepted)];
    }
    let reachable = match reading.errors().next() {
        None | Some(ReadError::TooMany(_)) => unknown(REACHABLE, reading.gap()),
        Some(error) => unreachable(tenant, error),
    };
    [reachable, unknown(KEY, reading.gap())]
}

/// Whether the key was refused with this status, whatever was asked for.
fn refused(reading: &Reading, status: u16) -> bool {
    let is = |error: &ReadError| matches!(error, ReadError::KeyRefused(it) if *it == status);
    reading.errors().any(is)
}

/// Whether what answered is a Lucca that accepts the key.
pub(super) fn spoke(reading: &Reading) -> bool {
    reading.any_known() || refused(reading, 403)
}

/// What is not known because nothing, or not this, was answered.
pub(super) fn unknown(id: &str, gap: Option<Gap>) -> Check {
    let (message, fix) = match gap {
        None => (
            text(
                "Not known, because Lucca could not be read.",
                "Inconnu, car Lucca n’a pas pu être lu.",
            ),
            text(
                "Put right the checks above, then check again.",
                "Corrigez les points ci-dessus, puis relancez la vérification.",
            ),
        ),
        Some(Gap::Calls) => (
            text(
                "Not known: the account’s calls to Lucca were used up before Lucca could be asked.",
                "Inconnu : les appels à Lucca de ce compte étaient épuisés avant que Lucca ait pu être interrogé.",
            ),
            text(
                "Check again in a minute; if it stays so, look how many hires are under way, or ask whoever runs the service about its limit.",
                "Relancez la vérification dans une minute ; si cela persiste, regardez combien d’embauches sont en cours, ou interrogez la personne qui exploite le service sur sa limite.",
            ),
        ),
        Some(Gap::Limit) => (
            text(
                "Not known: Lucca’s limit of calls is used up for the moment.",
                "Inconnu : la limite d’appels de Lucca est atteinte pour le moment.",
            ),
            text(
                "Check again in a minute; if it stays so, look which other integrations call Lucca.",
                "Relancez la vérification dans une minute ; si cela persiste, regardez quelles autres intégrations appellent Lucca.",
            ),
        ),
        Some(Gap::Time) => (
            text(
                "Not known: Lucca’s answers took too long.",
                "Inconnu : les réponses de Lucca ont trop tardé.",
            ),
            text("Check again later.", "Relancez la vérification plus tard."),
        ),
        Some(Gap::Silence) => (
            text(
                "Not known, because Lucca did not answer.",
                "Inconnu, car Lucca n’a pas répondu.",
            ),
            text("Check again later.", "Relancez la vérification plus tard."),
        ),
    };
    Check::unverified(id, message, fix)
}

fn key_refused() -> Check {
    Check::fail(
        KEY,
        text(
            "Lucca does not accept the API key.",
            "Lucca refuse la clé API.",
        ),
        text(
            "In Lucca, click the rocket at the top right, then “Integrations”, make a new key for the connector, and store it here (lucca_api_key).",
            "Dans Lucca, cliquez sur la petite fusée en haut à droite, puis sur « Intégrations », créez une nouvelle clé API pour le connecteur et enregistrez-la ici (réglage lucca_api_key).",
        ),
    )
}

fn unreachable(tenant: &Tenant, error: &ReadError) -> Check {
    let url = &tenant.lucca_url;
    match error {
        ReadError::NotAllowed(refusal) => Check::fail(
            REACHABLE,
            text(
                format!("The settings of the service do not allow to call {url}: it {refusal}."),
                format!("Les réglages du service n’autorisent pas d’appeler {url}."),
            ),
            text(
                "Check the address of Lucca (lucca_url), or have whoever runs the service allow it (lucca.allowed_hosts).",
                "Vérifiez l’adresse de votre Lucca (réglage lucca_url), ou demandez à la personne qui exploite le service de l’autoriser (réglage lucca.allowed_hosts).",
            ),
        ),
        ReadError::Unavailable(cause) => Check::fail(
            REACHABLE,
            text(
                format!(
                    "Lucca does not answer at {url} ({}).",
                    crate::text::say(Language::English, cause)
                ),
                format!(
                    "Lucca ne répond pas à l’adresse {url} ({}).",
                    crate::text::say(Language::French, cause)
                ),
            ),
            text(
                "Check the address of Lucca (lucca_url); if it is right, check again later.",
                "Vérifiez l’adresse de votre Lucca (réglage lucca_url) ; si elle est exacte, réessayez plus tard.",
            ),
        ),
        _ => Check::fail(
            REACHABLE,
            text(
                format!("What answers at {url} is not the Lucca that was expected."),
                format!("Ce qui répond à l’adresse {url} n’est pas le Lucca attendu."),
            ),
            text(
                "Check the address of Lucca (lucca_url): it is the one that employees open in the browser.",
                "Vérifiez l’adresse de votre Lucca (réglage lucca_url) : c’est celle que les collaborateurs ouvrent dans leur navigateur.",
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Status::{Fail, Pass},
            fixtures,
        },
        *,
    };
    use crate::domain::lucca_url::LuccaUrl;

    #[test]
    fn an_address_is_one_that_a_key_may_be_sent_to() {
        let domains = ["ilucca.net", "ilucca-test.net", "ilucca-demo.ch"];
        let hosts = HostRules::new(domains, []).unwrap();
        for (address, expected, words) in [
            ("https://acme.ilucca.net", Pass, "well formed."),
            ("https://acme.ilucca-test.net", Pass, "a test account"),
            ("https://acme.ilucca-demo.ch", Pass, "a demo account"),
            ("http://acme.ilucca.net", Fail, "may send an API key"),
            ("https://acme.example", Fail, "must be an address of Lucca"),
        ] {
            let mut tenant = fixtures::tenant();
            tenant.lucca_url = LuccaUrl::parse(address).unwrap();
            let check = url(&tenant, &hosts);
            assert_eq!(check.status, expected, "{address}");
            assert!(check.message.en.contains(words), "{:?}", check.message);
        }
    }
}
