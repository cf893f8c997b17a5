//! Trying a hire: everything is resolved, nothing is created.

use super::{Check, Report};
use crate::{
    directory::Snapshot,
    domain::{
        collaborator::Draft,
        field::Field,
        finding::{Candidate, Warning},
        onboarding::Findings,
        resolve::{Decided, Resolved, resolve},
        tenant::Tenant,
    },
    lucca::creation_body,
};

const ID: &str = "sample";

/// Adds what would become of the sample.
pub(super) fn check(
    sample: &Draft,
    tenant: &Tenant,
    snapshot: Option<&Snapshot>,
    report: &mut Report,
) {
    let collaborator = match sample.complete() {
        Ok(collaborator) => collaborator,
        Err(missing) => {
            let names: Vec<String> = missing.into_iter().map(Field::words).collect();
            report.add(Check::fail(
                ID,
                format!("The sample lacks: {}.", names.join(", ")),
                "Complete the sample.",
            ));
            return;
        }
    };
    let Some(snapshot) = snapshot else {
        report.add(Check::unverified(
            ID,
            "The sample could not be tried, because Lucca could not be read.",
            "Put right the checks above, then check again.",
        ));
        return;
    };
    match resolve(&collaborator, &[], tenant, snapshot, Decided::nothing()) {
        Resolved::Ready(person, findings) => {
            report.add(Check::pass(
                ID,
                "The sample would be created as the preview shows.",
            ));
            warnings(&findings, report);
            report.preview = Some(creation_body(&person));
        }
        Resolved::Exists(user, findings) => {
            report.add(Check::warn(
                ID,
                format!(
                    "The person of the sample is in Lucca already (id {}): nobody would be created.",
                    user.id
                ),
                "Nothing, if that is the person meant.",
            ));
            warnings(&findings, report);
        }
        Resolved::Asks(problem, findings) => {
            report.add(Check::fail(
                ID,
                problem.message,
                with_candidates(&problem.fix, &problem.candidates),
            ));
            warnings(&findings, report);
        }
    }
}

fn warnings(findings: &Findings, report: &mut Report) {
    for Warning {
        code,
        message,
        candidates,
        ..
    } in &findings.warnings
    {
        report.add(Check::warn(
            &format!("{ID}_{}", code.to_lowercase()),
            message,
            with_candidates("", candidates),
        ));
    }
}

/// What to do, and whom or what may have been meant.
fn with_candidates(fix: &str, candidates: &[Candidate]) -> String {
    if candidates.is_empty() {
        return fix.to_owned();
    }
    let names: Vec<String> = candidates
        .iter()
        .map(|it| format!("{} (id {})", it.label, it.id))
        .collect();
    format!("{fix} Perhaps meant: {}.", names.join(", "))
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Status, fixtures},
        *,
    };
    use crate::domain::{
        collaborator::Reference, lucca_id::LuccaId, onboarding::fixtures as onboarding,
    };

    fn tried(sample: &Draft, tenant: &Tenant) -> Report {
        let mut report = Report::default();
        check(sample, tenant, Some(&fixtures::snapshot()), &mut report);
        report
    }

    fn placed() -> Tenant {
        let mut tenant = fixtures::tenant();
        tenant.defaults.establishment = LuccaId::try_from(1).ok();
        tenant.defaults.department = LuccaId::try_from(11).ok();
        tenant.defaults.role = LuccaId::try_from(51).ok();
        tenant
    }

    #[test]
    fn the_preview_is_the_body_that_would_be_sent() {
        let sample = Draft {
            department: Some(Reference::Name("produit".into())),
            ..onboarding::draft()
        };
        let report = tried(&sample, &placed());
        assert!(report.ready());
        let preview = report.preview.unwrap();
        assert_eq!(preview["lastName"], onboarding::FAMILY_NAME);
        assert_eq!(preview["departmentId"], 11);
        assert_eq!(preview["rolePrincipalId"], 51);
    }

    #[test]
    fn a_name_that_matches_nothing_is_a_warning_with_what_is_near() {
        let sample = Draft {
            department: Some(Reference::Name("Produits".into())),
            ..onboarding::draft()
        };
        let report = tried(&sample, &placed());
        let warning = &report.checks[1];
        assert_eq!(
            (warning.id.as_str(), warning.status),
            ("sample_not_matched", Status::Warn)
        );
        assert!(warning.fix.contains("Produit (id 11)"));
        assert!(report.ready() && report.preview.is_some());
    }

    #[test]
    fn a_question_fails_and_shows_no_body() {
        let mut tenant = placed();
        tenant.defaults.role = None;
        let report = tried(&onboarding::draft(), &tenant);
        assert_eq!(report.checks[0].status, Status::Fail);
        assert!(!report.ready() && report.preview.is_none());
    }

    #[test]
    fn everything_that_is_missing_is_named() {
        let report = tried(&Draft::default(), &placed());
        let message = &report.checks[0].message;
        for word in [
            "family name",
            "given name",
            "personal e-mail",
            "contract start date",
        ] {
            assert!(message.contains(word), "{message}");
        }
        assert!(!report.ready());
    }

    #[test]
    fn without_lucca_nothing_is_claimed() {
        let mut report = Report::default();
        check(&onboarding::draft(), &placed(), None, &mut report);
        assert_eq!(report.checks[0].status, Status::Unverified);
        assert_eq!(report.preview, None);
    }
}
