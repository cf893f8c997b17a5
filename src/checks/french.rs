//! What resolving a hire has to say, in French beside the English of the domain.

use super::text::{Text, french, plain, text};
use crate::domain::{
    field::Field,
    finding::{Problem, ProblemCode, Warning},
    onboarding::Findings,
    resolve::nobody_active,
};

/// A warning in every language; one that is not known here stays English.
pub(super) fn warning(warning: &Warning) -> Text {
    let field = warning.field.map_or("donnée", french);
    let the = match warning.field {
        Some(Field::Establishment) => "L’établissement".to_owned(),
        _ => format!("Le {field}"),
    };
    let french = match warning.code.as_str() {
        "ID_NOT_SEEN" => {
            format!("{the} dont l’identifiant est donné n’est pas parmi ceux que voit la clé API.")
        }
        "NOT_MATCHED" => format!(
            "{the} de l’embauche ne correspond à rien dans Lucca ; la valeur par défaut est utilisée."
        ),
        "SEVERAL_MATCHED" => format!(
            "Plusieurs {} de Lucca portent le nom donné avec l’embauche ; la valeur par défaut est utilisée.",
            match warning.field {
                Some(Field::Role) => "rôles principaux".to_owned(),
                _ => format!("{field}s"),
            }
        ),
        "INACTIVE_HEAD" => "Sans manager, Lucca prend le responsable du département, qui n’est plus actif : Lucca peut refuser la création.".to_owned(),
        "MANAGER_UNCLEAR" if nobody_active(&warning.candidates) => {
            "Le manager de l’embauche ne correspond à aucun collaborateur actif de Lucca.".to_owned()
        }
        "MANAGER_UNCLEAR" => {
            "Le manager de l’embauche ne peut pas être déterminé avec certitude.".to_owned()
        }
        "SAME_NAME" => {
            "Lucca connaît des personnes du même nom ; elles ont d’autres adresses.".to_owned()
        }
        "START_DATE_LONG_PAST" => {
            "Le contrat commence il y a plus d’un mois : vérifiez la date, et l’année.".to_owned()
        }
        "ADOPTED" => "Un collaborateur avec le même login, le même nom et la même date de début est déjà dans Lucca ; rien n’est envoyé.".to_owned(),
        _ => warning.message.clone(),
    };
    text(&warning.message, french)
}

/// A question in every language, and what to do about it; one that is not known here stays
/// English.
pub(super) fn problem(problem: &Problem, findings: &Findings) -> (Text, Text) {
    let (message, fix) = match problem.code {
        ProblemCode::DefaultMissing => (
            format!(
                "L’embauche ne précise pas ces données, ou Lucca ne les connaît pas, et elles n’ont pas de valeur par défaut : {}.",
                without_value(findings)
            ),
            "Corrigez l’embauche, ajoutez son nom à la table de correspondance (labels), choisissez une valeur par défaut (defaults), ou signalez qu’il y en a une dans le dossier RH de Lucca (lucca_defaults).",
        ),
        ProblemCode::Unmatched => (
            format!(
                "Ces données de l’embauche ne correspondent à rien dans Lucca : {}.",
                without_value(findings)
            ),
            "Ajoutez ces noms à la table de correspondance (labels), ou corrigez l’embauche.",
        ),
        ProblemCode::ManagerUnclear => (
            "Le manager de l’embauche ne peut pas être déterminé avec certitude.".to_owned(),
            "Désignez le manager par son identifiant Lucca ou son e-mail.",
        ),
        ProblemCode::PersonExists => (
            "Un collaborateur de Lucca utilise le même login ou le même e-mail.".to_owned(),
            "S’il s’agit de la personne embauchée, rattachez-la (ResolveOnboarding, link_existing) ; sinon, create_anyway, avec un autre login (amend) si cette personne a celui-ci.",
        ),
        ProblemCode::Rehire => (
            "Un ancien collaborateur de Lucca utilise le même login ou le même e-mail.".to_owned(),
            "S’il s’agit d’une réembauche, créez le nouveau contrat dans Lucca et rattachez la personne (ResolveOnboarding, link_existing) ; sinon, create_anyway, avec un autre login (amend) si cette personne a celui-ci.",
        ),
        ProblemCode::LoginTaken => (
            "Une autre personne de Lucca a le même login.".to_owned(),
            "S’il s’agit de la personne embauchée, rattachez-la (ResolveOnboarding, link_existing) ; sinon, donnez un autre login à l’embauche (amend). create_anyway n’y peut rien : deux personnes ne peuvent pas avoir le même login.",
        ),
        ProblemCode::DateUnlikely => (
            "La date de début du contrat est trop éloignée, ou ne s’accorde pas avec la date de naissance.".to_owned(),
            "Corrigez l’embauche là d’où elle vient et confirmez-la à nouveau, ou fixez la date (ResolveOnboarding, amend), la même si elle est exacte.",
        ),
        _ => (problem.message.clone(), problem.fix.as_str()),
    };
    (text(&problem.message, message), text(&problem.fix, fix))
}

/// The placing fields that got no value.
fn without_value(findings: &Findings) -> String {
    let missing: Vec<&str> = [Field::Establishment, Field::Department, Field::Role]
        .into_iter()
        .filter(|field| !findings.resolution.iter().any(|it| it.field == *field))
        .map(french)
        .collect();
    plain(&missing).fr
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_said_in_french_and_what_is_not_stays_english() {
        for (code, field, words) in [
            (
                "NOT_MATCHED",
                Field::Department,
                "Le département de l’embauche ne correspond",
            ),
            (
                "NOT_MATCHED",
                Field::Establishment,
                "L’établissement de l’embauche",
            ),
            (
                "SEVERAL_MATCHED",
                Field::Department,
                "Plusieurs départements de Lucca",
            ),
            (
                "ID_NOT_SEEN",
                Field::Role,
                "Le rôle principal dont l’identifiant",
            ),
            (
                "MANAGER_UNCLEAR",
                Field::Manager,
                "aucun collaborateur actif",
            ),
            (
                "START_DATE_LONG_PAST",
                Field::ContractStartDate,
                "vérifiez la date",
            ),
            ("SOMETHING_NEW", Field::Manager, "In English."),
        ] {
            let said = warning(&Warning::new(code, field, "In English."));
            assert_eq!(said.en, "In English.");
            assert!(said.fr.contains(words), "{}", said.fr);
        }
    }

    #[test]
    fn a_question_names_what_has_no_value() {
        let asked = Problem::new(ProblemCode::DefaultMissing, "In English.", "Do.");
        let (message, fix) = problem(&asked, &Findings::default());
        assert!(
            message
                .fr
                .ends_with(": établissement, département et rôle principal."),
            "{}",
            message.fr
        );
        assert_eq!(
            (message.en.as_str(), fix.en.as_str()),
            ("In English.", "Do.")
        );
        let other = Problem::new(ProblemCode::LuccaRefused, "In English.", "Do.");
        assert_eq!(problem(&other, &Findings::default()).0.fr, "In English.");
    }
}
