//! Units and custom fields of the made-up company.

use crate::sandbox::company::{
    Company, ExtensionDefinition, Unit,
    UnitKind::{Department, Establishment, LegalUnit, Role},
};

/// Name and code; ids count from 1.
const LEGAL_UNITS: [(&str, &str); 2] =
    [("Exemple SAS", "EX"), ("Exemple Océan Indien SARL", "EXOI")];

/// Name, code and legal unit; ids count from 11.
const ESTABLISHMENTS: [(&str, &str, u64); 9] = [
    ("Siège Paris", "PAR", 1),
    ("Lyon Part-Dieu", "LYO", 1),
    ("Nantes Île de Nantes", "NAN", 1),
    ("Lille Flandres", "LIL", 1),
    ("Bordeaux Chartrons", "BOR", 1),
    ("Toulouse", "TLS", 1),
    ("Aix-en-Provence", "AIX", 1),
    ("La Réunion", "REU", 2),
    ("Grenoble", "GRE", 1),
];

/// The archived establishment.
const ARCHIVED: &str = "Grenoble";

/// Ids count from 51.
const ROLES: [&str; 6] = [
    "Collaborateur",
    "Manager",
    "Administrateur RH",
    "Gestionnaire de paie",
    "Direction",
    "Stagiaire",
];

/// Name, code and the id of the department above; ids count from 101.
const DEPARTMENTS: [(&str, &str, Option<u64>); 40] = [
    ("Direction générale", "DG", None),
    ("Produit", "PROD", Some(101)),
    ("Conception produit", "PROD-CONC", Some(102)),
    ("Recherche utilisateurs", "PROD-RECH", Some(102)),
    ("Design", "PROD-DES", Some(102)),
    ("Technique", "TECH", Some(101)),
    ("Développement web", "TECH-WEB", Some(106)),
    ("Développement mobile", "TECH-MOB", Some(106)),
    ("Données", "TECH-DATA", Some(106)),
    ("Infrastructure", "TECH-INFRA", Some(106)),
    ("Qualité logicielle", "TECH-QUAL", Some(106)),
    ("Sécurité informatique", "TECH-SECU", Some(106)),
    ("Commerce", "COM", Some(101)),
    ("Grands comptes", "COM-GC", Some(113)),
    ("PME", "COM-PME", Some(113)),
    ("Avant-vente", "COM-AV", Some(113)),
    ("Partenariats", "COM-PART", Some(113)),
    ("Administration des ventes", "COM-ADV", Some(113)),
    ("Marketing", "MKT", Some(101)),
    ("Communication", "MKT-COM", Some(119)),
    ("Événementiel", "MKT-EVT", Some(119)),
    ("Contenu éditorial", "MKT-EDIT", Some(119)),
    ("Relations presse", "MKT-PRESSE", Some(119)),
    ("Service client", "SC", Some(101)),
    ("Support niveau 1", "SC-N1", Some(124)),
    ("Support niveau 2", "SC-N2", Some(124)),
    ("Formation clients", "SC-FORM", Some(124)),
    ("Déploiement", "SC-DEPL", Some(124)),
    ("Ressources humaines", "RH", Some(101)),
    ("Recrutement", "RH-REC", Some(129)),
    ("Paie", "RH-PAIE", Some(129)),
    ("Formation interne", "RH-FORM", Some(129)),
    ("Finance", "FIN", Some(101)),
    ("Comptabilité", "FIN-COMPTA", Some(133)),
    ("Contrôle de gestion", "FIN-CDG", Some(133)),
    ("Achats", "FIN-ACH", Some(133)),
    ("Affaires juridiques", "JUR", Some(101)),
    ("Services généraux", "SG", Some(101)),
    ("Océan Indien", "OI", Some(101)),
    ("Télévente", "COM-TEL", Some(113)),
];

/// The inactive department.
const INACTIVE: &str = "Télévente";

/// The company without people.
pub(super) fn company() -> Company {
    let legal_units = (1..).zip(LEGAL_UNITS);
    let legal_units = legal_units.map(|(id, (name, code))| Unit::new(LegalUnit, id, name, code));
    let establishments = (11..).zip(ESTABLISHMENTS);
    let establishments = establishments.map(|(id, (name, code, legal_unit))| Unit {
        parent: Some(legal_unit),
        in_use: name != ARCHIVED,
        ..Unit::new(Establishment, id, name, code)
    });
    let roles = (51..).zip(ROLES);
    let roles = roles.map(|(id, name)| Unit::new(Role, id, name, ""));
    let departments = (101..).zip(DEPARTMENTS);
    let departments = departments.map(|(id, (name, code, parent))| Unit {
        parent,
        in_use: name != INACTIVE,
        ..Unit::new(Department, id, name, code)
    });
    let definition = |code: &str, name: &str, entries: &[(u64, &str)]| {
        let entries = entries.iter();
        ExtensionDefinition {
            code: code.to_owned(),
            name: name.to_owned(),
            entries: entries
                .map(|(id, name)| (*id, (*name).to_owned()))
                .collect(),
        }
    };
    let sizes = [(1, "S"), (2, "M"), (3, "L")];
    Company {
        definitions: vec![
            definition("e_badge", "Numéro de badge", &[]),
            definition("e_quote", "Citation", &[]),
            definition("e_tshirt", "Taille de polo", &sizes),
        ],
        ..Company::of(
            legal_units
                .chain(establishments)
                .chain(roles)
                .chain(departments),
        )
    }
}
