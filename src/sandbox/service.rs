//! One call from arrival to answer.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{ConnectInfo, State as Extracted},
    response::Response,
};
use bytes::Bytes;
use http::{HeaderMap, Method, Uri, header};
use jiff::SignedDuration;

use super::{
    answer::{self, Answer, Delivery, JSON, Refusal},
    clock::Moment,
    connection::Connection,
    fault::{self, Kind, RetryAfter},
    request::Request,
    state::Shared,
    v3, v4,
};

/// Serves one call. Once read, it is carried out even if the caller goes away.
pub(super) async fn serve(
    Extracted(shared): Extracted<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Request::new(method, &uri, &headers, body);
    let tasks = shared.tasks.clone();
    let served = tasks.spawn(async move {
        let (sequence, delivery) = decide(&shared, request).await;
        if let Some(call) = shared.state().ledger.call_mut(sequence) {
            call.status = delivery.status();
        }
        let counters = &shared.counters;
        counters.send_modify(|counters| counters.finished += 1);
        delivery
    });
    let delivery = served.await.unwrap_or(Delivery::Cut);
    delivery.into_response(&connection)
}

/// Records the arrival, applies the rate limit, then the first fault that matches, then Lucca's
/// own rules. Returns the number of the call, too.
async fn decide(shared: &Arc<Shared>, request: Request) -> (u64, Delivery) {
    let now = Moment::now();
    let (sequence, fault) = {
        let mut state = shared.state();
        let key = state.key(request.key.as_deref()).map(|key| key.id.clone());
        let sequence = state.ledger.arrive(&request, now, key);
        let counters = &shared.counters;
        counters.send_modify(|counters| counters.calls += 1);
        if let Err(wait) = state.rate_limit.admit(now.steady) {
            // Rounded up: a caller that waits this long is admitted.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            let answer = too_many(now, RetryAfter::Seconds, seconds);
            return (sequence, Delivery::Whole(answer));
        }
        let fault = fault::take(&mut state.faults, &request);
        if let (Some(kind), Some(call)) = (&fault, state.ledger.call_mut(sequence)) {
            call.fault = Some(kind.into());
        }
        (sequence, fault)
    };
    let delivery = match fault {
        None => Delivery::Whole(execute(shared, &request, sequence, Duration::ZERO)),
        Some(kind) => apply(shared, request, sequence, now, kind).await,
    };
    (sequence, delivery)
}

/// What becomes of a call that a fault affects.
async fn apply(
    shared: &Arc<Shared>,
    request: Request,
    sequence: u64,
    now: Moment,
    kind: Kind,
) -> Delivery {
    let run = |lag| execute(shared, &request, sequence, Duration::from_millis(lag));
    let late = || refuse(408, "Request Timeout");
    if kind.executes_first() {
        run(0);
    }
    Delivery::Whole(match kind {
        Kind::CutBefore | Kind::ExecuteThenCut => return Delivery::Cut,
        Kind::ExecuteThenTruncate => return Delivery::Half(run(0)),
        Kind::Hang408 | Kind::ExecuteThenHang => {
            wait(shared, shared.server_timeout).await;
            late()
        }
        Kind::Delay { ms } => {
            let wanted = Duration::from_millis(ms);
            wait(shared, wanted.min(shared.server_timeout)).await;
            match wanted < shared.server_timeout {
                true => run(0),
                false => late(),
            }
        }
        Kind::LateExecute { ms, cut } => {
            let later = shared.clone();
            shared.tasks.spawn(async move {
                if wait(&later, Duration::from_millis(ms)).await {
                    execute(&later, &request, sequence, Duration::ZERO);
                }
            });
            return Delivery::whole_or_cut(late(), cut);
        }
        Kind::LookupLag { ms, cut } => return Delivery::whole_or_cut(run(ms), cut),
        Kind::Status { code, body } => match body {
            Some(body) => answer::text(code, JSON, body),
            None => refuse(code, "The call was refused"),
        },
        Kind::ExecuteThenStatus { code } => refuse(code, "An error has occurred"),
        Kind::Garbage | Kind::ExecuteThenGarbage => garbage(),
        Kind::Html { code } => html(code),
        Kind::Redirect { location } | Kind::ExecuteThenRedirect { location } => redirect(&location),
        Kind::TooManyRequests {
            retry_after,
            seconds,
        } => too_many(now, retry_after.unwrap_or_default(), seconds.unwrap_or(1)),
    })
}

/// Lets Lucca carry the call out, and records the result. Reads do not show a user it creates
/// before `lag` has passed.
fn execute(shared: &Shared, request: &Request, sequence: u64, lag: Duration) -> Answer {
    let now = Moment::now();
    let mut guard = shared.state();
    let state = &mut *guard;
    let done = state
        .caller(request.key.as_deref(), now)
        .and_then(|caller| match request.segments().first() {
            Some(&"organization") => v4::answer(state, &caller, request),
            _ => v3::answer(state, &caller, request),
        });
    let created = done.as_ref().ok().and_then(|done| done.created);
    if let Some(user) = created.and_then(|id| state.company.users.get_mut(&id)) {
        user.visible_from = now.steady + lag;
        state.ledger.users_created.push(user.clone());
        let counters = &shared.counters;
        counters.send_modify(|counters| counters.users_created += 1);
    }
    if let Some(call) = state.ledger.call_mut(sequence) {
        call.executed = done.is_ok();
        call.executed_at = done.is_ok().then_some(now.steady);
        call.created_user = created;
    }
    done.map_or_else(
        |refusal| refusal.answer(),
        |done| answer::json(200, &done.body),
    )
}

/// Waits; returns whether the sandbox is still running.
async fn wait(shared: &Shared, time: Duration) -> bool {
    tokio::select! {
        () = tokio::time::sleep(time) => true,
        () = shared.closing.cancelled() => false,
    }
}

fn refuse(code: u16, message: &str) -> Answer {
    Refusal::Product(code, message.to_owned()).answer()
}

/// A 429, with `Retry-After` in the wanted form.
fn too_many(now: Moment, form: RetryAfter, seconds: u64) -> Answer {
    let value = match form {
        RetryAfter::Absent => return refuse(429, "Too many requests"),
        RetryAfter::Seconds => seconds.to_string(),
        RetryAfter::HttpDate => {
            let wait = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
            let then = now.wall.saturating_add(wait).unwrap_or(now.wall);
            then.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
        }
    };
    let answer = refuse(429, "Too many requests");
    answer::with_header(answer, header::RETRY_AFTER, &value)
}

/// A 200 that is announced as JSON and is none.
fn garbage() -> Answer {
    answer::text(200, JSON, "{\"data\": {\"id\": ")
}

/// A page as a proxy in front of Lucca would write it.
fn html(status: u16) -> Answer {
    let page = format!(
        "<!DOCTYPE html><html><head><title>{status}</title></head>\
         <body><h1>{status}</h1><p>The service cannot answer.</p></body></html>"
    );
    answer::text(status, "text/html; charset=utf-8", page)
}

fn redirect(location: &str) -> Answer {
    answer::with_header(answer::empty(307), header::LOCATION, location)
}
