//! Whether Lucca can be reached and accepts the key.

use super::{
    Check, Finding,
    Status::{Fail, Pass},
    answers::Answers,
    finding::{Address, Environment},
};
use crate::{
    domain::{lucca_url::HostRules, tenant::Tenant},
    lucca::ReadError,
};

const URL: &str = "lucca_url";
const REACHABLE: &str = "lucca_reachable";
const KEY: &str = "lucca_key";

fn address(tenant: &Tenant) -> Address {
    Address {
        address: tenant.lucca_url.to_string(),
        ..Address::default()
    }
}

/// Whether the key may be sent to the address.
pub(super) fn url(tenant: &Tenant, hosts: &HostRules) -> Check {
    let mut address = address(tenant);
    address.refusal = hosts.check(&tenant.lucca_url).err();
    if address.refusal.is_some() {
        return Check::new(URL, Fail, Finding::UrlRefused(address));
    }
    address.environment = environment(&tenant.lucca_url.host());
    Check::new(URL, Pass, Finding::UrlFine(address))
}

fn environment(host: &str) -> Option<Environment> {
    let domain = host.strip_suffix(".net").or(host.strip_suffix(".ch"))?;
    match domain.rsplit('.').next() {
        Some("ilucca-test") => Some(Environment::Test),
        Some("ilucca-demo") => Some(Environment::Demo),
        _ => None,
    }
}

/// Whether Lucca answers, and whether it accepts the key.
pub(super) fn reached(tenant: &Tenant, answers: &Answers) -> [Check; 2] {
    let reached = || Check::new(REACHABLE, Pass, Finding::LuccaAnswers(address(tenant)));
    if answers.refused(401) {
        return [reached(), Check::new(KEY, Fail, Finding::KeyRefused)];
    }
    if answers.key_accepted() {
        return [reached(), Check::new(KEY, Pass, Finding::KeyAccepted)];
    }
    let reachable = match answers.errors().next() {
        None | Some(ReadError::TooMany(_) | ReadError::NoBudget(_)) => {
            Check::unknown(REACHABLE, answers.gap())
        }
        Some(error) => Check::new(REACHABLE, Fail, unreachable(address(tenant), error)),
    };
    [reachable, Check::unknown(KEY, answers.gap())]
}

fn unreachable(mut address: Address, error: &ReadError) -> Finding {
    match error {
        ReadError::NotAllowed(refusal) => {
            address.refusal = Some(*refusal);
            Finding::UrlNotAllowed(address)
        }
        ReadError::Unavailable(cause) => {
            address.cause = Some(*cause);
            Finding::LuccaSilent(address)
        }
        _ => Finding::NotLucca(address),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Status::{Fail, Pass},
            fixtures::{self, english},
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
            assert!(english(&check).0.contains(words), "{check:?}");
        }
    }
}
