//! Whether Lucca can be reached and read with the tenant's key.

use super::{Check, Reading};
use crate::{domain::tenant::Tenant, lucca::ReadError};

const REACHABLE: &str = "lucca_reachable";
const KEY: &str = "lucca_key";
const PEOPLE: &str = "reads_people";
const UNITS: &str = "reads_units";

const LATER: &str = "Put right the checks above, then check again.";

/// The four checks, in the order in which one builds on another.
pub(super) fn checks(tenant: &Tenant, reading: &Reading) -> [Check; 4] {
    let people = || Check::pass(PEOPLE, "The API key reads the people of Lucca.");
    let unknown =
        |id: &str| Check::unverified(id, "Not known, because Lucca could not be read.", LATER);
    match reading {
        Reading::Done(_) => [
            reached(tenant),
            accepted(),
            people(),
            Check::pass(
                UNITS,
                "The API key reads the establishments and departments of Lucca.",
            ),
        ],
        Reading::NoUnits(error) => [reached(tenant), accepted(), people(), no_units(error)],
        Reading::NoPeople(ReadError::KeyRefused(403)) => [
            reached(tenant),
            accepted(),
            Check::fail(
                PEOPLE,
                "The API key is not allowed to read the people of Lucca.",
                "In Lucca, give the role of the API key the right to see all employees, former and future ones too.",
            ),
            unknown(UNITS),
        ],
        Reading::NoPeople(ReadError::KeyRefused(_)) => [
            reached(tenant),
            Check::fail(
                KEY,
                "Lucca does not accept the API key.",
                "Make a key in Lucca under Integrations and store it here (UpdateTenant, lucca_api_key).",
            ),
            unknown(PEOPLE),
            unknown(UNITS),
        ],
        Reading::NoPeople(ReadError::TooMany(_)) | Reading::Slow => [
            Check::unverified(
                REACHABLE,
                "Lucca's limit of calls is used up for the moment.",
                "Check again in a minute; if it stays so, look which other integrations call Lucca.",
            ),
            unknown(KEY),
            unknown(PEOPLE),
            unknown(UNITS),
        ],
        Reading::NoPeople(error) => [
            not_reached(tenant, error),
            unknown(KEY),
            unknown(PEOPLE),
            unknown(UNITS),
        ],
    }
}

fn reached(tenant: &Tenant) -> Check {
    Check::pass(REACHABLE, format!("Lucca answers at {}.", tenant.lucca_url))
}

fn accepted() -> Check {
    Check::pass(KEY, "Lucca accepts the API key.")
}

fn not_reached(tenant: &Tenant, error: &ReadError) -> Check {
    let url = &tenant.lucca_url;
    match error {
        ReadError::NotAllowed(refusal) => Check::fail(
            REACHABLE,
            format!(
                "No call is made to {url}: the settings of the service do not allow it. It {refusal}."
            ),
            "Check the address of Lucca (lucca_url), or have whoever runs the service allow it (lucca.allowed_hosts).",
        ),
        ReadError::Unavailable(why) => Check::fail(
            REACHABLE,
            format!("Lucca does not answer at {url}: {why}."),
            "Check the address of Lucca (lucca_url); if it is right, check again later.",
        ),
        _ => Check::fail(
            REACHABLE,
            format!("What answers at {url} is not the Lucca that was expected."),
            "Check the address of Lucca (lucca_url): it is the one that employees open in the browser.",
        ),
    }
}

fn no_units(error: &ReadError) -> Check {
    match error {
        ReadError::KeyRefused(_) => Check::fail(
            UNITS,
            "The API key is not allowed to read the employees, establishments or departments that placing a hire needs.",
            "In Lucca, give the role of the API key the right to see the organisation: establishments and departments.",
        ),
        ReadError::TooMany(_) => Check::unverified(
            UNITS,
            "Lucca's limit of calls was used up before everything was read.",
            "Check again in a minute.",
        ),
        ReadError::NotAllowed(_) | ReadError::Unavailable(_) | ReadError::Store(_) => {
            Check::unverified(
                UNITS,
                "Lucca stopped answering before everything was read.",
                "Check again later.",
            )
        }
        ReadError::Refused { .. } | ReadError::Unreadable(_) => Check::fail(
            UNITS,
            "Lucca's answer about establishments and departments cannot be understood.",
            "Report this to whoever runs the service: Lucca may have changed its API.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{super::Status, *};
    use crate::checks::fixtures;

    #[test]
    fn what_cannot_be_read_is_never_in_order() {
        use Status::{Fail, Pass, Unverified};
        let table = [
            (Reading::Done(fixtures::view()), [Pass, Pass, Pass, Pass]),
            (
                Reading::NoPeople(ReadError::KeyRefused(401)),
                [Pass, Fail, Unverified, Unverified],
            ),
            (
                Reading::NoPeople(ReadError::KeyRefused(403)),
                [Pass, Pass, Fail, Unverified],
            ),
            (
                Reading::NoPeople(ReadError::Unavailable("no connection".into())),
                [Fail, Unverified, Unverified, Unverified],
            ),
            (
                Reading::NoPeople(ReadError::Unreadable("not JSON")),
                [Fail, Unverified, Unverified, Unverified],
            ),
            (
                Reading::NoPeople(ReadError::TooMany(Duration::from_secs(1))),
                [Unverified; 4],
            ),
            (Reading::Slow, [Unverified; 4]),
            (
                Reading::NoUnits(ReadError::KeyRefused(403)),
                [Pass, Pass, Pass, Fail],
            ),
            (
                Reading::NoUnits(ReadError::Unavailable("cut".into())),
                [Pass, Pass, Pass, Unverified],
            ),
        ];
        for (reading, expected) in table {
            let checks = checks(&fixtures::tenant(), &reading);
            assert_eq!(
                checks.each_ref().map(|check| check.id.as_str()),
                [REACHABLE, KEY, PEOPLE, UNITS]
            );
            assert_eq!(checks.each_ref().map(|check| check.status), expected);
            for check in checks {
                assert_eq!(check.status == Pass, check.fix.is_empty(), "{check:?}");
            }
        }
    }
}
