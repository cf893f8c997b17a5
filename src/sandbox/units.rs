//! Changing the structure of a running company, as HR would by hand.

use serde::{Deserialize, Deserializer};

use super::{
    company::{Company, Unit, UnitKind},
    control::{Control, ControlError},
};

/// What changes of a department; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DepartmentChange {
    /// The name.
    pub name: Option<String>,
    /// Whether it is used.
    pub is_active: Option<bool>,
    /// The user id of its head; null (`Some(None)`) for none.
    #[serde(deserialize_with = "given")]
    pub head_id: Option<Option<u64>>,
}

/// What changes of an establishment; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EstablishmentChange {
    /// The name.
    pub name: Option<String>,
    /// Whether it is no longer used.
    pub is_archived: Option<bool>,
    /// The id of the legal unit it belongs to; null (`Some(None)`) for none.
    #[serde(deserialize_with = "given")]
    pub legal_unit_id: Option<Option<u64>>,
}

/// Tells null from absent: without this, serde reads both as `None`.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<u64>>, D::Error> {
    Option::deserialize(value).map(Some)
}

fn unit_mut(company: &mut Company, kind: UnitKind, id: u64) -> Result<&mut Unit, ControlError> {
    let unit = company.units.get_mut(&id).filter(|unit| unit.kind == kind);
    unit.ok_or(ControlError::NoSuchThing)
}

impl Control {
    /// Changes a department.
    ///
    /// # Errors
    ///
    /// If no department has this id, or no person has the id of the head.
    pub fn change_department(&self, id: u64, change: DepartmentChange) -> Result<(), ControlError> {
        let company = &mut self.state().company;
        let head = change.head_id.flatten();
        if head.is_some_and(|head| !company.users.contains_key(&head)) {
            return Err(ControlError::NoSuchThing);
        }
        let unit = unit_mut(company, UnitKind::Department, id)?;
        unit.name = change.name.unwrap_or_else(|| unit.name.clone());
        unit.in_use = change.is_active.unwrap_or(unit.in_use);
        unit.head = change.head_id.unwrap_or(unit.head);
        Ok(())
    }

    /// Changes an establishment.
    ///
    /// # Errors
    ///
    /// If no establishment has this id.
    pub fn change_establishment(
        &self,
        id: u64,
        change: EstablishmentChange,
    ) -> Result<(), ControlError> {
        let company = &mut self.state().company;
        let unit = unit_mut(company, UnitKind::Establishment, id)?;
        unit.name = change.name.unwrap_or_else(|| unit.name.clone());
        unit.in_use = change.is_archived.map_or(unit.in_use, |archived| !archived);
        unit.parent = change.legal_unit_id.unwrap_or(unit.parent);
        Ok(())
    }

    /// Adds a department of this name; returns the id.
    pub fn add_department(&self, name: &str) -> u64 {
        self.add_unit(UnitKind::Department, name)
    }

    /// Adds an establishment of this name; returns the id.
    pub fn add_establishment(&self, name: &str) -> u64 {
        self.add_unit(UnitKind::Establishment, name)
    }

    fn add_unit(&self, kind: UnitKind, name: &str) -> u64 {
        let units = &mut self.state().company.units;
        let id = units.keys().next_back().map_or(1, |last| last + 1);
        units.insert(id, Unit::new(kind, id, name, &format!("U{id}")));
        id
    }

    /// Deletes a department, establishment or role. People who had it keep its id.
    ///
    /// # Errors
    ///
    /// If none of them has this id.
    pub fn delete_unit(&self, id: u64) -> Result<(), ControlError> {
        let company = &mut self.state().company;
        if company.unit(UnitKind::LegalUnit, Some(id)).is_some() {
            return Err(ControlError::NoSuchThing);
        }
        let deleted = company.units.remove(&id);
        deleted.map(drop).ok_or(ControlError::NoSuchThing)
    }
}
