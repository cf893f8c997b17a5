//! `OnboardingService`: hires in, status out.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tonic::{Request, Response, Status};

use super::{
    ApiError, Caller, Resource, Violations,
    audit::{About, Did},
    checks::{allowance_only, check_defaults},
    guard::Deadline,
    language::language,
    operations::read_mask,
    places::Place,
    refresh::Refresher,
    status::Statuses,
    watch::{Watch, watch},
};
use crate::{
    checks::{Checks, Language},
    config::Scope,
    domain::{
        collaborator::Draft,
        field::Field,
        finding::Warning,
        ids::{Account, ExternalId, OnboardingId, SystemName, TenantId},
        lucca_id::LuccaId,
        onboarding::{
            BusinessKey, Onboarding, State,
            submission::{self, Hire, Verdict},
        },
        tenant::Tenant,
    },
    pb::{
        REMARKS,
        collaborator::{self as wire, Source},
        v1::{self, onboarding_service_server::OnboardingService},
    },
    store::{self, Lookup, Store, Submitted},
};

/// The system of hires that name no source.
const NAMELESS_SYSTEM: &str = "grpc";

/// The longest wait of `CreateCollaborator`.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The longest request id, in characters.
const LONGEST_REQUEST_ID: usize = 128;

/// Answers `OnboardingService`.
pub struct Onboardings {
    store: Arc<dyn Store>,
    statuses: Statuses,
    checks: Checks,
    refresher: Refresher,
}

impl Onboardings {
    /// With what it needs.
    pub fn new(statuses: Statuses, checks: Checks, refresher: Refresher) -> Self {
        Self {
            store: Arc::clone(statuses.store()),
            statuses,
            checks,
            refresher,
        }
    }

    async fn tenant(&self, id: &TenantId) -> Result<Tenant, ApiError> {
        let tenant = self.store.tenant(id).await?;
        tenant.ok_or_else(|| ApiError::NotFound(Resource::Tenant, id.to_string()))
    }

    async fn create(
        &self,
        caller: &Caller,
        place: Option<Place>,
        remarks: Vec<Warning>,
        request: v1::CreateCollaboratorRequest,
    ) -> Result<v1::Onboarding, ApiError> {
        let parsed = parse_create(&request)?;
        caller.may(&[Scope::Caller, Scope::Adapter], Some(&parsed.tenant))?;
        let tenant = self.tenant(&parsed.tenant).await?;
        if tenant.disabled {
            return Err(ApiError::TenantDisabled(tenant.id.to_string()));
        }
        let hire = Hire {
            key: BusinessKey {
                tenant: tenant.id.clone(),
                account: tenant.account.clone(),
                system: parsed.source.system,
                external_id: parsed.source.external_id,
                episode: 1,
            },
            person: parsed.source.person,
            draft: parsed.draft,
            anew: parsed.anew,
            event_time: parsed.source.event_time,
            expected_revision: parsed.expected_revision,
            remarks,
            said_by: caller.name.to_string(),
        };
        let name = format!("{}/{}", hire.key.system, hire.key.external_id.as_str());
        let id = OnboardingId::new(uuid::Uuid::now_v7());
        let now = self.statuses.now();
        if request.validate_only {
            return self.preview(&tenant, hire, id, now).await;
        }
        let store = Arc::clone(&self.store);
        let submitted =
            detached(async move { store.submit(hire, parsed.request, id, now).await }).await??;
        let onboarding = match submitted {
            Submitted::Stored(onboarding) => *onboarding,
            Submitted::Differs(onboarding, fields) => {
                return Err(ApiError::Exists {
                    onboarding: onboarding.id.to_string(),
                    user: onboarding.lucca_user.as_ref().map(|user| user.id.get()),
                    fields,
                });
            }
            Submitted::WrongRevision => {
                return Err(ApiError::Conflict(
                    "the onboarding does not have the expected revision",
                ));
            }
            Submitted::RequestReused => return Err(ApiError::RequestReused),
            Submitted::NotKnown => return Err(ApiError::NotFound(Resource::Onboarding, name)),
            Submitted::NoTenant => {
                return Err(ApiError::NotFound(Resource::Tenant, tenant.id.to_string()));
            }
        };
        // When too many wait already the answer is given at once: the hire is stored.
        let may_wait = || place.is_none_or(|place| place.wait().is_ok());
        let onboarding = match parsed.wait {
            Some(wait) if may_wait() => self.statuses.settled(onboarding, wait).await?,
            _ => onboarding,
        };
        self.statuses.show(&onboarding, Some(&tenant)).await
    }

