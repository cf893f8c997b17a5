//! Changing the structure of a running company, as HR would by hand.

use serde::{Deserialize, Deserializer};

use super::{
    control::{Control, ControlError},
    state::State,
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

/// What is given, be it null.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<u64>>, D::Error> {
    Option::deserialize(value).map(Some)
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

impl Control {
    /// Changes a department.
    ///
    /// # Errors
    ///
    /// If there is none with this id, or nobody with the id of the head.
    pub fn change_department(&self, id: u64, change: DepartmentChange) -> Result<(), ControlError> {
        let mut state = self.state();
        let State { company, .. } = &mut *state;
        let head = change.head_id.flatten();
        if head.is_some_and(|head| !company.users.contains_key(&head)) {
            return Err(ControlError::NoSuchThing);
        }
        let department = company.departments.iter_mut().find(|it| it.id == id);
        let department = department.ok_or(ControlError::NoSuchThing)?;
        set(&mut department.name, change.name);
        set(&mut department.active, change.is_active);
        set(&mut department.head, change.head_id);
        Ok(())
    }

    /// Changes an establishment.
    ///
    /// # Errors
    ///
    /// If there is none with this id.
    pub fn change_establishment(
        &self,
        id: u64,
        change: EstablishmentChange,
    ) -> Result<(), ControlError> {
        let mut state = self.state();
        let mut establishments = state.company.establishments.iter_mut();
        let establishment = establishments.find(|it| it.id == id);
        let establishment = establishment.ok_or(ControlError::NoSuchThing)?;
        set(&mut establishment.name, change.name);
        set(&mut establishment.archived, change.is_archived);
        set(&mut establishment.legal_unit, change.legal_unit_id);
        Ok(())
    }

    /// Deletes a department, establishment or role; people who had it keep its id.
    ///
    /// # Errors
    ///
    /// If there is none with this id.
    pub fn delete_unit(&self, id: u64) -> Result<(), ControlError> {
        let mut state = self.state();
        let company = &mut state.company;
        let before = company.departments.len() + company.establishments.len() + company.roles.len();
        company.departments.retain(|it| it.id != id);
        company.establishments.retain(|it| it.id != id);
        company.roles.retain(|it| it.id != id);
        let after = company.departments.len() + company.establishments.len() + company.roles.len();
        if after == before {
            return Err(ControlError::NoSuchThing);
        }
        Ok(())
    }
}
