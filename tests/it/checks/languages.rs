//! Reports in English and in French.

use super::{check_in, the};
use crate::support::{House, collaborator};

#[tokio::test]
async fn the_first_known_language_that_the_caller_accepts_is_spoken() {
    let house = House::start().await;
    for (accepted, expected) in [
        ("en", "Hires are accepted."),
        ("fr", "Les embauches sont prises en compte."),
        (
            "fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5",
            "Les embauches sont prises en compte.",
        ),
        ("fr;q=0.1, en;q=0.2", "Les embauches sont prises en compte."),
        ("en, fr", "Hires are accepted."),
        ("de, it", "Hires are accepted."),
    ] {
        let report = check_in(&house, accepted, None).await;
        assert_eq!(
            the(&report, "tenant_enabled").message,
            expected,
            "{accepted}"
        );
    }
}

#[tokio::test]
async fn nothing_in_a_french_report_is_english() {
    let house = House::start().await;
    let mut sample = collaborator("Beauregard");
    sample.department = crate::support::named("Produits");
    let english = check_in(&house, "en", Some(sample.clone())).await;
    let french = check_in(&house, "fr", Some(sample)).await;
    assert_eq!(english.checks.len(), french.checks.len());
    for (en, fr) in english.checks.iter().zip(&french.checks) {
        assert_eq!((&en.id, en.status), (&fr.id, fr.status));
        assert_ne!(en.message, fr.message, "{}", en.id);
        assert_eq!(en.fix.is_empty(), fr.fix.is_empty(), "{}", en.id);
        if !en.fix.is_empty() {
            assert_ne!(en.fix, fr.fix, "{}", en.id);
        }
    }
}
