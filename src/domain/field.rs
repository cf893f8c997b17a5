//! The fields of a hire: one table that everything else follows.
//!
//! A row of the table makes the member of [`Draft`] and the functions by which a field is read,
//! set, copied and compared without naming it. Amendments, differences, resolution, the body sent
//! to Lucca, what is read back, field masks, messages and webhooks all go through these functions.
//! `docs/ARCHITECTURE.md` has an example of adding a field.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{
    collaborator::{ManagerReference, Reference},
    dates::CivilDate,
    email::EmailAddress,
    text::{
        EmployeeNumber, FamilyName, GivenName, JobTitle, Login, Nationality, Phone, ValueError,
    },
};

/// A field of a hire, or the culture, which Lucca gets from the tenant's settings.
///
/// Stored, and named in the proto contract, in snake case.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Field {
    Establishment,
    Department,
    Role,
    Login,
    Culture,
    Manager,
    FamilyName,
    GivenName,
    ProfessionalEmail,
    PersonalEmail,
    ContractStartDate,
    ContractEndDate,
    EmployeeNumber,
    JobTitle,
    PersonalPhone,
    BirthDate,
    ExtendedData,
    Nationality,
}

impl Field {
    /// The field's name in the proto contract.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// The value of any field.
#[derive(Clone, PartialEq)]
pub enum FieldValue {
    /// A text; a name of a unit or a manager when it is set.
    Text(String),
    /// A day.
    Date(CivilDate),
    /// An establishment, a department or a role.
    Unit(Reference),
    /// A manager.
    Manager(ManagerReference),
    /// Custom data by code (`e_…`).
    Custom(BTreeMap<String, Json>),
}

impl FieldValue {
    /// A text or a day as text; other values have none.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Date(date) => Some(date.to_string()),
            Self::Unit(_) | Self::Manager(_) | Self::Custom(_) => None,
        }
    }
}

impl fmt::Debug for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FieldValue(…)")
    }
}

/// Which variant of [`FieldValue`] a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Kind {
    Text,
    Date,
    Unit,
    Manager,
    Custom,
}

/// The names that a field goes by in events of webhooks.
#[derive(Clone, Copy, Debug)]
pub struct EventNames {
    /// The name in settings and reports.
    pub canonical: &'static str,
    /// Other spellings in lower case, without accents and separators; separated by spaces.
    pub aliases: &'static str,
    /// Words that mean the field only when the event has no other value for it; as `aliases`.
    pub fallbacks: &'static str,
}

/// What the table needs to know of a member's type.
trait Member: Default {
    const KIND: Kind;

    /// `None` if the member is empty.
    fn value(&self) -> Option<FieldValue>;

    fn read(value: FieldValue) -> Result<Self, ValueError>;
}

