//! `CheckDefaults`: the report as a message.

use crate::{
    checks::{Check, DefaultValue, PATIENCE, Report, Status},
    domain::language::Language,
    pb::{
        onboarding::{field, origin},
        same_variants,
        v1::{self, check_defaults_response as wire},
        values::{int32, structure},
    },
};

/// The number of calls to Lucca that are left.
pub(super) fn allowance(left: u32) -> wire::Allowance {
    wire::Allowance {
        left_count: int32(left),
        longest_wait: prost_types::Duration::try_from(PATIENCE).ok(),
    }
}

/// A report with its sentences in this language.
pub(super) fn response(report: &Report, language: Language) -> v1::CheckDefaultsResponse {
    let preview = report.preview.as_ref().and_then(|body| body.as_object());
    v1::CheckDefaultsResponse {
        ready: report.ready(),
        checks: report.checks.iter().map(|it| check(it, language)).collect(),
        defaults: report.defaults.iter().map(default).collect(),
        preview: preview.map(structure),
        allowance: Some(allowance(report.calls_left)),
    }
}

fn check(check: &Check, language: Language) -> wire::Check {
    let (message, fix) = check.finding.told(language);
    wire::Check {
        id: check.id.clone(),
        status: status(check.status).into(),
        message,
        fix,
    }
}

same_variants! {
    fn status(Status) -> wire::check::Status { Pass Warn Fail Unverified }
}

fn default(default: &DefaultValue) -> wire::Default {
    wire::Default {
        field: field(default.field).into(),
        source: default.source.map(origin).unwrap_or_default().into(),
        lucca_id: default.id.map_or(0, |id| id.get()),
        label: default.label.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        checks::Finding,
        domain::{field::Field, finding::Origin},
        pb::values,
    };

    #[test]
    fn a_report_is_converted_as_it_is() {
        let failed = Check {
            id: "lucca_key".into(),
            status: Status::Fail,
            finding: Finding::KeyRefused,
        };
        let report = Report {
            checks: vec![failed],
            defaults: vec![DefaultValue {
                field: Field::Role,
                source: Some(Origin::LuccaDefault),
                id: None,
                label: String::new(),
            }],
            preview: Some(json!({"lastName": "Beauregard", "departmentId": 11})),
            calls_left: 7,
            gap: None,
        };
        let french = response(&report, Language::French);
        assert_eq!(french.checks[0].message, "Lucca refuse la clé API.");
        let answer = response(&report, Language::English);
        assert!(!answer.ready);
        assert_eq!(answer.checks[0].status(), wire::check::Status::Fail);
        let fix = &answer.checks[0].fix;
        assert!(fix.ends_with("and store it here (lucca_api_key)."), "{fix}");
        let role = &answer.defaults[0];
        assert_eq!(
            (role.field(), role.source(), role.lucca_id),
            (v1::Field::Role, v1::Origin::LuccaDefault, 0)
        );
        let preview = answer.preview.unwrap();
        assert_eq!(values::json(&preview.fields["departmentId"]), json!(11));
        let allowance = answer.allowance.unwrap();
        assert_eq!(allowance.left_count, 7);
        assert_eq!(allowance.longest_wait.unwrap().seconds, 30);
    }
}