    /// What would become of a hire, without storing it. Without an id, as nothing has one.
    async fn preview(
        &self,
        tenant: &Tenant,
        hire: Hire,
        id: OnboardingId,
        now: Timestamp,
    ) -> Result<v1::Onboarding, ApiError> {
        let key = store::SourceKey {
            tenant: hire.key.tenant.clone(),
            system: hire.key.system.clone(),
            external_id: hire.key.external_id.clone(),
        };
        let lookup = Lookup::Source(key, hire.key.account.clone());
        let name = format!("{}/{}", hire.key.system, hire.key.external_id.as_str());
        let mut latest = self.store.onboarding(lookup).await?;
        let onboarding = match submission::submit(latest.as_mut(), None, &hire, id, now) {
            Verdict::New(onboarding) => *onboarding,
            Verdict::WrongRevision => {
                return Err(ApiError::Conflict(
                    "the onboarding does not have the expected revision",
                ));
            }
            Verdict::NotKnown => return Err(ApiError::NotFound(Resource::Onboarding, name)),
            Verdict::Differs(fields) => {
                return Err(ApiError::Exists {
                    onboarding: latest
                        .as_ref()
                        .map(|it| it.id.to_string())
                        .unwrap_or_default(),
                    user: latest
                        .as_ref()
                        .and_then(|it| it.lucca_user.as_ref())
                        .map(|user| user.id.get()),
                    fields,
                });
            }
            Verdict::Changed | Verdict::Unchanged => match latest {
                Some(onboarding) => onboarding,
                None => return Err(ApiError::Internal),
            },
        };
        let mut shown = self.statuses.show(&onboarding, Some(tenant)).await?;
        if onboarding.id == id {
            shown.id.clear();
        }
        Ok(shown)
    }

    async fn check(
        &self,
        caller: &Caller,
        request: v1::CheckDefaultsRequest,
        language: Language,
    ) -> Result<v1::CheckDefaultsResponse, ApiError> {
        let scopes = [Scope::Caller, Scope::Operator, Scope::Admin];
        let id = caller.tenant(&scopes, "tenant", &request.tenant)?;
        let mut violations = Vec::new();
        let sample = request
            .sample
            .map(|sample| wire::draft(&sample, "sample", &mut violations));
        let mut bad = Violations::default();
        for (path, description) in violations {
            bad.add(path, description);
        }
        bad.check()?;
        let tenant = self.tenant(&id).await?;
        if request.allowance_only {
            return allowance_only(&self.checks, &tenant).await;
        }
        check_defaults(&self.checks, &tenant, sample.as_ref(), language).await
    }

    async fn find(
        &self,
        caller: &Caller,
        key: Option<v1::get_status_request::Key>,
    ) -> Result<Onboarding, ApiError> {
        use v1::get_status_request::Key;
        let mut bad = Violations::default();
        let scopes = [Scope::Caller, Scope::Operator, Scope::Adapter];
        let (lookup, name) = match key {
            None => {
                bad.add("key", "must be onboarding_id, source_key or lucca_user");
                return Err(bad.into());
            }
            Some(Key::OnboardingId(id)) => {
                let Some(parsed) = bad.keep("onboarding_id", OnboardingId::parse(&id)) else {
                    return Err(bad.into());
                };
                (Lookup::Id(parsed), id)
            }
            Some(Key::SourceKey(key)) => {
                let tenant = bad.keep("source_key.tenant", TenantId::parse(&key.tenant));
                let source = read_source(key.source.as_ref(), "source_key.source", &mut bad);
                let (Some(tenant), Some(source)) = (tenant, source) else {
                    return Err(bad.into());
                };
                caller.may(&scopes, Some(&tenant))?;
                let tenant = self.tenant(&tenant).await?;
                let name = format!("{}/{}", source.system, source.external_id.as_str());
                let key = store::SourceKey {
                    tenant: tenant.id,
                    system: source.system,
                    external_id: source.external_id,
                };
                (Lookup::Source(key, tenant.account), name)
            }
            Some(Key::LuccaUser(key)) => {
                let tenant = bad.keep("lucca_user.tenant", TenantId::parse(&key.tenant));
                let user = bad.keep("lucca_user.id", LuccaId::try_from(key.id));
                let (Some(tenant), Some(user)) = (tenant, user) else {
                    return Err(bad.into());
                };
                caller.may(&scopes, Some(&tenant))?;
                let tenant = self.tenant(&tenant).await?;
                let name = format!("for Lucca user {user}");
                (Lookup::LuccaUser(tenant.id, tenant.account, user), name)
            }
        };
        match self.store.onboarding(lookup).await? {
            Some(onboarding) => {
                caller.may(&scopes, Some(&onboarding.key.tenant))?;
                Ok(onboarding)
            }
            None => {
                // Whoever sees some tenants only does not learn what exists elsewhere.
                caller.may(&scopes, None)?;
                Err(ApiError::NotFound(Resource::Onboarding, name))
            }
        }
    }

