//! Matches a name or code to one unit or person. It never guesses: one match is taken, and
//! several or none become a question with similar candidates.

use crate::domain::{
    collaborator::Reference,
    finding::{Candidate, Reason},
    lucca_id::LuccaId,
    matching_key::MatchKey,
    resolve::Match,
};

use crate::lucca::{LuccaUnit, Person};

/// The least similarity of a candidate (Jaro-Winkler, 0 to 1).
const NEAR: f64 = 0.82;

/// The most candidates that are proposed.
const PROPOSED: usize = 3;

/// The unit with a code or name. A label may be a code, so codes are compared first.
pub(super) fn find_unit(units: &[LuccaUnit], reference: &Reference) -> Match {
    let text = match reference {
        Reference::LuccaId(id) => {
            return exactly_one(units.iter().filter(|it| it.id == *id), Reason::GivenId)
                .unwrap_or(Match::None(Vec::new()));
        }
        Reference::Code(text) | Reference::Name(text) => text,
    };
    let key = MatchKey::of(text);
    let usable = || units.iter().filter(|it| it.in_use);
    let by_code = usable().filter(|it| {
        it.code
            .as_ref()
            .is_some_and(|code| code.trim().to_lowercase() == text.trim().to_lowercase())
    });
    if let Some(found) = exactly_one(by_code, Reason::SameCode) {
        return found;
    }
    if matches!(reference, Reference::Name(_)) && !key.is_empty() {
        let by_name = usable().filter(|it| MatchKey::of(&it.name) == key);
        if let Some(found) = exactly_one(by_name, Reason::SameUnitName) {
            return found;
        }
    }
    Match::None(near_units(&key, units))
}

/// Titles that people write before a name, without the dot that may follow.
const TITLES: [&str; 11] = [
    "m",
    "mr",
    "mrs",
    "ms",
    "mme",
    "mlle",
    "dr",
    "monsieur",
    "madame",
    "mademoiselle",
    "docteur",
];

/// The rest of a name that begins with a title; `None` if it does not, or nothing is left.
pub(super) fn without_title(name: &str) -> Option<&str> {
    let (first, rest) = name.trim().split_once(char::is_whitespace)?;
    let first = first.trim_end_matches('.').to_lowercase();
    let rest = rest.trim();
    (TITLES.contains(&first.as_str()) && !rest.is_empty()).then_some(rest)
}

/// `None` if nothing was found.
fn exactly_one<'a>(found: impl Iterator<Item = &'a LuccaUnit>, reason: Reason) -> Option<Match> {
    let found: Vec<&LuccaUnit> = found.collect();
    match found.as_slice() {
        [] => None,
        [one] => Some(Match::One {
            id: one.id,
            label: one.name.clone(),
            reason,
        }),
        several => Some(Match::Several(
            several
                .iter()
                .map(|it| Candidate::new(it.id, it.name.as_str(), reason.clone()))
                .collect(),
        )),
    }
}

fn near_units(key: &MatchKey, units: &[LuccaUnit]) -> Vec<Candidate> {
    nearest(
        key,
        units
            .iter()
            .map(|it| (it.id, it.name.as_str(), MatchKey::of(&it.name), it.in_use)),
    )
}

/// The people whose names are most like a key.
pub(super) fn near_people<'a>(
    key: &MatchKey,
    people: impl Iterator<Item = &'a Person>,
) -> Vec<Candidate> {
    let both_orders = people.flat_map(|it| {
        it.names
            .iter()
            .map(|name| (it.id, it.label.as_str(), name.clone(), true))
    });
    nearest(key, both_orders)
}

fn nearest<'a>(
    key: &MatchKey,
    things: impl Iterator<Item = (LuccaId, &'a str, MatchKey, bool)>,
) -> Vec<Candidate> {
    let mut near: Vec<(f64, LuccaId, &str, bool)> = things
        .map(|(id, name, other, usable)| {
            let alike = strsim::jaro_winkler(key.as_str(), other.as_str());
            (alike, id, name, usable)
        })
        .filter(|(alike, ..)| *alike >= NEAR)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    let mut list: Vec<Candidate> = Vec::new();
    for (_, id, name, usable) in near {
        if list.len() < PROPOSED && !list.iter().any(|it| it.id == id) {
            let reason = if usable {
                Reason::SimilarName
            } else {
                Reason::NotInUse
            };
            list.push(Candidate::new(id, name, reason));
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: LuccaId, name: &str, code: Option<&str>) -> LuccaUnit {
        LuccaUnit {
            id,
            name: name.to_owned(),
            code: code.map(str::to_owned),
            in_use: true,
            head: None,
            legal_unit: None,
        }
    }

    fn id(id: i64) -> LuccaId {
        LuccaId::try_from(id).unwrap()
    }

    fn units() -> Vec<LuccaUnit> {
        vec![
            named(id(1), "Siège Paris", Some("PAR")),
            named(id(2), "Lyon Part-Dieu", Some("LYO")),
            named(id(3), "Produit", None),
            named(id(4), "PRODUIT", None),
            LuccaUnit {
                in_use: false,
                ..named(id(5), "Ancien Atelier", Some("OLD"))
            },
        ]
    }

    #[test]
    fn a_label_is_found_by_code_or_name_whatever_its_accents_and_case() {
        for (text, expected) in [
            ("SIEGE PARIS", 1),
            ("siège paris", 1),
            ("par", 1),
            ("Lyon Part Dieu", 2),
            ("lyo", 2),
        ] {
            let found = find_unit(&units(), &Reference::Name(text.into()));
            assert!(
                matches!(&found, Match::One { id: found, .. } if *found == id(expected)),
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn a_name_that_two_units_have_is_a_question() {
        let found = find_unit(&units(), &Reference::Name("produit".into()));
        assert!(matches!(found, Match::Several(list) if list.len() == 2));
    }

    #[test]
    fn an_archived_unit_is_proposed_but_not_used() {
        let found = find_unit(&units(), &Reference::Name("Ancien Atelier".into()));
        let Match::None(near) = found else {
            panic!("{found:?}")
        };
        assert_eq!(near[0].id, id(5));
        assert_eq!(near[0].reason, Reason::NotInUse);
    }

    #[test]
    fn a_title_is_no_part_of_a_name() {
        for (name, bare) in [
            ("Mme Marie Cœur", Some("Marie Cœur")),
            (" M.  MARTIN Jean", Some("MARTIN Jean")),
            ("Monsieur Le Goff", Some("Le Goff")),
            ("Marie Cœur", None),
            ("Mme", None),
            ("Mme ", None),
            ("Mmes Cœur", None),
        ] {
            assert_eq!(without_title(name), bare, "{name}");
        }
    }

    #[test]
    fn a_code_is_not_taken_for_a_name() {
        let found = find_unit(&units(), &Reference::Code("Siège Paris".into()));
        assert!(matches!(found, Match::None(_)));
    }
}
