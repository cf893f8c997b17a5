//! Units that went out of use.

use lucca_onboarding::sandbox::{DepartmentChange, EstablishmentChange};

use super::{created, sent};
use crate::support::{House, collaborator, hire};

/// How a unit goes out of use.
#[derive(Clone, Copy, Debug)]
enum Change {
    Archived,
    Renamed,
    Deleted,
}

fn department(house: &House, id: u64, change: Change) {
    let sandbox = house.sandbox();
    let done = match change {
        Change::Archived => sandbox.change_department(
            id,
            DepartmentChange {
                is_active: Some(false),
                ..DepartmentChange::default()
            },
        ),
        Change::Renamed => sandbox.change_department(
            id,
            DepartmentChange {
                name: Some("Produit (ancien)".into()),
                ..DepartmentChange::default()
            },
        ),
        Change::Deleted => sandbox.delete_unit(id),
    };
    done.unwrap();
}

fn establishment(house: &House, id: u64, change: Change) {
    let sandbox = house.sandbox();
    let done = match change {
        Change::Archived => sandbox.change_establishment(
            id,
            EstablishmentChange {
                is_archived: Some(true),
                ..EstablishmentChange::default()
            },
        ),
        Change::Renamed => sandbox.change_establishment(
            id,
            EstablishmentChange {
                name: Some("Siège (ancien)".into()),
                ..EstablishmentChange::default()
            },
        ),
        Change::Deleted => sandbox.delete_unit(id),
    };
    done.unwrap();
}

#[tokio::test]
async fn a_unit_that_went_out_of_use_beside_a_new_one_of_its_name_is_noticed_within_a_minute() {
    for change in [Change::Archived, Change::Renamed, Change::Deleted] {
        let house = House::start().await;
        created(&house, "a-1", "Avant").await;
        let (old, site) = (sent(&house, "departmentId"), sent(&house, "legalEntityId"));
        department(&house, old, change);
        establishment(&house, site, change);
        let new = house.sandbox().add_department("Produit");
        let new_site = house.sandbox().add_establishment("Siège Paris");
        house.clock.pass(70);
        let before = house.sandbox().ledger().calls.len();
        created(&house, "a-2", "Apres").await;
        assert_eq!(sent(&house, "departmentId"), new, "{change:?}");
        assert_eq!(sent(&house, "legalEntityId"), new_site, "{change:?}");
        // People, three kinds of units, and the creation.
        let cold = house.sandbox().ledger().calls.len() - before;
        assert!(cold <= 5, "{cold} calls once the units are old");
        created(&house, "a-3", "Ensuite").await;
        let warm = house.sandbox().ledger().calls.len() - before - cold;
        assert!(warm <= 2, "{warm} calls on fresh units");
    }
}

#[tokio::test]
async fn a_unit_that_goes_out_of_use_just_before_the_call_is_asked_about_by_its_name() {
    for change in [Change::Archived, Change::Deleted] {
        let house = House::start().await;
        created(&house, "a-1", "Avant").await;
        department(&house, sent(&house, "departmentId"), change);
        let asked = house.create(hire("a-2", collaborator("Apres"))).await;
        let problem = asked.unwrap().problem.unwrap();
        assert_eq!(problem.code, "DEFAULT_MISSING", "{change:?}");
        assert!(problem.message.contains("department"), "{problem:?}");
    }
}
