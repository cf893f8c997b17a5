//! A Lucca that is gone, is no Lucca, or must not be spoken to.

use lucca_onboarding::{
    config,
    pb::v1::check_defaults_response::check::Status::{Fail, Pass, Unverified},
    sandbox::{Fault, Kind},
};

use super::{check, status};
use crate::support::{House, collaborator};

#[tokio::test]
async fn a_lucca_that_is_gone_is_told_after_one_call() {
    let mut house = House::start().await;
    house.stop_sandbox().await;
    let report = check(&house, Some(collaborator("Beauregard"))).await;
    assert!(!report.ready);
    for (id, expected) in [
        ("lucca_url", Pass),
        ("lucca_reachable", Fail),
        ("lucca_key", Unverified),
        ("reads_people", Unverified),
        ("sample", Unverified),
    ] {
        assert_eq!(status(&report, id), expected, "{id}");
    }
    assert_eq!(report.preview, None);
    house.start_sandbox().await;
    let report = check(&house, None).await;
    assert_eq!(status(&report, "lucca_reachable"), Pass);
}

#[tokio::test]
async fn another_server_at_the_address_is_not_taken_for_lucca() {
    let house = House::start().await;
    let html = Kind::Html { code: 200 };
    house.sandbox().inject(Fault::on_reads(html, "/"));
    let report = check(&house, None).await;
    let found = super::the(&report, "lucca_reachable");
    assert_eq!(found.status(), Fail);
    assert!(
        found.message.contains("is not the Lucca"),
        "{}",
        found.message
    );
    assert_eq!(status(&report, "reads_departments"), Unverified);
}

#[tokio::test]
async fn one_resource_that_fails_hides_no_other() {
    let house = House::start().await;
    let down = Kind::Status {
        code: 503,
        body: None,
    };
    let departments = "/organization/structure/api/departments";
    house.sandbox().inject(Fault::on_reads(down, departments));
    let report = check(&house, None).await;
    for (id, expected) in [
        ("lucca_reachable", Pass),
        ("lucca_key", Pass),
        ("reads_departments", Unverified),
        ("reads_people", Pass),
        ("reads_establishments", Pass),
        ("default_role", Pass),
    ] {
        assert_eq!(status(&report, id), expected, "{id}");
    }
    assert!(
        !report.ready,
        "whether departments can be read is not known"
    );
    house.sandbox().clear_faults();
    let report = check(&house, None).await;
    assert_eq!(status(&report, "reads_departments"), Pass);
    assert!(report.ready);
}

#[tokio::test]
async fn a_lucca_that_does_not_know_the_parameter_for_archived_establishments_is_asked_without() {
    let house = House::start().await;
    for (code, body) in [
        (400, "Bad Request"),
        (200, r#"{"items": [], "next": null}"#),
    ] {
        let odd = Kind::Status {
            code,
            body: Some(body.to_owned()),
        };
        let establishments = "/organization/structure/api/establishments";
        house.sandbox().inject(Fault {
            times: Some(1),
            ..Fault::on_reads(odd, establishments)
        });
        let report = check(&house, Some(collaborator("Beauregard"))).await;
        for id in ["reads_establishments", "dpae_legal_units", "sample"] {
            assert_eq!(status(&report, id), Pass, "{code} {id}");
        }
    }
}

#[tokio::test]
async fn an_address_that_is_not_allowed_any_more_is_sent_nothing() {
    let mut house = House::start().await;
    let allowed = house.settings.lucca.clone();
    house.stop_service().await;
    house.settings.lucca = config::load(None, std::iter::empty()).unwrap().lucca;
    house.start_service().await;
    let calls = house.sandbox().ledger().calls.len();
    let report = check(&house, None).await;
    assert_eq!(status(&report, "lucca_url"), Fail);
    assert_eq!(status(&report, "lucca_reachable"), Unverified);
    assert_eq!(house.sandbox().ledger().calls.len(), calls);
    house.stop_service().await;
    house.settings.lucca = allowed;
    house.start_service().await;
    assert_eq!(status(&check(&house, None).await, "lucca_url"), Pass);
}
