//! The fields of an event and the names they go by.

use crate::domain::matching_key::MatchKey;

/// A field of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(
    missing_docs,
    reason = "the names say it; the table below gives their spellings"
)]
pub enum Field {
    Id,
    Type,
    Timestamp,
    ApplicationId,
    CandidateId,
    SendToLucca,
    LastName,
    FirstName,
    ProfessionalEmail,
    PersonalEmail,
    Login,
    Establishment,
    ContractStartDate,
    ContractEndDate,
    Department,
    Role,
    ManagerName,
    ManagerEmail,
    EmployeeNumber,
    JobTitle,
    PersonalPhone,
    BirthDate,
}

/// Where a field is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At the root of the body only: inside `data` the same word may mean another thing.
    Envelope,
    /// At the root and inside `data`.
    Anywhere,
}

/// One row of the table of names.
pub(super) struct Names {
    pub(super) field: Field,
    pub(super) place: Place,
    /// As settings and reports name it.
    pub(super) canonical: &'static str,
    /// Other spellings, folded as [`fold`] does.
    pub(super) aliases: &'static [&'static str],
    /// Words that mean the field only when nothing else does.
    pub(super) fallbacks: &'static [&'static str],
}

impl Field {
    /// The field's name in settings and reports, such as `contract_start_date`.
    #[must_use]
    pub fn canonical(self) -> &'static str {
        self.names().canonical
    }

    /// The field a name stands for, whatever its spelling.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = fold(name);
        let row = TABLE
            .iter()
            .find(|row| fold(row.canonical) == name || row.aliases.contains(&name.as_str()))?;
        Some(row.field)
    }

    pub(super) fn names(self) -> &'static Names {
        // The table follows the order of the enum; a test holds it to that.
        &TABLE[self as usize]
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
    field: Field,
    canonical: &'static str,
    aliases: &'static [&'static str],
    fallbacks: &'static [&'static str],
) -> Names {
    Names {
        field,
        place: Place::Anywhere,
        canonical,
        aliases,
        fallbacks,
    }
}

const fn envelope(
    field: Field,
    canonical: &'static str,
    aliases: &'static [&'static str],
) -> Names {
    Names {
        field,
        place: Place::Envelope,
        canonical,
        aliases,
        fallbacks: &[],
    }
}

