//! The request of `CreateCollaborator`: parsed, or every bad field named.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    api::{ApiError, operations::read_mask},
    domain::{
        collaborator::Draft,
        field::Field,
        ids::{ExternalId, SystemName, TenantId},
    },
    pb::{
        Fault, Faults,
        collaborator::{self, Source},
        v1,
    },
    store,
};

/// The system of hires without a source.
const SYSTEM_WITHOUT_SOURCE: &str = "grpc";

/// The longest wait of `CreateCollaborator`.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The longest request id, in characters.
const LONGEST_REQUEST_ID: usize = 128;

/// The most bytes of a hire as JSON. What is stored of an onboarding is a small multiple of it.
const LARGEST_HIRE: usize = 64 * 1024;

/// The parsed request.
pub(super) struct Parsed {
    pub(super) tenant: TenantId,
    pub(super) source: Source,
    pub(super) draft: Draft,
    pub(super) anew: Option<BTreeSet<Field>>,
    pub(super) request: Option<store::Request>,
    pub(super) expected_revision: Option<u32>,
    pub(super) wait: Option<Duration>,
}

/// Parses a request, or names every bad field.
///
/// `is_remarked`: the intake remarked that something could not be read, so an update may name no
/// field.
pub(super) fn parse(
    request: &v1::CreateCollaboratorRequest,
    is_remarked: bool,
) -> Result<Parsed, ApiError> {
    let mut faults = Faults::default();
    let tenant = faults.keep("tenant", TenantId::parse(&request.tenant));
    let request_id = request_id(&request.request_id, &mut faults);
    let source = match (&request.source, &request_id) {
        (None, Some(id)) => source_of_request(id),
        (None, None) => {
            faults.add("source", Fault::missing_or("request_id"));
            None
        }
        (given, _) => collaborator::source(given.as_ref(), "source", &mut faults),
    };
    let given = request.collaborator.clone().unwrap_or_default();
    let draft = collaborator::draft(&given, "collaborator", &mut faults);
    check_size(&draft, "collaborator", &mut faults);
    if !request.accept_incomplete {
        collaborator::check_sense(&draft, "collaborator", &mut faults);
    }
    let mask = request.update_mask.as_ref();
    let anew = mask.map(|mask| read_mask(Some(mask), "update_mask", &mut faults));
    if let Some(anew) = &anew
        && anew.is_empty()
        && !is_remarked
        && faults.is_empty()
    {
        faults.add("update_mask", Fault::NoFields);
    }
    // With a mask, fields that were given earlier may complete the hire.
    if !request.accept_incomplete && anew.is_none() {
        add_missing(&draft, &mut faults);
    }
    let revision = u32::try_from(request.expected_revision).map_err(|_| Fault::Negative);
    let revision = faults.keep("expected_revision", revision);
    let expected_revision = revision.filter(|revision| *revision > 0);
    let wait = wait(request.wait.as_ref(), &mut faults);
    faults.check()?;
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
    Ok(Parsed {
        tenant,
        source,
        draft,
        anew,
        request,
        expected_revision,
        wait,
    })
}

/// Checks that a hire is not too large to be stored.
pub(in crate::api) fn check_size(draft: &Draft, path: &str, faults: &mut Faults) {
    let max = LARGEST_HIRE;
    if serde_json::to_string(draft).is_ok_and(|json| json.len() > max) {
        faults.add(path, Fault::TooLarge { max });
    }
}

/// Adds the required fields that are absent. One that was given and is bad has a fault already.
fn add_missing(draft: &Draft, faults: &mut Faults) {
    for field in draft.complete().err().into_iter().flatten() {
        let path = format!("collaborator.{}", field.name());
        if !faults.paths().any(|bad| bad == path) {
            let fault = match field {
                Field::PersonalEmail => Fault::missing_or("professional_email"),
                _ => Fault::Missing,
            };
            faults.add(path, fault);
        }
    }
}

fn request_id(text: &str, faults: &mut Faults) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    if text.len() > LONGEST_REQUEST_ID || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let max = LONGEST_REQUEST_ID;
        faults.add("request_id", Fault::NotAWord { max });
        return None;
    }
    Some(text.to_owned())
}

/// The source of a hire that has only a request id.
fn source_of_request(request_id: &str) -> Option<Source> {
    Some(Source {
        system: SystemName::parse(SYSTEM_WITHOUT_SOURCE).ok()?,
        external_id: ExternalId::parse(request_id).ok()?,
        person: None,
        event_time: None,
    })
}

fn wait(wait: Option<&prost_types::Duration>, faults: &mut Faults) -> Option<Duration> {
    let max = LONGEST_WAIT.as_secs();
    let wait = Duration::try_from(*wait?).ok();
    let wait = wait.filter(|wait| *wait <= LONGEST_WAIT);
    faults.keep("wait", wait.ok_or(Fault::WaitTooLong { max }))
}
