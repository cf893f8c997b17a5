//! The wrapper that every handler runs in. Before the handler: the caller, the tenant, and a permit.
//! After it: the entry in the history, and the status of an error.

use std::{future::Future, sync::Arc};

use http::HeaderMap;
use parking_lot::Mutex;
use tonic::{Request, Response, Status, metadata::MetadataMap};

use super::{
    ApiError, Caller,
    audit::{About, Audit},
    guard::{Admission, Deadline},
    language::language,
    permits::RequestPermit,
    rpc::{End, Rpc, Work},
};
use crate::{
    domain::{ids::TenantId, language::Language},
    store::{Actor, HistoryEvent, in_share},
};

/// A call, as its handler gets it beside the message.
#[derive(Debug)]
pub struct Call {
    /// The method.
    pub rpc: &'static Rpc,
    /// Who calls.
    pub caller: Caller,
    /// The language to answer in.
    pub language: Language,
    /// When the answer must be ready.
    pub deadline: Deadline,
    /// What was sent beside the message.
    pub metadata: MetadataMap,
    permit: Option<RequestPermit>,
    did: Mutex<Option<HistoryEvent>>,
}

impl Call {
    /// A call that the guard has admitted, with these headers.
    pub(super) fn new(rpc: &'static Rpc, admission: Admission, headers: HeaderMap) -> Self {
        Self {
            rpc,
            caller: admission.caller,
            language: language(&headers),
            deadline: admission.deadline,
            metadata: MetadataMap::from_headers(headers),
            permit: admission.permit,
            did: Mutex::new(None),
        }
    }

    /// The call of a request.
    ///
    /// # Errors
    /// The guard has not admitted the request.
    pub(super) fn of<T>(rpc: &'static Rpc, request: &Request<T>) -> Result<Self, ApiError> {
        let admission = request.extensions().get::<Admission>().cloned();
        let admission = admission.ok_or(ApiError::Unauthenticated)?;
        let headers = request.metadata().as_ref().clone();
        Ok(Self::new(rpc, admission, headers))
    }

    /// Checks the caller's scope, which the guard has checked before, and that the caller may act
    /// for the tenant of the message. Then waits for what the method needs: a permit, or a place
    /// among those that wait.
    async fn begin(&self, tenant: Option<TenantId>) -> Result<(), ApiError> {
        self.caller.has(self.rpc.scopes)?;
        if let Some(tenant) = &tenant {
            self.caller.may(Some(tenant))?;
        }
        match (&self.permit, self.rpc.work) {
            (None, _) => Ok(()),
            (Some(permit), Work::AsksLucca) => permit.wait().await,
            (Some(permit), Work::Lists) => permit.list(tenant).await,
            (Some(permit), _) => permit.work(tenant).await,
        }
    }

    /// Gives the permit to another call: from now on this one only waits.
    ///
    /// # Errors
    /// Too many calls of this caller wait. The call keeps its permit.
    pub async fn wait(&self) -> Result<(), ApiError> {
        match &self.permit {
            Some(permit) => permit.wait().await,
            None => Ok(()),
        }
    }

    /// The caller and the method, for the history.
    pub fn actor(&self) -> Actor {
        Actor::calling(&self.caller.name, self.rpc.name)
    }

    /// Sets what the history says if the call succeeds.
    pub fn did(&self, did: HistoryEvent) {
        *self.did.lock() = Some(did);
    }

    /// What the call did, if the handler has set it.
    pub(super) fn done(&self) -> Option<HistoryEvent> {
        self.did.lock().take()
    }
}

/// Runs a handler. `about` says what the call is about: its tenant is checked before anything
/// else, and the history keeps it. If it says nothing, there is no entry in the history.
pub(super) async fn answer<Q, A, W>(
    rpc: &'static Rpc,
    audit: &Audit,
    request: Request<Q>,
    about: impl FnOnce(&Q) -> Option<About>,
    work: impl FnOnce(Arc<Call>, Q) -> W,
) -> Result<Response<A>, Status>
where
    A: Send + 'static,
    W: Future<Output = Result<A, ApiError>> + Send + 'static,
{
    let language = language(request.metadata().as_ref());
    let call = Call::of(rpc, &request).map_err(|error| error.status(language))?;
    let (call, audit) = (Arc::new(call), audit.clone());
    let about = about(request.get_ref());
    let tenant = about.as_ref().and_then(|about| about.tenant.clone());
    let begun = call.begin(tenant.clone()).await;
    let work = work(Arc::clone(&call), request.into_inner());
    let caller = Arc::clone(&call.caller.name);
    let share = tenant.as_ref().map_or(&*caller, TenantId::as_str);
    let run = in_share(share, async move {
        let result = match begun {
            Ok(()) => work.await,
            Err(error) => Err(error),
        };
        if let Some(about) = about {
            audit.ended(&call, about, result.as_ref().err()).await;
        }
        result
    });
    let result = match rpc.end {
        End::WithCaller => run.await,
        End::Later => detached(run).await.and_then(|result| result),
    };
    result
        .map(Response::new)
        .map_err(|error| error.status(language))
}

/// Runs to its end even if the caller goes away.
pub(super) async fn detached<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::spawn(work).await.map_err(|_| ApiError::Internal)
}

/// Implements a service: each method runs a handler in [`answer`].
macro_rules! service {
    (
        $service:ident for $type:ident $(, type $stream:ident = $of:ty)? {
            $($method:ident($request:ty) -> $response:ty => $rpc:ident, $handler:ident, $about:expr;)*
        }
    ) => {
        #[tonic::async_trait]
        impl $service for $type {
            $(type $stream = $of;)?
            $(
                async fn $method(
                    &self,
                    request: tonic::Request<$request>,
                ) -> Result<tonic::Response<$response>, tonic::Status> {
                    let service = self.clone();
                    $crate::api::call::answer(
                        &$crate::api::rpc::$rpc,
                        self.shared.audit(),
                        request,
                        $about,
                        |call, message| service.$handler(call, message),
                    )
                    .await
                }
            )*
        }
    };
}
pub(super) use service;
