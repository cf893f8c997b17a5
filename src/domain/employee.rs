//! The employee as Lucca shows them after the creation.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    collaborator::{ManagerReference, Reference},
    dates::CivilDate,
    field::{Field, FieldValue},
    lucca_id::LuccaId,
    matching_key::MatchKey,
    tenant::{Label, Unit, labelled},
};

/// What Lucca shows for one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Shown<T> {
    /// It was not requested, or Lucca does not show it to this API key.
    #[default]
    Hidden,
    /// Nothing is there.
    Nothing,
    /// This is there.
    There(T),
}

impl<T> Shown<T> {
    /// What is there, if it is known.
    pub fn there(&self) -> Option<&T> {
        match self {
            Self::There(value) => Some(value),
            Self::Hidden | Self::Nothing => None,
        }
    }

    /// What is there, changed by a function.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Shown<U> {
        match self {
            Self::Hidden => Shown::Hidden,
            Self::Nothing => Shown::Nothing,
            Self::There(value) => Shown::There(change(value)),
        }
    }

    /// Whether this is what is wanted; `None` when it is not known. An absent `wanted` means
    /// that nothing should be there.
    pub fn is<W>(&self, wanted: Option<&W>, same: impl FnOnce(&T, &W) -> bool) -> Option<bool> {
        match (self, wanted) {
            (Self::Hidden, _) => None,
            (Self::Nothing, None) => Some(true),
            (Self::There(there), Some(wanted)) => Some(same(there, wanted)),
            (Self::Nothing, Some(_)) | (Self::There(_), None) => Some(false),
        }
    }
}

/// An establishment, a department or a role as shown with a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its id.
    pub id: LuccaId,
    /// Its name, if shown.
    pub name: Option<String>,
    /// Its code, if shown.
    pub code: Option<String>,
}

impl Placed {
    /// Whether a reference means this unit. The tenant's label table is consulted first. `None`
    /// when Lucca shows too little to tell.
    pub fn is(&self, unit: Unit, wanted: &Reference, labels: &[Label]) -> Option<bool> {
        let (text, by_name) = match wanted {
            Reference::LuccaId(id) => return Some(self.id == *id),
            Reference::Code(text) => (text, false),
            Reference::Name(text) => (text, true),
        };
        if let Some(label) = labelled(labels, unit, text) {
            return Some(self.id == label.lucca_id);
        }
        let key = MatchKey::of(text);
        let same_code = |code: &String| code.trim().to_lowercase() == text.trim().to_lowercase();
        let code = self.code.as_ref().map(same_code);
        let name = self.name.as_ref().filter(|_| by_name);
        let name = name.map(|name| MatchKey::of(name) == key);
        match (code, name) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            // The text may be a code, and the unit's code is not shown.
            (None, None | Some(false)) => None,
            (Some(false), _) => Some(false),
        }
    }
}

/// A manager as shown with a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenManager {
    /// The user id.
    pub id: LuccaId,
    /// The keys of the full name in both orders, if shown.
    pub names: Vec<MatchKey>,
    /// The folded professional e-mail address, if shown.
    pub email: Option<String>,
    /// The employee number, if shown.
    pub employee_number: Option<String>,
    /// First day of the contract.
    pub start: Shown<CivilDate>,
    /// Last day of the contract.
    pub end: Shown<CivilDate>,
}

impl SeenManager {
    /// Whether the contract runs on this day; `None` when the dates are not shown.
    pub fn is_active(&self, today: CivilDate) -> Option<bool> {
        let holds = |bound: &Shown<CivilDate>, is_met: fn(&CivilDate, &CivilDate) -> bool| {
            (*bound != Shown::Hidden).then(|| bound.there().is_none_or(|day| is_met(day, &today)))
        };
        Some(holds(&self.start, CivilDate::le)? && holds(&self.end, CivilDate::ge)?)
    }

    /// Whether a reference means this person; `None` when Lucca shows too little to tell.
    pub fn is(&self, wanted: &ManagerReference) -> Option<bool> {
        match wanted {
            ManagerReference::LuccaId(id) => Some(self.id == *id),
            ManagerReference::Email(email) => Some(*self.email.as_ref()? == email.folded()),
            ManagerReference::EmployeeNumber(number) => {
                Some(self.employee_number.as_ref()?.trim() == number.as_str())
            }
            ManagerReference::Name(name) => {
                (!self.names.is_empty()).then(|| self.names.contains(&MatchKey::of(name)))
            }
        }
    }
}

