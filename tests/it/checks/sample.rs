//! What would become of a hire, and what becomes of it.

use lucca_onboarding::{
    pb::{
        v1::{
            self, Field, State,
            check_defaults_response::check::Status::{Fail, Pass, Warn},
        },
        values,
    },
    sandbox::Options,
};
use serde_json::json;

use super::{check, generous, status, the};
use crate::support::{House, collaborator, hire, named, tenant};

fn preview(report: &v1::CheckDefaultsResponse) -> Option<serde_json::Value> {
    let kind = report
        .preview
        .clone()
        .map(prost_types::value::Kind::StructValue);
    kind.map(|kind| values::json(&prost_types::Value { kind: Some(kind) }))
}

fn text(value: serde_json::Value) -> prost_types::Value {
    values::value(&value)
}

/// Hires that are resolved in every way.
fn hires() -> Vec<v1::Collaborator> {
    let base = |name: &str| collaborator(name);
    let manager = |target| {
        Some(v1::ManagerReference {
            target: Some(target),
        })
    };
    vec![
        base("Beauregard"),
        v1::Collaborator {
            department: None,
            establishment: None,
            ..base("Carpentier")
        },
        v1::Collaborator {
            department: named("R&D Lyon"),
            manager: manager(v1::manager_reference::Target::Name("MARTIN Jean".into())),
            professional_email: "delacroix@example.org".into(),
            login: "ydelacroix".into(),
            ..base("Delacroix")
        },
        v1::Collaborator {
            department: named("Rien de tel"),
            manager: manager(v1::manager_reference::Target::Name("Nicolas Martin".into())),
            job_title: "Cheffe de projet".into(),
            birth_date: "1990-02-28".into(),
            contract_end_date: "2027-12-31".into(),
            employee_number: "A-77".into(),
            personal_phone: "+33612345678".into(),
            extended_data: [
                ("e_badge".to_owned(), text(json!("B-7"))),
                ("e_tshirt".to_owned(), text(json!(2))),
            ]
            .into(),
            ..base("Évrard")
        },
    ]
}

#[tokio::test]
async fn the_preview_is_to_the_byte_what_is_sent_for_the_same_hire() {
    let house = generous(Options::default(), |tenant| {
        tenant.defaults = Some(v1::tenant::Defaults {
            establishment_id: 13,
            department_id: 106,
            role_id: 51,
            culture_id: 1036,
        });
        tenant.labels = vec![v1::tenant::Label {
            field: Field::Department.into(),
            label: "R&D Lyon".into(),
            lucca_id: 107,
        }];
    })
    .await;
    for (number, sample) in hires().into_iter().enumerate() {
        let name = sample.family_name.clone();
        let report = check(&house, Some(sample.clone())).await;
        assert_eq!(status(&report, "sample"), Pass, "{name}");
        assert_eq!(house.sandbox().ledger().creations().len(), number, "{name}");
        let created = house
            .create(hire(&name.to_lowercase().replace('é', "e"), sample))
            .await
            .unwrap();
        assert_eq!(created.state(), State::Created, "{name}");
        let sent = house.sandbox().ledger().creations()[number].body.clone();
        let bytes = |body: Option<serde_json::Value>| serde_json::to_vec(&body.unwrap()).unwrap();
        assert_eq!(bytes(preview(&report)), bytes(sent), "{name}");
        // Every warning of the hire was told before, and no other.
        let told: Vec<&str> = report
            .checks
            .iter()
            .filter_map(|check| check.id.strip_prefix("sample_"))
            .filter(|id| *id != "extended_data")
            .collect();
        let warned: Vec<String> = created
            .warnings
            .iter()
            .map(|it| it.code.to_lowercase())
            .collect();
        assert_eq!(told, warned, "{name}");
    }
}

#[tokio::test]
async fn custom_data_that_lucca_does_not_know_are_told_before_a_hire_is_sent() {
    let house = House::start().await;
    for (data, words) in [
        (("e_unknown", json!("x")), "“e_unknown” is unknown"),
        (
            ("e_tshirt", json!(9)),
            "“e_tshirt” needs an entry of its list, by number or name: 1 (S), 2 (M) and 3 (L)",
        ),
    ] {
        let sample = v1::Collaborator {
            extended_data: [(data.0.to_owned(), text(data.1))].into(),
            ..collaborator("Beauregard")
        };
        let report = check(&house, Some(sample)).await;
        let found = the(&report, "sample_extended_data");
        assert_eq!(found.status(), Fail);
        assert!(found.message.contains(words), "{}", found.message);
        assert!(
            found.fix.contains("e_badge (Numéro de badge)"),
            "{}",
            found.fix
        );
        assert!(!report.ready && report.preview.is_none());
    }
}

#[tokio::test]
async fn a_tenant_without_a_role_is_not_ready() {
    let house = House::without_tenant(Options::default()).await;
    let url = house.lucca_url();
    let unplaced = v1::Tenant {
        defaults: None,
        webhook: None,
        ..tenant(&url)
    };
    house.create_tenant(unplaced).await.unwrap();
    let report = check(&house, Some(collaborator("Beauregard"))).await;
    assert!(!report.ready);
    for (id, expected) in [
        ("default_establishment", Warn),
        ("default_department", Warn),
        ("default_role", Fail),
        ("webhook_auth", Warn),
        ("sample", Fail),
    ] {
        assert_eq!(status(&report, id), expected, "{id}");
    }
}

#[tokio::test]
async fn a_default_is_listed_with_its_name_in_lucca() {
    let house = House::start().await;
    let report = check(&house, None).await;
    let role = &report.defaults[2];
    assert_eq!(
        (role.field(), role.lucca_id, role.label.as_str()),
        (Field::Role, crate::support::ROLE, "Collaborateur")
    );
}