    /// The hire that a withdrawal means: the one that goes by the id, or the only one of the
    /// person who does.
    async fn meant_by(
        &self,
        key: store::SourceKey,
        account: &Account,
    ) -> Result<store::SourceKey, ApiError> {
        let lookup = Lookup::Source(key.clone(), account.clone());
        if self.store.onboarding(lookup).await?.is_some() {
            return Ok(key);
        }
        let ids = self
            .store
            .onboardings_of_person(key.clone(), account.clone());
        let mut latest = BTreeMap::new();
        for id in ids.await? {
            if let Some(onboarding) = self.store.onboarding(Lookup::Id(id)).await? {
                latest.insert(onboarding.key.external_id.as_str().to_owned(), onboarding);
            }
        }
        let meant: Vec<_> = latest
            .into_values()
            .filter(|it| it.state != State::Cancelled)
            .collect();
        match meant.as_slice() {
            [] => Ok(key),
            [one] => Ok(store::SourceKey {
                external_id: one.key.external_id.clone(),
                ..key
            }),
            _ => Err(ApiError::SeveralHires(key.external_id.as_str().to_owned())),
        }
    }

    async fn withdraw(
        &self,
        caller: &Caller,
        request: v1::WithdrawHireRequest,
    ) -> Result<Option<v1::Onboarding>, ApiError> {
        let mut bad = Violations::default();
        let tenant = bad.keep("tenant", TenantId::parse(&request.tenant));
        let source = read_source(request.source.as_ref(), "source", &mut bad);
        let (Some(tenant), Some(source)) = (tenant, source) else {
            return Err(bad.into());
        };
        caller.may(&[Scope::Caller, Scope::Adapter], Some(&tenant))?;
        let tenant = self.tenant(&tenant).await?;
        let key = store::SourceKey {
            tenant: tenant.id.clone(),
            system: source.system,
            external_id: source.external_id,
        };
        let (account, actor) = (tenant.account.clone(), caller.name.to_string());
        let key = self.meant_by(key, &account).await?;
        let (store, now) = (Arc::clone(&self.store), self.statuses.now());
        let withdrawn = detached(async move {
            let said = source.event_time;
            store.withdraw(key, account, said, &actor, now).await
        })
        .await??;
        match withdrawn {
            Some(onboarding) => self
                .statuses
                .show(&onboarding, Some(&tenant))
                .await
                .map(Some),
            None => Ok(None),
        }
    }
}

/// Runs a write to its end even if the caller goes away meanwhile.
pub(super) async fn detached<T: Send + 'static>(
    write: impl Future<Output = T> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::spawn(write).await.map_err(|_| ApiError::Internal)
}

fn read_source(given: Option<&v1::Source>, path: &str, bad: &mut Violations) -> Option<Source> {
    let mut violations = Vec::new();
    let source = wire::source(given, path, &mut violations);
    for (path, description) in violations {
        bad.add(path, description);
    }
    source
}

struct Create {
    tenant: TenantId,
    source: Source,
    draft: Draft,
    anew: Option<BTreeSet<Field>>,
    request: Option<store::Request>,
    expected_revision: Option<u32>,
    wait: Option<Duration>,
}

