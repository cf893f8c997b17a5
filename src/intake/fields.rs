//! The fields of an event and the names they go by.

use EventField::{
    ApplicationId, CandidateId, Hire, Id, ManagerEmail, SendToLucca, Timestamp, Type,
};

use crate::domain::{field::Field, matching_key::MatchKey};

/// A field of an event: one of the event itself, or one of the hire it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(
    missing_docs,
    reason = "the names say it; the table below gives their spellings"
)]
pub enum EventField {
    Id,
    Type,
    Timestamp,
    ApplicationId,
    CandidateId,
    SendToLucca,
    /// Another way to send the hire's manager.
    ManagerEmail,
    Hire(Field),
}

/// A row of the table of names.
pub(super) struct Names {
    field: EventField,
    /// The name in settings and reports.
    canonical: &'static str,
    /// Other spellings, folded by [`fold`] and separated by spaces.
    aliases: &'static str,
    /// Words that mean the field only when the event has no other value for it; as `aliases`.
    fallbacks: &'static str,
}

impl Names {
    /// Whether a folded key is the canonical name or an alias.
    pub(super) fn has(&self, key: &str) -> bool {
        let canonical = self.canonical.bytes().filter(|byte| *byte != b'_');
        canonical.eq(key.bytes()) || has(self.aliases, key)
    }

    pub(super) fn has_fallback(&self, key: &str) -> bool {
        has(self.fallbacks, key)
    }
}

fn has(names: &str, key: &str) -> bool {
    names.split_whitespace().any(|name| name == key)
}

impl EventField {
    /// The field's name in settings and reports, such as `contract_start_date`.
    #[must_use]
    pub fn canonical(self) -> &'static str {
        self.names().map_or("", |row| row.canonical)
    }

    /// The field that a name stands for, whatever its spelling.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let key = fold(name);
        let row = TABLE.iter().find(|row| row.has(&key))?;
        Some(row.field)
    }

    /// The field of the hire that this one sets.
    #[must_use]
    pub fn of_hire(self) -> Option<Field> {
        match self {
            Self::Hire(field) => Some(field),
            Self::ManagerEmail => Some(Field::Manager),
            _ => None,
        }
    }

    /// Whether it is read from the root of the body only: inside `data` the same word may mean
    /// something else.
    pub(super) fn is_at_root(self) -> bool {
        matches!(self, Self::Id | Self::Type | Self::Timestamp)
    }

    /// Every field of an event.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.field)
    }

    /// The row of the field; `None` for a field of a hire that events do not carry.
    pub(super) fn names(self) -> Option<&'static Names> {
        TABLE.iter().find(|row| row.field == self)
    }
}

/// A key without case, accents, underscores, hyphens and spaces.
pub(super) fn fold(key: &str) -> String {
    let key = MatchKey::of(key);
    key.as_str()
        .chars()
        .filter(|c| !"_ ".contains(*c))
        .collect()
}

const fn row(
    field: EventField,
    canonical: &'static str,
    aliases: &'static str,
    fallbacks: &'static str,
) -> Names {
    Names {
        field,
        canonical,
        aliases,
        fallbacks,
    }
}

