//! A sample hire: everything is resolved, nothing is created.

use super::{
    Check, Finding, Report,
    Status::{Fail, Pass, Unverified, Warn},
    answers::Answers,
    extended,
};
use crate::{
    domain::{
        collaborator::{Collaborator, Draft},
        extension,
        onboarding::Findings,
        resolve::{OperatorInput, Resolved, resolve},
        tenant::Tenant,
    },
    lucca::creation_body,
};

const ID: &str = "sample";

/// Adds the result for the sample.
pub(super) fn check(sample: &Draft, tenant: &Tenant, answers: &Answers, report: &mut Report) {
    match sample.complete() {
        Ok(collaborator) => try_out(&collaborator, tenant, answers, report),
        Err(fields) => {
            let incomplete = Finding::SampleIncomplete { fields };
            report.add([Check::new(ID, Fail, incomplete)]);
        }
    }
}

fn try_out(sample: &Collaborator, tenant: &Tenant, answers: &Answers, report: &mut Report) {
    let data = extended::of_sample(&sample.rest.extended_data, answers);
    let refused = data.as_ref().is_some_and(|it| it.status == Fail);
    report.add(data);
    if refused {
        report.add([Check::new(ID, Fail, Finding::SampleDataWrong)]);
        return;
    }
    let Some(directory) = &answers.directory else {
        report.add([match answers.gap() {
            Some(gap) => Check::unknown(ID, Some(gap)),
            None => Check::new(ID, Unverified, Finding::SampleNotTried),
        }]);
        return;
    };
    let mut resolved = resolve(sample, &[], tenant, &**directory, OperatorInput::nothing());
    if let Some(definitions) = answers.definitions.known() {
        let data = &sample.rest.extended_data;
        resolved = extension::checked(resolved, data, Some(definitions));
    }
    let (status, finding, findings) = match resolved {
        Resolved::Ready(person, findings) => {
            report.preview = Some(creation_body(&person));
            (Pass, Finding::SampleReady, findings)
        }
        Resolved::Exists(user, findings) => (Warn, Finding::SampleExists { id: user.id }, findings),
        Resolved::Asks(problem, findings) => (Fail, Finding::SampleAsks { problem }, findings),
    };
    report.add([Check::new(ID, status, finding)]);
    report.add(warnings(findings));
}

/// A check for each warning.
fn warnings(findings: Findings) -> impl Iterator<Item = Check> {
    findings.warnings.into_iter().map(|warning| {
        let id = format!("{ID}_{}", warning.code().to_lowercase());
        Check::new(id, Warn, Finding::SampleWarns { warning })
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Status,
            fixtures::{self, english, french},
        },
        *,
    };
    use crate::domain::{
        collaborator::Reference, lucca_id::LuccaId, onboarding::fixtures as onboarding,
    };

    fn tried(sample: &Draft, tenant: &Tenant) -> Report {
        let mut report = Report::default();
        check(sample, tenant, &fixtures::answers(), &mut report);
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
        assert!(english(warning).1.contains("Produit (id 11)"));
        assert!(french(warning).1.contains("Produit (identifiant 11)"));
        assert!(french(warning).0.contains("Le département de l’embauche"));
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
    fn every_missing_field_is_named() {
        let report = tried(&Draft::default(), &placed());
        let message = english(&report.checks[0]).0;
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
    fn custom_data_that_lucca_would_refuse_fail_the_sample() {
        for (code, ready) in [("e_badge", true), ("e_none", false)] {
            let sample = Draft {
                extended_data: [(code.to_owned(), serde_json::json!("B-7"))].into(),
                ..onboarding::draft()
            };
            let report = tried(&sample, &placed());
            assert_eq!(report.ready(), ready, "{code}");
            assert_eq!(report.preview.is_some(), ready, "{code}");
        }
    }

    #[test]
    fn without_lucca_a_sample_is_unverified() {
        let mut report = Report::default();
        check(
            &onboarding::draft(),
            &placed(),
            &Answers::default(),
            &mut report,
        );
        assert_eq!(report.checks[0].status, Status::Unverified);
        assert_eq!(report.preview, None);
    }
}
