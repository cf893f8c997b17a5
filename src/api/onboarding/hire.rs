//! A hire as `CreateCollaborator` says it: parsed, or everything named that is bad about it.

use std::{collections::BTreeSet, time::Duration};

use super::read_source;
use crate::{
    api::{ApiError, Violations, operations::read_mask},
    domain::{
        collaborator::Draft,
        field::Field,
        ids::{ExternalId, SystemName, TenantId},
    },
    pb::{
        collaborator::{self as wire, Source},
        v1,
    },
    store,
};

/// The system of hires that name no source.
const NAMELESS_SYSTEM: &str = "grpc";

/// The longest wait of `CreateCollaborator`.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The longest request id, in characters.
const LONGEST_REQUEST_ID: usize = 128;

/// A hire as a caller says it, parsed.
pub(super) struct Said {
    pub(super) tenant: TenantId,
    pub(super) source: Source,
    pub(super) draft: Draft,
    pub(super) anew: Option<BTreeSet<Field>>,
    pub(super) request: Option<store::Request>,
    pub(super) expected_revision: Option<u32>,
    pub(super) wait: Option<Duration>,
}

/// Parses a request, or names everything that is bad about it.
pub(super) fn parse(request: &v1::CreateCollaboratorRequest) -> Result<Said, ApiError> {
    let mut bad = Violations::default();
    let tenant = bad.keep("tenant", TenantId::parse(&request.tenant));
    let request_id = request_id(&request.request_id, &mut bad);
    let source = match (&request.source, &request_id) {
        (None, Some(id)) => nameless(id),
        (None, None) => {
            bad.add("source", "must be given, or request_id");
            None
        }
        (given, _) => read_source(given.as_ref(), "source", &mut bad),
    };
    let mut violations = Vec::new();
    let given = request.collaborator.clone().unwrap_or_default();
    let draft = wire::draft(&given, "collaborator", &mut violations);
    let unreadable: Vec<String> = violations.iter().map(|(path, _)| path.clone()).collect();
    for (path, description) in violations {
        bad.add(path, description);
    }
    let mask = request.update_mask.as_ref();
    let anew = mask.map(|mask| read_mask(Some(mask), "update_mask", &mut bad));
    if let Some(anew) = &anew
        && anew.is_empty()
        && bad.is_empty()
    {
        bad.add("update_mask", "must name the fields that are said anew");
    }
    // What is left alone may complete the hire.
    if !request.accept_incomplete
        && anew.is_none()
        && let Err(missing) = draft.complete()
    {
        for field in missing {
            let path = format!("collaborator.{}", field.name());
            if !unreadable.contains(&path) {
                let either = "must be given, or professional_email";
                let what = match field {
                    Field::PersonalEmail => either,
                    _ => "must be given",
                };
                bad.add(path, what);
            }
        }
    }
    let expected_revision = match u32::try_from(request.expected_revision) {
        Ok(revision) => Some(revision).filter(|revision| *revision > 0),
        Err(_) => {
            bad.add("expected_revision", "must not be negative");
            None
        }
    };
    let wait = wait(request.wait.as_ref(), &mut bad);
    bad.check()?;
    let (Some(tenant), Some(source)) = (tenant, source) else {
        return Err(ApiError::Internal);
    };
    let request = request_id.map(|id| store::Request {
        content: format!(
            "{}\n{}\n{}{}",
            source.system,
            source.external_id.as_str(),
            serde_json::to_string(&draft).unwrap_or_default(),
            anew.iter()
                .flatten()
                .map(|field| format!("\n{}", field.name()))
                .collect::<String>(),
        ),
        id,
    });
    Ok(Said {
        tenant,
        source,
        draft,
        anew,
        request,
        expected_revision,
        wait,
    })
}

fn request_id(text: &str, bad: &mut Violations) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    if text.len() > LONGEST_REQUEST_ID || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        bad.add(
            "request_id",
            format!("must have 1 to {LONGEST_REQUEST_ID} printable ASCII characters, no spaces"),
        );
        return None;
    }
    Some(text.to_owned())
}

/// The source of a hire that has only a request id.
fn nameless(request_id: &str) -> Option<Source> {
    Some(Source {
        system: SystemName::parse(NAMELESS_SYSTEM).ok()?,
        external_id: ExternalId::parse(request_id).ok()?,
        person: None,
        event_time: None,
    })
}

fn wait(wait: Option<&prost_types::Duration>, bad: &mut Violations) -> Option<Duration> {
    let wait = Duration::try_from(*wait?);
    match wait {
        Ok(wait) if wait <= LONGEST_WAIT => Some(wait),
        _ => {
            bad.add("wait", "must be between 0 and 60 s");
            None
        }
    }
}