const TABLE: [Names; 22] = [
    envelope(Field::Id, "id", &["eventid", "idevenement", "evenementid"]),
    envelope(
        Field::Type,
        "type",
        &["eventtype", "event", "typeevenement", "evenement"],
    ),
    envelope(
        Field::Timestamp,
        "timestamp",
        &["occurredat", "eventtime", "horodatage"],
    ),
    row(
        Field::ApplicationId,
        "application_id",
        &["candidatureid", "idcandidature"],
        &[],
    ),
    row(
        Field::CandidateId,
        "candidate_id",
        &["candidatid", "idcandidat"],
        &[],
    ),
    row(
        Field::SendToLucca,
        "send_to_lucca",
        &[
            "envoyerlucca",
            "envoyeralucca",
            "envoyerdanslucca",
            "envoyerverslucca",
            "envoilucca",
            "envoiverslucca",
            "transmettrealucca",
        ],
        &[],
    ),
    row(
        Field::LastName,
        "last_name",
        &["familyname", "surname", "nom", "nomdefamille"],
        &[],
    ),
    row(
        Field::FirstName,
        "first_name",
        &["givenname", "prenom"],
        &[],
    ),
    row(
        Field::ProfessionalEmail,
        "professional_email",
        &[
            "workemail",
            "emailpro",
            "emailprofessionnel",
            "mailpro",
            "mailprofessionnel",
            "courrielprofessionnel",
        ],
        &[],
    ),
    row(
        Field::PersonalEmail,
        "personal_email",
        &[
            "privateemail",
            "emailperso",
            "emailpersonnel",
            "mailperso",
            "mailpersonnel",
            "courrielpersonnel",
        ],
        &["email", "mail", "courriel", "emailaddress", "adresseemail"],
    ),
    row(Field::Login, "login", &["identifiant", "username"], &[]),
    row(
        Field::Establishment,
        "establishment",
        &["etablissement", "establishmentname", "nometablissement"],
        &["legalentity", "entitelegale", "entite"],
    ),
    row(
        Field::ContractStartDate,
        "contract_start_date",
        &[
            "startdate",
            "datedebut",
            "datededebut",
            "datedebutcontrat",
            "datedebutducontrat",
            "datededebutcontrat",
            "datededebutdecontrat",
            "datededebutducontrat",
            "dateprisedeposte",
            "datedeprisedeposte",
            "dateentree",
            "datedentree",
        ],
        &["hiredate", "dateembauche", "datedembauche"],
    ),
    row(
        Field::ContractEndDate,
        "contract_end_date",
        &[
            "enddate",
            "datefin",
            "datedefin",
            "datefincontrat",
            "datefinducontrat",
            "datedefincontrat",
            "datedefindecontrat",
            "datedefinducontrat",
        ],
        &[],
    ),
    row(
        Field::Department,
        "department",
        &["departement", "departmentname", "nomdepartement", "service"],
        &[],
    ),
    row(
        Field::Role,
        "role",
        &["primaryrole", "mainrole", "roleprincipal"],
        &[],
    ),
    row(
        Field::ManagerName,
        "manager_name",
        &[
            "manager",
            "nommanager",
            "nomdumanager",
            "nomresponsable",
            "nomduresponsable",
        ],
        &["responsable"],
    ),
    row(
        Field::ManagerEmail,
        "manager_email",
        &[
            "emailmanager",
            "emaildumanager",
            "mailmanager",
            "emailresponsable",
        ],
        &[],
    ),
    row(
        Field::EmployeeNumber,
        "employee_number",
        &["matricule", "numeroemploye", "numeroemployee"],
        &[],
    ),
    row(
        Field::JobTitle,
        "job_title",
        &[
            "intituleposte",
            "intituledeposte",
            "intituleduposte",
            "poste",
            "fonction",
        ],
        &["position"],
    ),
    row(
        Field::PersonalPhone,
        "personal_phone",
        &["telephonepersonnel", "telephoneperso", "mobilepersonnel"],
        &[
            "phone",
            "phonenumber",
            "mobile",
            "mobilephone",
            "portable",
            "telephone",
            "numerodetelephone",
        ],
    ),
    row(
        Field::BirthDate,
        "birth_date",
        &[
            "dateofbirth",
            "birthdate",
            "datenaissance",
            "datedenaissance",
        ],
        &[],
    ),
];

/// What the object that holds the hire may be called.
pub(super) const CONTAINERS: [&str; 3] = ["data", "donnees", "payload"];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_row_stands_where_its_field_says() {
        for (position, row) in TABLE.iter().enumerate() {
            assert_eq!(row.field as usize, position, "{}", row.canonical);
        }
    }

    #[test]
    fn no_spelling_stands_for_two_fields_and_all_are_folded() {
        let mut seen = HashSet::new();
        for row in &TABLE {
            let canonical = fold(row.canonical);
            let others = row.aliases.iter().chain(row.fallbacks);
            let names: HashSet<_> = others
                .map(|name| (*name).to_owned())
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
        for (name, field) in [
            ("contractStartDate", Field::ContractStartDate),
            ("CONTRACT_START_DATE", Field::ContractStartDate),
            ("Contract_StartDate", Field::ContractStartDate),
            ("Date de début", Field::ContractStartDate),
            ("date_d_entrée", Field::ContractStartDate),
            ("Prénom", Field::FirstName),
            ("nom", Field::LastName),
            ("envoyerLucca", Field::SendToLucca),
            ("établissement", Field::Establishment),
        ] {
            assert_eq!(Field::named(name), Some(field), "{name}");
        }
        for name in ["", "name", "contract", "applicationidx"] {
            assert_eq!(Field::named(name), None, "{name}");
        }
    }
}