/// An employee as Lucca shows them. Personal data: never stored.
#[derive(Clone, Default, PartialEq)]
pub struct Employee {
    /// Texts and dates by field; a field that is not here is hidden. Lucca's examples show
    /// family names in capitals.
    pub values: BTreeMap<Field, Shown<FieldValue>>,
    /// Establishment.
    pub establishment: Shown<Placed>,
    /// Department.
    pub department: Shown<Placed>,
    /// Primary role.
    pub role: Shown<Placed>,
    /// Manager.
    pub manager: Shown<SeenManager>,
    /// Custom data by code, each as its bare value; `None` when they could not be read.
    pub extended_data: Option<BTreeMap<String, Value>>,
}

impl std::fmt::Debug for Employee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Employee(…)")
    }
}

impl Employee {
    /// The text or date that Lucca shows for a field.
    pub fn shown(&self, field: Field) -> &Shown<FieldValue> {
        self.values.get(&field).unwrap_or(&Shown::Hidden)
    }

    /// The date that Lucca shows for a field.
    pub fn date(&self, field: Field) -> Shown<CivilDate> {
        match self.shown(field) {
            Shown::There(FieldValue::Date(date)) => Shown::There(*date),
            Shown::Nothing => Shown::Nothing,
            Shown::Hidden | Shown::There(_) => Shown::Hidden,
        }
    }

    /// The unit of this kind that the person belongs to.
    pub fn unit(&self, unit: Unit) -> &Shown<Placed> {
        match unit {
            Unit::Establishment => &self.establishment,
            Unit::Department => &self.department,
            Unit::Role => &self.role,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: i64) -> LuccaId {
        LuccaId::try_from(number).unwrap()
    }

    fn date(text: &str) -> CivilDate {
        CivilDate::parse_iso(text).unwrap()
    }

    #[test]
    fn a_unit_is_recognised_by_id_label_code_or_name_and_never_guessed() {
        let placed = |name: Option<&str>, code: Option<&str>| Placed {
            id: id(14),
            name: name.map(str::to_owned),
            code: code.map(str::to_owned),
        };
        let whole = || placed(Some("Siège Lyon"), Some("LYO"));
        let labels = [Label {
            field: Field::Department,
            label: "R&D Lyon".into(),
            lucca_id: id(14),
        }];
        let name = |text: &str| Reference::Name(text.into());
        let code = |text: &str| Reference::Code(text.into());
        let table = [
            (whole(), Reference::LuccaId(id(14)), Some(true)),
            (whole(), Reference::LuccaId(id(15)), Some(false)),
            (whole(), name("SIEGE lyon"), Some(true)),
            (whole(), name("lyo"), Some(true)),
            (whole(), code("lyo"), Some(true)),
            (whole(), code("Siège Lyon"), Some(false)),
            (whole(), name("Paris"), Some(false)),
            (whole(), name("r&d lyon"), Some(true)),
            (placed(None, None), name("Paris"), None),
            (placed(Some("Siège Lyon"), None), name("Paris"), None),
            (placed(Some("Siège Lyon"), None), code("LYO"), None),
            (
                placed(Some("Siège Lyon"), None),
                name("Siège Lyon"),
                Some(true),
            ),
        ];
        for (placed, wanted, expected) in table {
            let found = placed.is(Unit::Department, &wanted, &labels);
            assert_eq!(found, expected, "{placed:?} {wanted:?}");
        }
        // A label of another field says nothing.
        let elsewhere = whole().is(Unit::Role, &name("R&D Lyon"), &labels);
        assert_eq!(elsewhere, Some(false));
    }

    #[test]
    fn a_manager_is_active_only_while_the_contract_runs() {
        let manager = |start, end| SeenManager {
            id: id(7),
            names: Vec::new(),
            email: None,
            employee_number: None,
            start,
            end,
        };
        use Shown::{Hidden, Nothing, There};
        let today = date("2027-01-04");
        let table = [
            (There(date("2020-01-01")), Nothing, Some(true)),
            (There(today), There(today), Some(true)),
            (There(date("2027-01-05")), Nothing, Some(false)),
            (
                There(date("2020-01-01")),
                There(date("2027-01-03")),
                Some(false),
            ),
            (Hidden, Nothing, None),
            (There(date("2020-01-01")), Hidden, None),
        ];
        for (start, end, expected) in table {
            let manager = manager(start, end);
            assert_eq!(manager.is_active(today), expected, "{manager:?}");
        }
    }
}
