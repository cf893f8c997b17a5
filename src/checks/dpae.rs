//! The DPAE, the declaration that French law asks for before an employee starts. Lucca can send
//! it, but its public API can neither plan it nor show whether it is set up (help centre of
//! Lucca, articles 7350848907548 and 7477002844700).

use std::collections::BTreeMap;

use super::{
    Check, Finding,
    Status::{Pass, Unverified, Warn},
    answers::{Answers, lacks_names},
    finding::Item,
};
use crate::{
    domain::{lucca_id::LuccaId, tenant::Tenant},
    lucca::LuccaUnit,
};

const UNITS: &str = "dpae_legal_units";

/// The checks of the DPAE; none for an account in Switzerland.
pub(super) fn checks(tenant: &Tenant, answers: &Answers) -> Vec<Check> {
    if tenant.account.is_swiss() {
        return Vec::new();
    }
    // The declaration needs data (article R1221-1 of the French labour code) that no applicant
    // tracking system sends.
    let data = Check::new("dpae_data", Unverified, Finding::DpaeData);
    vec![data, legal_units(answers)]
}

/// Whether every establishment has a legal unit, which declares its employees.
fn legal_units(answers: &Answers) -> Check {
    let Some(all) = answers.establishments.known() else {
        return Check::unknown(UNITS, answers.gap_in(&answers.establishments));
    };
    let mut units: BTreeMap<LuccaId, (String, Vec<Item>)> = BTreeMap::new();
    let mut establishments = Vec::new();
    for establishment in all.iter().filter(|it| it.in_use) {
        let text = establishment.name.clone();
        match legal_unit(establishment, answers) {
            Some((id, name)) => {
                let unit = units.entry(id).or_insert((name, Vec::new()));
                unit.1.push(Item::Bare { text });
            }
            None => establishments.push(text),
        }
    }
    let gap = answers.gap_in(&answers.legal_units);
    if lacks_names(Some(all)) && gap.is_some() {
        return Check::unknown(UNITS, gap);
    }
    if !establishments.is_empty() {
        return Check::new(UNITS, Warn, Finding::NoLegalUnit { establishments });
    }
    let units = units.into_values();
    let clauses = units.map(|(name, places)| Item::LegalUnit { name, places });
    let clauses = clauses.collect();
    Check::new(UNITS, Pass, Finding::LegalUnits { clauses })
}

/// The id and name of an establishment's legal unit, if both are known.
fn legal_unit(establishment: &LuccaUnit, answers: &Answers) -> Option<(LuccaId, String)> {
    let named = establishment.legal_unit.as_ref()?;
    if !named.name.is_empty() {
        return Some((named.id, named.name.clone()));
    }
    let units = answers.legal_units.known()?;
    let unit = units.iter().find(|it| it.id == named.id)?;
    Some((unit.id, unit.name.clone()))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Status::{Pass, Unverified, Warn},
            answers::Answer,
            fixtures::{self, english},
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
                Answer::NotAsked,
                Pass,
                "unit: SAS (Siège).",
            ),
            (
                Some(unit(1, "")),
                Answer::Known(vec![unit(1, "SAS")]),
                Pass,
                "SAS (Siège)",
            ),
            (
                Some(unit(2, "")),
                Answer::Known(vec![unit(1, "SAS")]),
                Warn,
                "“Siège”",
            ),
            (Some(unit(1, "")), Answer::NotAsked, Warn, "“Siège”"),
            (
                None,
                Answer::Known(vec![unit(1, "SAS")]),
                Warn,
                "hires: “Siège”.",
            ),
        ];
        for (told, legal_units, expected, words) in table {
            let mut answers = Answers {
                legal_units,
                ..fixtures::answers()
            };
            let Answer::Known(establishments) = &mut answers.establishments else {
                panic!("the fixture has establishments");
            };
            establishments[0].legal_unit = told.clone();
            let [_, check] = &checks(&fixtures::tenant(), &answers)[..] else {
                panic!("two checks");
            };
            assert_eq!(check.status, expected, "{told:?}");
            assert!(english(check).0.contains(words), "{}", english(check).0);
        }
        let blind = checks(&fixtures::tenant(), &Answers::default());
        assert!(blind.iter().all(|check| check.status == Unverified));
    }

    #[test]
    fn nothing_is_declared_in_switzerland() {
        let mut tenant = fixtures::tenant();
        tenant.account = account("acme.ilucca.ch");
        assert!(checks(&tenant, &fixtures::answers()).is_empty());
    }
}
