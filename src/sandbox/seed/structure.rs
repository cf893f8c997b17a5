//! Departments, establishments, legal units, roles and custom fields of the made-up company.

use crate::sandbox::company::{
    Company, Department, Establishment, ExtensionDefinition, LegalUnit, Role,
};

/// Name, code and position of the parent in this list; ids count from 101.
const DEPARTMENTS: [(&str, &str, usize); 40] = [
    ("Direction générale", "DG", usize::MAX),
    ("Produit", "PROD", 0),
    ("Conception produit", "PROD-CONC", 1),
    ("Recherche utilisateurs", "PROD-RECH", 1),
    ("Design", "PROD-DES", 1),
    ("Technique", "TECH", 0),
    ("Développement web", "TECH-WEB", 5),
    ("Développement mobile", "TECH-MOB", 5),
    ("Données", "TECH-DATA", 5),
    ("Infrastructure", "TECH-INFRA", 5),
    ("Qualité logicielle", "TECH-QUAL", 5),
    ("Sécurité informatique", "TECH-SECU", 5),
    ("Commerce", "COM", 0),
    ("Grands comptes", "COM-GC", 12),
    ("PME", "COM-PME", 12),
    ("Avant-vente", "COM-AV", 12),
    ("Partenariats", "COM-PART", 12),
    ("Administration des ventes", "COM-ADV", 12),
    ("Marketing", "MKT", 0),
    ("Communication", "MKT-COM", 18),
    ("Événementiel", "MKT-EVT", 18),
    ("Contenu éditorial", "MKT-EDIT", 18),
    ("Relations presse", "MKT-PRESSE", 18),
    ("Service client", "SC", 0),
    ("Support niveau 1", "SC-N1", 23),
    ("Support niveau 2", "SC-N2", 23),
    ("Formation clients", "SC-FORM", 23),
    ("Déploiement", "SC-DEPL", 23),
    ("Ressources humaines", "RH", 0),
    ("Recrutement", "RH-REC", 28),
    ("Paie", "RH-PAIE", 28),
    ("Formation interne", "RH-FORM", 28),
    ("Finance", "FIN", 0),
    ("Comptabilité", "FIN-COMPTA", 32),
    ("Contrôle de gestion", "FIN-CDG", 32),
    ("Achats", "FIN-ACH", 32),
    ("Affaires juridiques", "JUR", 0),
    ("Services généraux", "SG", 0),
    ("Océan Indien", "OI", 0),
    ("Télévente", "COM-TEL", 12),
];

/// The department nobody works in any more.
const INACTIVE: &str = "Télévente";

type EstablishmentRow = (
    &'static str,
    &'static str,
    u64,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

/// Name, code, legal unit, street, postcode, city, zone; ids count from 11, the last is archived.
const ESTABLISHMENTS: [EstablishmentRow; 9] = [
    (
        "Siège Paris",
        "PAR",
        1,
        "1 rue de l’Exemple",
        "75000",
        "Paris",
        "Europe/Paris",
    ),
    (
        "Lyon Part-Dieu",
        "LYO",
        1,
        "2 rue de l’Exemple",
        "69000",
        "Lyon",
        "Europe/Paris",
    ),
    (
        "Nantes Île de Nantes",
        "NAN",
        1,
        "3 quai de l’Exemple",
        "44000",
        "Nantes",
        "Europe/Paris",
    ),
    (
        "Lille Flandres",
        "LIL",
        1,
        "4 rue de l’Exemple",
        "59000",
        "Lille",
        "Europe/Paris",
    ),
    (
        "Bordeaux Chartrons",
        "BOR",
        1,
        "5 cours de l’Exemple",
        "33000",
        "Bordeaux",
        "Europe/Paris",
    ),
    (
        "Toulouse",
        "TLS",
        1,
        "6 allée de l’Exemple",
        "31000",
        "Toulouse",
        "Europe/Paris",
    ),
    (
        "Aix-en-Provence",
        "AIX",
        1,
        "7 cours de l’Exemple",
        "13100",
        "Aix-en-Provence",
        "Europe/Paris",
    ),
    (
        "La Réunion",
        "REU",
        2,
        "8 rue de l’Exemple",
        "97400",
        "Saint-Denis",
        "Indian/Reunion",
    ),
    (
        "Grenoble",
        "GRE",
        1,
        "9 rue de l’Exemple",
        "38000",
        "Grenoble",
        "Europe/Paris",
    ),
];

/// Ids count from 51.
const ROLES: [&str; 6] = [
    "Collaborateur",
    "Manager",
    "Administrateur RH",
    "Gestionnaire de paie",
    "Direction",
    "Stagiaire",
];

/// The structure, with nobody in it.
pub(super) fn company() -> Company {
    let legal_unit = |id, name: &str, code: &str| LegalUnit {
        id,
        name: name.to_owned(),
        code: code.to_owned(),
    };
    let definition = |code: &str, name: &str, entries: &[(u64, &str)]| ExtensionDefinition {
        code: code.to_owned(),
        name: name.to_owned(),
        entries: entries
            .iter()
            .map(|(id, name)| (*id, (*name).to_owned()))
            .collect(),
    };
    Company {
        legal_units: vec![
            legal_unit(1, "Exemple SAS", "EX"),
            legal_unit(2, "Exemple Océan Indien SARL", "EXOI"),
        ],
        establishments: (11..).zip(ESTABLISHMENTS).map(establishment).collect(),
        departments: (101..)
            .zip(DEPARTMENTS)
            .map(|(id, (name, code, parent))| Department {
                id,
                name: name.to_owned(),
                code: code.to_owned(),
                parent: (parent != usize::MAX).then(|| 101 + parent as u64),
                head: None,
                active: name != INACTIVE,
            })
            .collect(),
        roles: (51..)
            .zip(ROLES)
            .map(|(id, name)| Role {
                id,
                name: name.to_owned(),
            })
            .collect(),
        definitions: vec![
            definition("e_badge", "Numéro de badge", &[]),
            definition("e_quote", "Citation", &[]),
            definition(
                "e_tshirt",
                "Taille de polo",
                &[(1, "S"), (2, "M"), (3, "L")],
            ),
        ],
        ..Company::default()
    }
}

fn establishment((id, row): (u64, EstablishmentRow)) -> Establishment {
    let (name, code, legal_unit, street, zip_code, city, zone) = row;
    Establishment {
        id,
        name: name.to_owned(),
        code: code.to_owned(),
        legal_unit: Some(legal_unit),
        street: street.to_owned(),
        zip_code: zip_code.to_owned(),
        city: city.to_owned(),
        zone: zone.to_owned(),
        archived: id == 10 + ESTABLISHMENTS.len() as u64,
    }
}
