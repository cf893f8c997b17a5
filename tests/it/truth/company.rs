//! What is so in the company's Lucca, and in its settings.

use lucca_onboarding::{
    pb::v1::{self, Field, tenant},
    sandbox::{DepartmentChange, ExtensionDefinition, Rights},
};
use serde_json::json;

use super::employee;
use crate::support::House;

/// The department "Produit" of the sandbox's company.
pub fn product(house: &House) -> u64 {
    let users = house.sandbox().users();
    let sample = users.iter().find_map(|it| it.number("departmentId"));
    sample.unwrap()
}

/// Somebody who has the address of the hire, and another login.
pub fn with_its_address(house: &House) {
    let mut members = employee("Dupont", "2020-01-06");
    members["login"] = json!("edupont");
    house.sandbox().add_user(members).unwrap();
}

pub fn with_its_login(house: &House) {
    house
        .sandbox()
        .add_user(employee("Autre", "2020-01-06"))
        .unwrap();
    let other = house.sandbox().users().pop().unwrap().id;
    let login = json!({"login": "dupont@example.com"});
    house.sandbox().update_user(other, login).unwrap();
}

pub fn latest(house: &House) -> u64 {
    house.sandbox().users().pop().unwrap().id
}

pub fn asking(field: Field) -> tenant::Unmatched {
    tenant::Unmatched {
        field: field.into(),
        policy: tenant::unmatched::Policy::Ask.into(),
    }
}

pub fn archived(archived: bool) -> DepartmentChange {
    DepartmentChange {
        is_active: Some(!archived),
        ..DepartmentChange::default()
    }
}

/// Lets the first key do this.
pub fn allow(house: &House, change: fn(&mut Rights)) {
    let mut rights = Rights::default();
    change(&mut rights);
    house.sandbox().set_rights("first", rights).unwrap();
}

pub fn named_manager(name: &str) -> Option<v1::ManagerReference> {
    Some(v1::ManagerReference {
        target: Some(v1::manager_reference::Target::Name(name.into())),
    })
}

pub fn define(house: &House, code: &str) {
    house
        .sandbox()
        .set_extension_definitions(vec![ExtensionDefinition {
            code: code.into(),
            name: code.into(),
            entries: Vec::new(),
        }]);
}