#[rustfmt::skip]
const TABLE: &[Names] = &[
    row(Id, "id", "eventid idevenement evenementid", ""),
    row(Type, "type", "eventtype event typeevenement evenement", ""),
    row(Timestamp, "timestamp", "occurredat eventtime horodatage", ""),
    row(ApplicationId, "application_id", "candidatureid idcandidature", ""),
    row(CandidateId, "candidate_id", "candidatid idcandidat", ""),
    row(SendToLucca, "send_to_lucca",
        "envoyerlucca envoyeralucca envoyerdanslucca envoyerverslucca envoilucca envoiverslucca \
         transmettrealucca",
        ""),
    row(Hire(Field::FamilyName), "last_name", "familyname surname nom nomdefamille", ""),
    row(Hire(Field::GivenName), "first_name", "givenname prenom", ""),
    row(Hire(Field::ProfessionalEmail), "professional_email",
        "workemail emailpro emailprofessionnel mailpro mailprofessionnel courrielprofessionnel",
        ""),
    row(Hire(Field::PersonalEmail), "personal_email",
        "privateemail emailperso emailpersonnel mailperso mailpersonnel courrielpersonnel",
        "email mail courriel emailaddress adresseemail"),
    row(Hire(Field::Login), "login", "identifiant username", ""),
    row(Hire(Field::Establishment), "establishment",
        "etablissement establishmentname nometablissement",
        "legalentity entitelegale entite"),
    row(Hire(Field::ContractStartDate), "contract_start_date",
        "startdate datedebut datededebut datedebutcontrat datedebutducontrat datededebutcontrat \
         datededebutdecontrat datededebutducontrat dateprisedeposte datedeprisedeposte dateentree \
         datedentree",
        "hiredate dateembauche datedembauche"),
    row(Hire(Field::ContractEndDate), "contract_end_date",
        "enddate datefin datedefin datefincontrat datefinducontrat datedefincontrat \
         datedefindecontrat datedefinducontrat",
        ""),
    row(Hire(Field::Department), "department",
        "departement departmentname nomdepartement service", ""),
    row(Hire(Field::Role), "role", "primaryrole mainrole roleprincipal", ""),
    row(Hire(Field::Manager), "manager_name",
        "manager nommanager nomdumanager nomresponsable nomduresponsable",
        "responsable"),
    row(ManagerEmail, "manager_email",
        "emailmanager emaildumanager mailmanager emailresponsable", ""),
    row(Hire(Field::EmployeeNumber), "employee_number", "matricule numeroemploye numeroemployee", ""),
    row(Hire(Field::JobTitle), "job_title",
        "intituleposte intituledeposte intituleduposte poste fonction",
        "position"),
    row(Hire(Field::PersonalPhone), "personal_phone",
        "telephonepersonnel telephoneperso mobilepersonnel",
        "phone phonenumber mobile mobilephone portable telephone numerodetelephone"),
    row(Hire(Field::BirthDate), "birth_date", "dateofbirth birthdate datenaissance datedenaissance", ""),
    row(Hire(Field::Nationality), "nationality",
        "nationalityid nationalitycode nationalityiso nationalite codenationalite idnationalite",
        ""),
];

/// The names of the object that holds the hire.
pub(super) const CONTAINERS: [&str; 3] = ["data", "donnees", "payload"];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_field_has_one_row() {
        let fields: HashSet<_> = EventField::all().collect();
        assert_eq!(fields.len(), TABLE.len());
        for field in fields {
            assert!(!field.canonical().is_empty(), "{field:?}");
        }
    }

    #[test]
    fn no_spelling_stands_for_two_fields_and_all_are_folded() {
        let mut seen = HashSet::new();
        for row in TABLE {
            let canonical = fold(row.canonical);
            let others = [row.aliases, row.fallbacks];
            let names: HashSet<_> = others
                .iter()
                .flat_map(|names| names.split_whitespace().map(str::to_owned))
                .chain([canonical])
                .collect();
            for name in names {
                assert_eq!(fold(&name), name);
                assert!(!CONTAINERS.contains(&name.as_str()), "{name}");
                assert!(seen.insert(name.clone()), "{name}");
            }
        }
    }

    #[test]
    fn spelling_does_not_matter() {
        use EventField::Hire;
        for (name, field) in [
            ("contractStartDate", Hire(Field::ContractStartDate)),
            ("CONTRACT_START_DATE", Hire(Field::ContractStartDate)),
            ("Contract_StartDate", Hire(Field::ContractStartDate)),
            ("Date de début", Hire(Field::ContractStartDate)),
            ("date_d_entrée", Hire(Field::ContractStartDate)),
            ("Prénom", Hire(Field::GivenName)),
            ("nom", Hire(Field::FamilyName)),
            ("envoyerLucca", EventField::SendToLucca),
            ("établissement", Hire(Field::Establishment)),
        ] {
            assert_eq!(EventField::named(name), Some(field), "{name}");
        }
        for name in ["", "name", "contract", "applicationidx"] {
            assert_eq!(EventField::named(name), None, "{name}");
        }
    }
}
