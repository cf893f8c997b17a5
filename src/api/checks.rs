//! `CheckDefaults`: the report as callers get it.

use super::ApiError;
use crate::{
    checks::{Check, Checks, DefaultValue, PATIENCE, Report, Status},
    domain::{collaborator::Draft, language::Language, tenant::Tenant},
    pb::{
        onboarding::{field, origin},
        v1::{self, check_defaults_response as wire},
        values::structure,
    },
};

/// Checks a tenant and, if there is one, a sample; the report is in this language.
///
/// # Errors
/// The store does not answer.
pub async fn check_defaults(
    checks: &Checks,
    tenant: &Tenant,
    sample: Option<&Draft>,
    language: Language,
) -> Result<v1::CheckDefaultsResponse, ApiError> {
    Ok(response(&checks.check(tenant, sample).await?, language))
}

/// Only the number of calls to Lucca that are left.
///
/// # Errors
/// The store does not answer.
pub async fn allowance_only(
    checks: &Checks,
    tenant: &Tenant,
) -> Result<v1::CheckDefaultsResponse, ApiError> {
    Ok(v1::CheckDefaultsResponse {
        allowance: Some(allowance(checks.calls_left(tenant).await?)),
        ..v1::CheckDefaultsResponse::default()
    })
}

fn allowance(left: u32) -> wire::Allowance {
    wire::Allowance {
        left_count: i32::try_from(left).unwrap_or(i32::MAX),
        longest_wait: prost_types::Duration::try_from(PATIENCE).ok(),
    }
}

fn response(report: &Report, language: Language) -> v1::CheckDefaultsResponse {
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
        status: match check.status {
            Status::Pass => wire::check::Status::Pass,
            Status::Warn => wire::check::Status::Warn,
            Status::Fail => wire::check::Status::Fail,
            Status::Unverified => wire::check::Status::Unverified,
        }
        .into(),
        message,
        fix,
    }
}

fn default(default: &DefaultValue) -> wire::Default {
    wire::Default {
        field: field(default.field).into(),
        source: default
            .source
            .map_or(v1::Origin::Unspecified, origin)
            .into(),
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
