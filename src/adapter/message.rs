//! Statements and reports as the service's messages.

use std::collections::BTreeSet;

use strum::IntoDiscriminant as _;
use tonic::{
    Status,
    metadata::{MetadataMap, MetadataValue},
};
use tonic_types::StatusExt as _;

use crate::{
    domain::{
        event_field::EventField,
        field::Field,
        finding::{Warning, WarningKind},
    },
    intake::{
        decide::{Statement, Subject},
        werecruit,
    },
    pb::{FULL_REMARKS, REMARKS, collaborator::collaborator, v1, values::timestamp},
};

pub(super) fn create(tenant: &str, statement: &Statement) -> v1::CreateCollaboratorRequest {
    v1::CreateCollaboratorRequest {
        tenant: tenant.to_owned(),
        source: Some(source(&statement.subject)),
        collaborator: Some(collaborator(&statement.draft)),
        // A hire that lacks something is stored all the same, so that somebody sees it.
        accept_incomplete: true,
        // The sender of a webhook cannot act on a refusal, so a person has to see what differs.
        note_differences: true,
        ..v1::CreateCollaboratorRequest::default()
    }
}

/// The fields that an update sets. A field without a value is cleared, unless every hire needs
/// it: a blank does not remove a name or a start date.
pub(super) fn amend(tenant: &str, statement: &Statement) -> v1::CreateCollaboratorRequest {
    let fields = Field::OF_HIRE.iter().copied();
    let said = fields.filter(|field| statement.draft.get(*field).is_some());
    let blank = statement.blank.iter().filter_map(|field| field.of_hire());
    let cleared = blank.filter(|field| !is_needed(*field));
    let paths: BTreeSet<&str> = said.chain(cleared).map(Field::name).collect();
    v1::CreateCollaboratorRequest {
        update_mask: Some(prost_types::FieldMask {
            paths: paths.into_iter().map(str::to_owned).collect(),
        }),
        ..create(tenant, statement)
    }
}

/// Whether every hire needs a field.
fn is_needed(field: Field) -> bool {
    matches!(
        field,
        Field::FamilyName | Field::GivenName | Field::PersonalEmail | Field::ContractStartDate
    )
}

/// The most bytes of remarks: they travel as metadata, whose size the service limits.
const MOST_REMARKS: usize = 2000;

/// Adds the remarks of the intake to a call.
pub(super) fn add_remarks(metadata: &mut MetadataMap, remarks: &[WarningKind]) {
    let codes = remarks.iter().map(|it| <&str>::from(it.discriminant()));
    let codes = codes.filter(|code| Warning::remark(code).is_some());
    let codes: Vec<&str> = codes.collect();
    if let Some(codes) = codes.join(",").parse().ok().filter(|_| !codes.is_empty()) {
        metadata.insert(REMARKS, codes);
    }
    let mut kept = remarks;
    loop {
        let full = serde_json::to_vec(kept).unwrap_or_default();
        match kept.split_last() {
            None => return,
            // The history names every field all the same.
            Some((_, fewer)) if full.len() > MOST_REMARKS => kept = fewer,
            Some(_) => {
                metadata.insert_bin(FULL_REMARKS, MetadataValue::from_bytes(&full));
                return;
            }
        }
    }
}

pub(super) fn source(subject: &Subject) -> v1::Source {
    let person = subject.person.as_ref();
    v1::Source {
        system: werecruit::SYSTEM.to_owned(),
        external_id: subject.external_id.as_str().to_owned(),
        person_id: person.map_or_else(String::new, |id| id.as_str().to_owned()),
        event_time: subject.event_time.map(timestamp),
    }
}

/// Why the service refused a hire, in `UPPER_SNAKE_CASE`; `REJECTED` if it gave no reason.
pub(super) fn rejection_reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .filter(|reason| !reason.is_empty())
        .unwrap_or_else(|| "REJECTED".to_owned())
}

/// The fields that the service refused, by the names they have in events if they have one.
pub(super) fn rejected_fields(status: &Status) -> Vec<String> {
    let violations = status
        .get_details_bad_request()
        .map(|details| details.field_violations)
        .unwrap_or_default();
    violations
        .into_iter()
        .map(|violation| {
            let path = violation.field;
            let last = path.strip_prefix("collaborator.").unwrap_or(&path);
            match EventField::named(last.split('.').next().unwrap_or(last)) {
                Some(field) => field.canonical().to_owned(),
                None => path,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use tonic::Code;
    use tonic_types::{ErrorDetails, FieldViolation};

    use super::*;
    use crate::domain::finding::{Sent, Unreadable};

    fn sent(remarks: &[WarningKind]) -> (Option<String>, Vec<WarningKind>) {
        let mut metadata = MetadataMap::new();
        add_remarks(&mut metadata, remarks);
        let codes = metadata
            .get(REMARKS)
            .map(|it| it.to_str().unwrap().to_owned());
        let full = metadata
            .get_bin(FULL_REMARKS)
            .map(|it| it.to_bytes().unwrap());
        let full = full.map(|full| serde_json::from_slice(&full).unwrap());
        (codes, full.unwrap_or_default())
    }

    #[test]
    fn remarks_travel_by_their_codes_and_with_their_arguments() {
        let remarks = [
            WarningKind::SendToLuccaAbsent,
            WarningKind::StartDateUnreadable {
                sent: vec![Sent::new("04/01/2027")],
                why: Some(Unreadable::DayOrMonth),
            },
            WarningKind::FieldUnreadable {
                field: Field::Department,
                why: Unreadable::Form,
                sent: vec![Sent::new("[Produit]")],
            },
            WarningKind::DateFromTime {
                field: Field::BirthDate,
            },
        ];
        let (codes, full) = sent(&remarks);
        let expected = "SEND_TO_LUCCA_ABSENT,START_DATE_UNREADABLE";
        assert_eq!(codes.as_deref(), Some(expected));
        assert_eq!(full, remarks);
        assert_eq!(sent(&[]), (None, vec![]));
        // A remark that the service does not know would be lost on the way.
        assert!(remarks.iter().all(WarningKind::is_remark));
    }

    #[test]
    fn remarks_that_are_too_many_are_cut() {
        let remark = WarningKind::FieldContradictory {
            field: Field::JobTitle,
            sent: vec![Sent::new(&"é".repeat(100)); 3],
        };
        let (_, full) = sent(&vec![remark; 20]);
        assert!((1..20).contains(&full.len()));
    }

    #[test]
    fn a_refusal_is_told_in_the_events_own_words() {
        let mut details = ErrorDetails::new();
        details
            .set_error_info("COLLABORATOR_INVALID", "onboarding.hr", [])
            .set_bad_request(vec![
                FieldViolation::new("collaborator.family_name", "…"),
                FieldViolation::new("collaborator.establishment.name", "…"),
                FieldViolation::new("source.external_id", "…"),
            ]);
        let status = tonic::Status::with_error_details(Code::InvalidArgument, "…", details);
        assert_eq!(rejection_reason(&status), "COLLABORATOR_INVALID");
        assert_eq!(
            rejected_fields(&status),
            ["last_name", "establishment", "source.external_id"]
        );
        let bare = Status::invalid_argument("…");
        assert_eq!(rejection_reason(&bare), "REJECTED");
        assert!(rejected_fields(&bare).is_empty());
    }
}