fn parse_create(request: &v1::CreateCollaboratorRequest) -> Result<Create, ApiError> {
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
    Ok(Create {
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

/// What the intake remarked, by the codes it sent along.
fn remarks<T>(request: &Request<T>) -> Vec<Warning> {
    request
        .metadata()
        .get(REMARKS)
        .and_then(|value| value.to_str().ok())
        .into_iter()
        .flat_map(|codes| codes.split(','))
        .filter_map(|code| Warning::remark(code.trim()))
        .collect()
}

#[tonic::async_trait]
impl OnboardingService for Onboardings {
    async fn create_collaborator(
        &self,
        request: Request<v1::CreateCollaboratorRequest>,
    ) -> Result<Response<v1::CreateCollaboratorResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let place = request.extensions().get::<Place>().cloned();
        let remarks = remarks(&request);
        let request = request.into_inner();
        let (about, stores) = (About::tenant(&request.tenant), !request.validate_only);
        let onboarding = self.create(&caller, place, remarks, request).await;
        if stores {
            // What it did is noted with the onboarding.
            let rpc = "OnboardingService/CreateCollaborator";
            let audit = self.statuses.audit();
            audit.ended(&caller, rpc, about, &onboarding, None).await;
        }
        Ok(Response::new(v1::CreateCollaboratorResponse {
            onboarding: Some(onboarding?),
        }))
    }

    async fn check_defaults(
        &self,
        request: Request<v1::CheckDefaultsRequest>,
    ) -> Result<Response<v1::CheckDefaultsResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let language = language(request.metadata());
        Ok(Response::new(
            self.check(&caller, request.into_inner(), language).await?,
        ))
    }

    async fn get_status(
        &self,
        request: Request<v1::GetStatusRequest>,
    ) -> Result<Response<v1::GetStatusResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let deadline = Deadline::of(request.extensions());
        let place = request.extensions().get::<Place>().cloned();
        let request = request.into_inner();
        let onboarding = self.find(&caller, request.key).await?;
        let onboarding = if request.refresh {
            caller.has(&[Scope::Caller, Scope::Operator])?;
            // Lucca is waited for.
            if let Some(place) = place {
                place.wait()?;
            }
            let refresher = self.refresher.clone();
            // What was paid for with a call is kept even if the caller goes away.
            detached(async move { refresher.show(&caller, onboarding, deadline).await }).await??
        } else {
            self.statuses.show(&onboarding, None).await?
        };
        Ok(Response::new(v1::GetStatusResponse {
            onboarding: Some(onboarding),
        }))
    }

    type WatchStatusStream = Watch;

    async fn watch_status(
        &self,
        request: Request<v1::WatchStatusRequest>,
    ) -> Result<Response<Self::WatchStatusStream>, Status> {
        use v1::{get_status_request::Key, watch_status_request::Key as Watched};
        let caller = Caller::of(request.extensions())?.clone();
        let place = request.extensions().get::<Place>().cloned();
        let key = request.into_inner().key.map(|key| match key {
            Watched::OnboardingId(id) => Key::OnboardingId(id),
            Watched::SourceKey(key) => Key::SourceKey(key),
        });
        let onboarding = self.find(&caller, key).await?;
        if let Some(place) = place {
            place.wait()?;
        }
        Ok(Response::new(watch(self.statuses.clone(), onboarding)))
    }

    async fn withdraw_hire(
        &self,
        request: Request<v1::WithdrawHireRequest>,
    ) -> Result<Response<v1::WithdrawHireResponse>, Status> {
        let caller = Caller::of(request.extensions())?.clone();
        let request = request.into_inner();
        let about = About::tenant(&request.tenant);
        let onboarding = self.withdraw(&caller, request).await;
        let did = onboarding.as_ref().ok().filter(|it| it.is_none());
        let did = did.map(|_| Did {
            event: "WITHDRAWN_UNKNOWN",
            detail: "kept, for the hire may come later".to_owned(),
        });
        let rpc = "OnboardingService/WithdrawHire";
        let audit = self.statuses.audit();
        audit.ended(&caller, rpc, about, &onboarding, did).await;
        Ok(Response::new(v1::WithdrawHireResponse {
            onboarding: onboarding?,
        }))
    }
}
