//! The wrapper that every handler runs in. Before the handler: caller, deadline, language and
//! scope. After it: the entry in the history, and the status of an error.

use std::{future::Future, sync::Arc};

use parking_lot::Mutex;
use tonic::{Request, Response, Status, metadata::MetadataMap};

use super::{
    ApiError, Caller,
    audit::{About, Audit},
    guard::Deadline,
    language::language,
    permits::RequestPermit,
    rpc::{End, Rpc},
};
use crate::{
    domain::language::Language,
    store::{Actor, HistoryEvent},
};

/// A call, as its handler gets it beside the message.
#[derive(Debug)]
pub struct Call {
    /// What is called.
    pub rpc: &'static Rpc,
    /// Who calls.
    pub caller: Caller,
    /// The language to answer in.
    pub language: Language,
    /// When the answer has to be ready.
    pub deadline: Deadline,
    /// What came beside the message.
    pub metadata: MetadataMap,
    permit: Option<RequestPermit>,
    did: Mutex<Option<HistoryEvent>>,
}

impl Call {
    /// The call of a request that passed the guard.
    ///
    /// # Errors
    /// It did not pass the guard.
    pub(super) fn of<T>(rpc: &'static Rpc, request: &Request<T>) -> Result<Self, ApiError> {
        let extensions = request.extensions();
        Ok(Self {
            rpc,
            caller: Caller::of(extensions)?.clone(),
            language: language(request.metadata().as_ref()),
            deadline: Deadline::of(extensions),
            metadata: request.metadata().clone(),
            permit: extensions.get().cloned(),
            did: Mutex::new(None),
        })
    }

    /// From now on the call only waits: another one may be worked on in its place.
    ///
    /// # Errors
    /// Too many calls wait.
    pub fn wait(&self) -> Result<(), ApiError> {
        self.permit.as_ref().map_or(Ok(()), RequestPermit::wait)
    }

    /// The caller and the call, for the history.
    pub fn actor(&self) -> Actor {
        Actor::calling(&self.caller.name, self.rpc.name)
    }

    /// What the history says if the call succeeds.
    pub fn did(&self, did: HistoryEvent) {
        *self.did.lock() = Some(did);
    }

    /// What the call did, if the handler said so.
    pub(super) fn done(&self) -> Option<HistoryEvent> {
        self.did.lock().take()
    }
}

/// Runs a handler. `about` says what the call is about, for the history; `None` if this call
/// gets no entry.
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
    let work = work(Arc::clone(&call), request.into_inner());
    let run = async move {
        let result = match call.caller.has(rpc.scopes) {
            Ok(()) => work.await,
            Err(denied) => Err(denied),
        };
        if let Some(about) = about {
            audit.ended(&call, about, result.as_ref().err()).await;
        }
        result
    };
    let result = match rpc.end {
        End::WithCaller => run.await,
        End::Later => detached(run).await.and_then(|result| result),
    };
    result
        .map(Response::new)
        .map_err(|error| error.status(language))
}

/// Runs to its end even if the caller goes away meanwhile.
pub(super) async fn detached<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::spawn(work).await.map_err(|_| ApiError::Internal)
}

/// Implements a service: each method runs a handler of the type in [`answer`].
macro_rules! service {
    (
        $service:ident for $type:ident $(, type $stream:ident = $of:ty)? {
            $($method:ident($request:ty) -> $response:ty => $rpc:ident, $handler:ident $(, $about:expr)?;)*
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
                        $crate::api::call::service!(@about $($about)?),
                        |call, message| service.$handler(call, message),
                    )
                    .await
                }
            )*
        }
    };
    (@about) => { |_| None };
    (@about $about:expr) => { $about };
}
pub(super) use service;