/// Makes [`Draft`] and the functions over its members. A row has the member, its type, its
/// [`Field`], the name of that in the body of a user of Lucca's API v3
/// (`api-reference/legacy/directory/user`), and its [`EventNames`], empty if events do not carry
/// the field.
macro_rules! fields_of_a_hire {
    ($($(#[$attribute:meta])* $member:ident: $type:ty, $field:ident, $in_lucca:literal,
        $canonical:literal, $aliases:literal, $fallbacks:literal;)*) => {
        /// A hire's data as far as it is known; each value is well-formed, any may be missing.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Draft {
            $($(#[$attribute])* pub $member: $type,)*
        }

        impl Field {
            /// The fields of a hire.
            pub const OF_HIRE: &'static [Self] = &[$(Self::$field),*];

            /// The kind of the field's value; the culture's, an LCID, counts as text.
            pub fn kind(self) -> Kind {
                match self {
                    $(Self::$field => <$type>::KIND,)*
                    Self::Culture => Kind::Text,
                }
            }

            /// The member of a user that holds the field in what is sent to Lucca.
            pub fn in_lucca(self) -> &'static str {
                match self {
                    $(Self::$field => $in_lucca,)*
                    Self::Culture => "cultureID",
                }
            }

            /// The field's names in events of webhooks; `None` if events do not carry it.
            pub fn in_events(self) -> Option<EventNames> {
                let (canonical, aliases, fallbacks) = match self {
                    $(Self::$field => ($canonical, $aliases, $fallbacks),)*
                    Self::Culture => return None,
                };
                (!canonical.is_empty()).then_some(EventNames {
                    canonical,
                    aliases,
                    fallbacks,
                })
            }
        }

        impl Draft {
            /// The field's value, if it has one.
            pub fn get(&self, field: Field) -> Option<FieldValue> {
                match field {
                    $(Field::$field => self.$member.value(),)*
                    Field::Culture => None,
                }
            }

            /// Sets a field.
            ///
            /// # Errors
            /// [`ValueError`]; the field is then as it was.
            pub fn set(&mut self, field: Field, value: FieldValue) -> Result<(), ValueError> {
                match field {
                    $(Field::$field => self.$member = Member::read(value)?,)*
                    Field::Culture => return Err(ValueError::OtherKind),
                }
                Ok(())
            }

            /// Makes a field what it is in another draft, empty too.
            pub fn copy(&mut self, field: Field, from: &Self) {
                match field {
                    $(Field::$field => self.$member.clone_from(&from.$member),)*
                    Field::Culture => {}
                }
            }

            /// The fields in which two drafts differ.
            pub fn differences(&self, other: &Self) -> Vec<Field> {
                let differing = [$((Field::$field, self.$member != other.$member)),*];
                let fields = differing.into_iter().filter(|(_, differs)| *differs);
                fields.map(|(field, _)| field).collect()
            }
        }
    };
}

fields_of_a_hire! {
    /// Family name.
    family_name: Option<FamilyName>, FamilyName, "lastName",
        "last_name", "familyname surname nom nomdefamille", "";
    /// Given name.
    given_name: Option<GivenName>, GivenName, "firstName",
        "first_name", "givenname prenom", "";
    /// Private e-mail address.
    personal_email: Option<EmailAddress>, PersonalEmail, "personalEmail",
        "personal_email",
        "privateemail emailperso emailpersonnel mailperso mailpersonnel courrielpersonnel",
        "email mail courriel emailaddress adresseemail";
    /// Professional e-mail address.
    professional_email: Option<EmailAddress>, ProfessionalEmail, "mail",
        "professional_email",
        "workemail emailpro emailprofessionnel mailpro mailprofessionnel courrielprofessionnel",
        "";
    /// Login in Lucca.
    login: Option<Login>, Login, "login",
        "login", "identifiant username", "";
    /// First day of the contract.
    contract_start_date: Option<CivilDate>, ContractStartDate, "dtContractStart",
        "contract_start_date",
        "startdate datedebut datededebut datedebutcontrat datedebutducontrat \
         datededebutcontrat datededebutdecontrat datededebutducontrat dateprisedeposte \
         datedeprisedeposte dateentree datedentree",
        "hiredate dateembauche datedembauche";
    /// Last day of the contract.
    contract_end_date: Option<CivilDate>, ContractEndDate, "dtContractEnd",
        "contract_end_date",
        "enddate datefin datedefin datefincontrat datefinducontrat datedefincontrat \
         datedefindecontrat datedefinducontrat",
        "";
    /// Establishment.
    establishment: Option<Reference>, Establishment, "legalEntityId",
        "establishment",
        "etablissement establishmentname nometablissement",
        "legalentity entitelegale entite";
    /// Department.
    department: Option<Reference>, Department, "departmentId",
        "department", "departement departmentname nomdepartement service", "";
    /// Primary role.
    role: Option<Reference>, Role, "rolePrincipalId",
        "role", "primaryrole mainrole roleprincipal", "";
    /// Manager.
    manager: Option<ManagerReference>, Manager, "managerId",
        "manager_name",
        "manager nommanager nomdumanager nomresponsable nomduresponsable",
        "responsable";
    /// Employee number.
    employee_number: Option<EmployeeNumber>, EmployeeNumber, "employeeNumber",
        "employee_number", "matricule numeroemploye numeroemployee", "";
    /// Job title.
    job_title: Option<JobTitle>, JobTitle, "jobTitle",
        "job_title", "intituleposte intituledeposte intituleduposte poste fonction", "position";
    /// Private mobile phone.
    personal_phone: Option<Phone>, PersonalPhone, "personalMobile",
        "personal_phone",
        "telephonepersonnel telephoneperso mobilepersonnel",
        "phone phonenumber mobile mobilephone portable telephone numerodetelephone";
    /// Date of birth.
    birth_date: Option<CivilDate>, BirthDate, "birthDate",
        "birth_date", "dateofbirth birthdate datenaissance datedenaissance", "";
    /// Custom data by code (`e_…`).
    extended_data: BTreeMap<String, Json>, ExtendedData, "extendedData", "", "", "";
    /// Nationality. Absent, it is left out of the stored form, which is part of the fingerprint of
    /// a request id: calls made before the field existed can still be repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    nationality: Option<Nationality>, Nationality, "nationalityId",
        "nationality",
        "nationalityid nationalitycode nationalityiso nationalite codenationalite \
         idnationalite",
        "";
}

/// Parses a value that was set as a text.
fn parse<T>(
    value: FieldValue,
    parse: impl FnOnce(&str) -> Result<T, ValueError>,
) -> Result<Option<T>, ValueError> {
    match value {
        FieldValue::Text(text) => parse(&text).map(Some),
        _ => Err(ValueError::OtherKind),
    }
}

macro_rules! text_members {
    ($($type:ident),*) => {
        $(impl Member for Option<$type> {
            const KIND: Kind = Kind::Text;

            fn value(&self) -> Option<FieldValue> {
                let value = self.as_ref()?;
                Some(FieldValue::Text(value.as_str().to_owned()))
            }

            fn read(value: FieldValue) -> Result<Self, ValueError> {
                parse(value, $type::parse)
            }
        })*
    };
}

text_members!(
    EmailAddress,
    EmployeeNumber,
    FamilyName,
    GivenName,
    JobTitle,
    Login,
    Nationality,
    Phone
);

impl Member for Option<CivilDate> {
    const KIND: Kind = Kind::Date;

    fn value(&self) -> Option<FieldValue> {
        self.map(FieldValue::Date)
    }

    fn read(value: FieldValue) -> Result<Self, ValueError> {
        match value {
            FieldValue::Date(date) => date.from_outside().map(Some),
            other => parse(other, |text| CivilDate::parse_iso(text)?.from_outside()),
        }
    }
}

impl Member for Option<Reference> {
    const KIND: Kind = Kind::Unit;

    fn value(&self) -> Option<FieldValue> {
        self.clone().map(FieldValue::Unit)
    }

    fn read(value: FieldValue) -> Result<Self, ValueError> {
        match value {
            FieldValue::Unit(reference) => Ok(Some(reference)),
            other => parse(other, Reference::named),
        }
    }
}

impl Member for Option<ManagerReference> {
    const KIND: Kind = Kind::Manager;

    fn value(&self) -> Option<FieldValue> {
        self.clone().map(FieldValue::Manager)
    }

    fn read(value: FieldValue) -> Result<Self, ValueError> {
        match value {
            FieldValue::Manager(reference) => Ok(Some(reference)),
            other => parse(other, ManagerReference::named),
        }
    }
}

impl Member for BTreeMap<String, Json> {
    const KIND: Kind = Kind::Custom;

    fn value(&self) -> Option<FieldValue> {
        (!self.is_empty()).then(|| FieldValue::Custom(self.clone()))
    }

    fn read(value: FieldValue) -> Result<Self, ValueError> {
        match value {
            FieldValue::Custom(data) => Ok(data),
            _ => Err(ValueError::OtherKind),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn full() -> Draft {
        let mut draft = Draft::default();
        for field in Field::OF_HIRE {
            let value = match field.kind() {
                Kind::Custom => FieldValue::Custom([("e_quote".to_owned(), json!("x"))].into()),
                Kind::Date => FieldValue::Text("2027-01-04".to_owned()),
                _ if *field == Field::Nationality => FieldValue::Text("FR".to_owned()),
                _ if field.name().ends_with("email") => FieldValue::Text("a@b.example".to_owned()),
                _ => FieldValue::Text("Lyon".to_owned()),
            };
            draft.set(*field, value).unwrap();
        }
        draft
    }

    #[test]
    fn every_field_is_set_read_copied_and_compared_by_the_table() {
        let full = full();
        for field in Field::OF_HIRE {
            let value = full.get(*field).unwrap();
            let mut one = Draft::default();
            one.copy(*field, &full);
            assert_eq!(one.differences(&Draft::default()), [*field]);
            let mut other = Draft::default();
            other.set(*field, value).unwrap();
            assert_eq!(one, other);
            other.copy(*field, &Draft::default());
            assert_eq!(
                other,
                Draft::default(),
                "a field is cleared by copying nothing"
            );
        }
        assert!(full.differences(&full).is_empty());
    }

    #[test]
    fn every_field_is_stored_under_its_name_and_as_the_member_of_that_name() {
        let stored = serde_json::to_value(full()).unwrap();
        assert_eq!(stored.as_object().unwrap().len(), Field::OF_HIRE.len());
        for field in Field::OF_HIRE {
            assert!(stored.get(field.name()).is_some(), "{field:?}");
            assert_eq!(serde_json::to_value(field).unwrap(), field.name());
            assert_eq!(field.name().parse(), Ok(*field));
        }
    }

    #[test]
    fn a_draft_without_the_newer_fields_is_stored_as_before_they_existed() {
        let stored = serde_json::to_string(&Draft::default()).unwrap();
        assert!(
            stored.ends_with(r#""birth_date":null,"extended_data":{}}"#),
            "{stored}"
        );
    }

    #[test]
    fn what_the_first_versions_stored_is_read() {
        let stored = json!({
            "family_name": "Dupont", "contract_start_date": "2027-01-04",
            "establishment": {"name": "Lyon"}, "manager": {"lucca_id": 7}, "birth_date": null,
            "extended_data": {"e_quote": 1}
        });
        let draft: Draft = serde_json::from_value(stored).unwrap();
        assert_eq!(draft.family_name, FamilyName::parse("Dupont").ok());
        assert_eq!(
            draft.establishment,
            Some(Reference::Name("Lyon".to_owned()))
        );
        assert_eq!(draft.extended_data["e_quote"], json!(1));
        assert!(draft.manager.is_some() && draft.birth_date.is_none());
    }

    #[test]
    fn dates_of_hires_are_of_the_years_1900_to_2200() {
        let dates = Field::OF_HIRE.iter().filter(|it| it.kind() == Kind::Date);
        for field in dates {
            for (text, fits) in [
                ("1899-12-31", false),
                ("1900-01-01", true),
                ("2200-12-31", true),
                ("2201-01-01", false),
                ("0000-01-01", false),
                ("9999-12-31", false),
            ] {
                let date = CivilDate::parse_iso(text).unwrap();
                for value in [FieldValue::Text(text.to_owned()), FieldValue::Date(date)] {
                    let set = Draft::default().set(*field, value);
                    assert_eq!(set.is_ok(), fits, "{field:?} {text}: {set:?}");
                }
            }
        }
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused_and_changes_nothing() {
        let mut draft = full();
        let text = |text: &str| FieldValue::Text(text.to_owned());
        for (field, value) in [
            (Field::FamilyName, text("a\0b")),
            (Field::ContractStartDate, text("04/01/2027")),
            (Field::Department, text(" ")),
            (Field::Manager, text(&"x".repeat(256))),
            (Field::ExtendedData, text("x")),
            (Field::Role, FieldValue::Date(draft.birth_date.unwrap())),
            (Field::Login, FieldValue::Custom(BTreeMap::new())),
            (Field::Culture, text("1036")),
        ] {
            assert!(draft.set(field, value).is_err(), "{field:?}");
        }
        assert_eq!(draft, full());
    }
}
