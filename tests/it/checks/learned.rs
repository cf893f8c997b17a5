//! What creations teach about default values of Lucca's HR file.

use lucca_onboarding::{
    pb::v1::{
        self, Field, State,
        check_defaults_response::check::Status::{Fail, Pass, Unverified, Warn},
    },
    sandbox::{HrFileDefaults, Options},
};

use super::{change, check, check_in, generous, retry, status, the};
use crate::support::{House, collaborator, hire};

/// The day in the tenant's zone, as reports write it; the test may run over midnight.
fn today_or_yesterday() -> [String; 2] {
    let zone = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
    let today = jiff::Timestamp::now().to_zoned_datetime(zone).date();
    [today, today.yesterday().unwrap()].map(|day| day.to_string())
}

fn says_a_day(message: &str, before: &str, after: &str) -> bool {
    today_or_yesterday()
        .iter()
        .any(|day| message.contains(&format!("{before}{day}{after}")))
}

/// A tenant that leaves this field to Lucca, and gives no value of its own.
async fn leaving(field: Field) -> House {
    generous(Options::default(), |tenant| {
        if field == Field::Role {
            tenant.defaults = None;
        }
        tenant.lucca_defaults = vec![field.into()];
    })
    .await
}

/// A hire that does not say this.
fn without(field: Field, name: &str) -> v1::Collaborator {
    let mut hire = collaborator(name);
    match field {
        Field::Establishment => hire.establishment = None,
        Field::Department => hire.department = None,
        _ => {}
    }
    hire
}

fn default_in_lucca(house: &House, field: Field) {
    let defaults = match field {
        Field::Establishment => HrFileDefaults {
            legal_entity_id: Some(11),
            ..HrFileDefaults::default()
        },
        Field::Department => HrFileDefaults {
            department_id: Some(102),
            ..HrFileDefaults::default()
        },
        Field::Role => HrFileDefaults {
            role_principal_id: Some(51),
            ..HrFileDefaults::default()
        },
        _ => HrFileDefaults {
            login: true,
            ..HrFileDefaults::default()
        },
    };
    house
        .sandbox()
        .change_switches(|switches| switches.hr_file_defaults = defaults);
}

#[tokio::test]
async fn a_default_of_the_hr_file_is_unknown_then_refuted_then_verified() {
    for (field, id) in [
        (Field::Establishment, "default_establishment"),
        (Field::Department, "default_department"),
        (Field::Role, "default_role"),
        (Field::Login, "default_login"),
    ] {
        let mut house = leaving(field).await;
        assert_eq!(status(&check(&house, None).await, id), Unverified, "{id}");

        // Lucca has no such default after all.
        let waiting = house
            .create(hire("a-1", without(field, "Beauregard")))
            .await
            .unwrap();
        assert_eq!(waiting.state(), State::NeedsAttention, "{id}");
        let report = check(&house, None).await;
        assert_eq!(status(&report, id), Fail);
        assert!(!report.ready);
        let message = &the(&report, id).message;
        assert!(says_a_day(message, "On ", " Lucca refused"), "{message}");
        assert!(message.contains("(refuted)"), "{message}");
        let french = check_in(&house, "fr", None).await;
        assert!(the(&french, id).message.contains("(infirmé)"));
        assert!(the(&french, id).fix.contains("Valeurs par défaut"));

        // The fix: set it in Lucca, and try again.
        default_in_lucca(&house, field);
        retry(&house, "LUCCA_REFUSED").await;
        house.until("test", "a-1", State::Created).await;
        let verified = async |house: &House| {
            let report = check(house, None).await;
            assert_eq!(status(&report, id), Pass);
            let message = &the(&report, id).message;
            assert!(says_a_day(message, "(verified on ", ")"), "{message}");
        };
        verified(&house).await;

        // It is remembered, until the declaration goes.
        house.stop_service().await;
        house.start_service().await;
        verified(&house).await;
        change(&house, &["lucca_defaults"], v1::Tenant::default()).await;
        let declared = v1::Tenant {
            lucca_defaults: vec![field.into()],
            ..v1::Tenant::default()
        };
        change(&house, &["lucca_defaults"], declared).await;
        assert_eq!(status(&check(&house, None).await, id), Unverified, "{id}");
    }
}

#[tokio::test]
async fn a_default_that_lucca_loses_later_is_doubted() {
    let house = leaving(Field::Role).await;
    default_in_lucca(&house, Field::Role);
    let created = house
        .create(hire("a-1", collaborator("Beauregard")))
        .await
        .unwrap();
    assert_eq!(created.state(), State::Created);
    house
        .sandbox()
        .change_switches(|switches| switches.hr_file_defaults = HrFileDefaults::default());
    let waiting = house
        .create(hire("a-2", collaborator("Carpentier")))
        .await
        .unwrap();
    assert_eq!(waiting.state(), State::NeedsAttention);
    let report = check(&house, None).await;
    let found = the(&report, "default_role");
    assert_eq!(found.status(), Warn);
    assert!(
        says_a_day(&found.message, "but on ", " Lucca refused"),
        "{}",
        found.message
    );
}

#[tokio::test]
async fn a_culture_is_verified_by_the_first_creation_with_it() {
    let house = generous(Options::default(), |tenant| {
        tenant.defaults = Some(v1::tenant::Defaults {
            role_id: 51,
            culture_id: 2060,
            ..v1::tenant::Defaults::default()
        });
    })
    .await;
    let culture = async || status(&check(&house, None).await, "default_culture");
    assert_eq!(culture().await, Unverified);
    house
        .create(hire("a-1", collaborator("Beauregard")))
        .await
        .unwrap();
    assert_eq!(culture().await, Pass);
}
