//! What is to be known about the DPAE, the declaration that French law asks for before an
//! employee starts. Lucca can send it, but not by its API: nothing public plans it there or
//! tells whether it is set up (help centre of Lucca, articles 7350848907548 and 7477002844700).

use std::collections::BTreeMap;

use super::{
    Check,
    access::unknown,
    reading::{Reading, lacks_names},
    text::{plain, quoted, text},
};
use crate::{
    domain::{lucca_id::LuccaId, tenant::Tenant},
    lucca::Establishment,
};

const DATA: &str = "dpae_data";
const UNITS: &str = "dpae_legal_units";

/// The checks of the DPAE; none for an account in Switzerland.
pub(super) fn checks(tenant: &Tenant, reading: &Reading) -> Vec<Check> {
    if tenant.is_swiss() {
        return Vec::new();
    }
    vec![data(), legal_units(reading)]
}

/// What the declaration needs about a person (article R1221-1 of the French labour code) and
/// no applicant tracking system sends.
fn data() -> Check {
    Check::unverified(
        DATA,
        text(
            "If the contract requires a DPAE, it needs data that We Recruit does not send: sex, date and place of birth, and the social-security number. Whether the HR file asks for them cannot be read.",
            "Si le contrat exige une DPAE, celle-ci demande des données que We Recruit n’envoie pas : sexe, date et lieu de naissance, numéro de sécurité sociale. Le connecteur ne peut pas lire si le dossier RH les demande au salarié.",
        ),
        text(
            "In Lucca, adapt the HR file to the DPAE and create a DPAE configuration that covers your establishments; have the employee complete the data in the onboarding form, and check the DPAE of each hire between 8 days before the start and the start.",
            "Dans Lucca, adaptez le dossier RH pour la DPAE et créez une configuration de DPAE qui couvre vos établissements ; faites compléter les données par le salarié dans le formulaire d’onboarding, et vérifiez la DPAE de chaque embauche entre 8 jours avant la prise de poste et celle-ci.",
        ),
    )
}

/// Which legal unit declares for which establishments.
fn legal_units(reading: &Reading) -> Check {
    let Some(establishments) = reading.establishments.known() else {
        return unknown(UNITS, reading.gap_in(&reading.establishments));
    };
    let mut units: BTreeMap<LuccaId, (String, Vec<&str>)> = BTreeMap::new();
    let mut homeless = Vec::new();
    for establishment in establishments.iter().filter(|it| !it.archived) {
        match legal_unit(establishment, reading) {
            Some((id, name)) => {
                let unit = units.entry(id).or_insert((name, Vec::new()));
                unit.1.push(&establishment.name);
            }
            None => homeless.push(establishment.name.as_str()),
        }
    }
    let gap = reading.gap_in(&reading.legal_units);
    if lacks_names(reading.establishments.known()) && gap.is_some() {
        return unknown(UNITS, gap);
    }
    if !homeless.is_empty() {
        let names = quoted(&homeless);
        return Check::warn(
            UNITS,
            text(
                format!(
                    "It cannot be told which legal unit these establishments belong to, and so who declares their hires: {}.",
                    names.en
                ),
                format!(
                    "On ne peut pas dire à quelle entité légale appartiennent ces établissements, donc qui déclare leurs embauches : {}.",
                    names.fr
                ),
            ),
            text(
                "In Lucca, open the establishments of the organisation and choose the legal unit of each; if they have one, let the API key read legal units.",
                "Dans Lucca, ouvrez les établissements de l’organisation et choisissez l’entité légale de chacun ; s’ils en ont une, donnez à la clé API le droit de lire les entités légales.",
            ),
        );
    }
    let (en, fr): (Vec<String>, Vec<String>) = units
        .values()
        .map(|(name, places)| {
            let places = plain(places);
            (
                format!("{name} ({})", places.en),
                format!("{name} ({})", places.fr),
            )
        })
        .unzip();
    Check::pass(
        UNITS,
        text(
            format!("The DPAE is declared by legal unit: {}.", en.join("; ")),
            format!("La DPAE se déclare par entité légale : {}.", fr.join(" ; ")),
        ),
    )
}

/// The id and name of an establishment's legal unit, if both can be told.
fn legal_unit(establishment: &Establishment, reading: &Reading) -> Option<(LuccaId, String)> {
    let told = establishment.legal_unit.as_ref()?;
    if !told.name.is_empty() {
        return Some((told.id, told.name.clone()));
    }
    let units = reading.legal_units.known()?;
    let unit = units.iter().find(|it| it.id == told.id)?;
    Some((unit.id, unit.name.clone()))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Status::{Pass, Unverified, Warn},
            fixtures,
            reading::Part,
        },
        *,
    };
    use crate::{domain::onboarding::fixtures::account, lucca::LegalUnit};

    fn unit(id: i64, name: &str) -> LegalUnit {
        LegalUnit {
            id: LuccaId::try_from(id).unwrap(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn every_establishment_in_use_belongs_to_a_legal_unit_that_has_a_name() {
        let table = [
            (
                Some(unit(1, "SAS")),
                Part::NotAsked,
                Pass,
                "unit: SAS (Siège).",
            ),
            (
                Some(unit(1, "")),
                Part::Known(vec![unit(1, "SAS")]),
                Pass,
                "SAS (Siège)",
            ),
            (
                Some(unit(2, "")),
                Part::Known(vec![unit(1, "SAS")]),
                Warn,
                "“Siège”",
            ),
            (Some(unit(1, "")), Part::NotAsked, Warn, "“Siège”"),
            (
                None,
                Part::Known(vec![unit(1, "SAS")]),
                Warn,
                "hires: “Siège”.",
            ),
        ];
        for (told, legal_units, expected, words) in table {
            let mut reading = Reading {
                legal_units,
                ..fixtures::reading()
            };
            let Part::Known(establishments) = &mut reading.establishments else {
                panic!("the fixture has establishments");
            };
            establishments[0].legal_unit = told.clone();
            let [_, check] = &checks(&fixtures::tenant(), &reading)[..] else {
                panic!("two checks");
            };
            assert_eq!(check.status, expected, "{told:?}");
            assert!(check.message.en.contains(words), "{}", check.message.en);
        }
        let blind = checks(&fixtures::tenant(), &Reading::default());
        assert!(blind.iter().all(|check| check.status == Unverified));
    }

    #[test]
    fn nothing_is_declared_in_switzerland() {
        let mut tenant = fixtures::tenant();
        tenant.account = account("acme.ilucca.ch");
        assert!(checks(&tenant, &fixtures::reading()).is_empty());
    }
}
