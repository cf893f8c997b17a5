//! Which hires go on after the change of a tenant.
//!
//! The fields that a change names decide, not whether their values differ: if a change was
//! stored but its hires were not resumed, the same call again resumes them.

use std::collections::BTreeSet;

use crate::domain::finding::ProblemCode;

/// The problems that the change may have solved, each once.
pub(super) fn may_solve(touched: &BTreeSet<&str>) -> Vec<ProblemCode> {
    let mut codes: Vec<ProblemCode> = Vec::new();
    for code in touched.iter().flat_map(|field| solved_by(field)) {
        if !codes.contains(code) {
            codes.push(*code);
        }
    }
    codes
}

fn solved_by(field: &str) -> &'static [ProblemCode] {
    use ProblemCode::{
        AccountChanged, DefaultMissing, LuccaKeyRefused, LuccaRefused, LuccaUnavailable,
        ManagerUnclear, Unmatched,
    };
    match field {
        "lucca_api_key" => &[LuccaKeyRefused],
        "lucca_url" => &[LuccaKeyRefused, LuccaUnavailable, AccountChanged],
        // Lucca may have refused an id from one of these.
        "defaults" | "lucca_defaults" | "labels" => &[DefaultMissing, Unmatched, LuccaRefused],
        "unmatched" => &[DefaultMissing, Unmatched, ManagerUnclear],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_solves_what_it_can_and_each_problem_once() {
        let table: [(&[&str], &[&str]); 4] = [
            (&["display_name", "webhook"], &[]),
            (&["lucca_api_key"], &["LUCCA_KEY_REFUSED"]),
            (
                &["defaults", "labels"],
                &["DEFAULT_MISSING", "UNMATCHED", "LUCCA_REFUSED"],
            ),
            (
                &["labels", "unmatched"],
                &[
                    "DEFAULT_MISSING",
                    "UNMATCHED",
                    "LUCCA_REFUSED",
                    "MANAGER_UNCLEAR",
                ],
            ),
        ];
        for (touched, expected) in table {
            let codes = may_solve(&touched.iter().copied().collect());
            let codes: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
            assert_eq!(codes, expected, "{touched:?}");
        }
    }
}
