//! One call from arrival to answer.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    response::Response,
};
use http::{Request as HttpRequest, header};
use jiff::SignedDuration;

use super::{
    answer::{Answer, JSON},
    clock::Moment,
    delivery::Delivery,
    fault::Kind,
    refusal::{Refusal, html},
    request::Request,
    state::{Caller, Shared, State},
    switches::RetryAfter,
    v3, v4,
    wire::Cutter,
};

/// Lucca documents 100 MB for a request.
const BODY_LIMIT: usize = 100 * 1024 * 1024;

/// Serves one call. Once read, it is carried out even if the caller goes away.
pub(super) async fn serve(
    shared: Arc<Shared>,
    cutter: Cutter,
    request: HttpRequest<Body>,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return Answer::empty(413).into_response();
    };
    let request = Request::new(parts.method, &parts.uri, &parts.headers, body);
    let tasks = shared.tasks.clone();
    let served = tasks.spawn(async move {
        let (sequence, delivery) = decide(&shared, request).await;
        if let Some(call) = shared.state().ledger.call_mut(sequence) {
            call.status = delivery.status();
        }
        shared
            .counters
            .send_modify(|counters| counters.finished += 1);
        delivery
    });
    served.await.unwrap_or(Delivery::Cut).into_response(&cutter)
}

/// Notes the arrival, applies the budget, then the first fault that strikes, then Lucca.
async fn decide(shared: &Arc<Shared>, request: Request) -> (u64, Delivery) {
    let now = Moment::now();
    let (sequence, struck) = {
        let mut state = shared.state();
        let key = state.key(request.key.as_deref()).map(|key| key.id.clone());
        let sequence = state.ledger.arrive(&request, now, key);
        shared.counters.send_modify(|counters| counters.calls += 1);
        if let Err(wait) = state.gate.admit(now.steady) {
            let answer = too_many(&state, now, None, whole_seconds(wait));
            return (sequence, Delivery::Whole(answer));
        }
        let struck = state.faults.strike(&request);
        if let (Some(kind), Some(call)) = (&struck, state.ledger.call_mut(sequence)) {
            call.fault = Some(kind.name());
        }
        (sequence, struck)
    };
    let delivery = match struck {
        None => Delivery::Whole(execute(shared, &request, sequence, Duration::ZERO)),
        Some(kind) => suffer(shared, request, sequence, now, kind).await,
    };
    (sequence, delivery)
}

/// What becomes of a call that a fault strikes.
async fn suffer(
    shared: &Arc<Shared>,
    request: Request,
    sequence: u64,
    now: Moment,
    kind: Kind,
) -> Delivery {
    let run = || execute(shared, &request, sequence, Duration::ZERO);
    let refuse = |code: u16, message: &str| {
        let style = shared.state().switches.error_style;
        Refusal::product(code, message).answer(style)
    };
    let late = |message| refuse(408, message);
    Delivery::Whole(match kind {
        Kind::Delay { ms } if Duration::from_millis(ms) >= shared.server_timeout => {
            wait(shared, shared.server_timeout).await;
            late("Request Timeout")
        }
        Kind::Delay { ms } => {
            wait(shared, Duration::from_millis(ms)).await;
            run()
        }
        Kind::Status { code, body: None } => refuse(code, "The call was refused"),
        Kind::Status {
            code,
            body: Some(body),
        } => Answer::text(code, JSON, body),
        Kind::ExecuteThenStatus { code } => {
            run();
            refuse(code, "An error has occurred")
        }
        Kind::ExecuteThenCut => {
            run();
            return Delivery::Cut;
        }
        Kind::CutBefore => return Delivery::Cut,
        Kind::ExecuteThenTruncate => return Delivery::Half(run()),
        Kind::ExecuteThenHang => {
            run();
            wait(shared, shared.server_timeout).await;
            late("Request Timeout")
        }
        Kind::Hang408 => {
            wait(shared, shared.server_timeout).await;
            late("Request Timeout")
        }
        Kind::LateExecute { ms, cut } => {
            let shared_later = shared.clone();
            shared.tasks.spawn(async move {
                if wait(&shared_later, Duration::from_millis(ms)).await {
                    execute(&shared_later, &request, sequence, Duration::ZERO);
                }
            });
            if cut {
                return Delivery::Cut;
            }
            late("Request Timeout")
        }
        Kind::Garbage => Delivery::garbage(),
        Kind::ExecuteThenGarbage => {
            run();
            Delivery::garbage()
        }
        Kind::Html { code } => html(code),
        Kind::Redirect { location } => Answer::empty(307).with_header(header::LOCATION, location),
        Kind::ExecuteThenRedirect { location } => {
            run();
            Answer::empty(307).with_header(header::LOCATION, location)
        }
        Kind::Huge => return Delivery::Endless,
        Kind::LookupLag { ms, cut } => {
            let answer = execute(shared, &request, sequence, Duration::from_millis(ms));
            if cut {
                return Delivery::Cut;
            }
            answer
        }
        Kind::TooManyRequests {
            retry_after,
            seconds,
        } => too_many(&shared.state(), now, retry_after, seconds.unwrap_or(1)),
    })
}

/// Lets Lucca carry the call out, and notes what came of it.
fn execute(shared: &Shared, request: &Request, sequence: u64, lag: Duration) -> Answer {
    let now = Moment::now();
    let mut guard = shared.state();
    let state = &mut *guard;
    let answered = Caller::of(state, request.key.as_deref(), now).and_then(|caller| match request
        .segments()
        .first()
    {
        Some(&"organization") => v4::answer(state, &caller, request),
        _ => v3::answer(state, &caller, request),
    });
    let answer = answered.unwrap_or_else(|refusal| refusal.answer(state.switches.error_style));
    if let Some(user) = answer
        .created
        .and_then(|id| state.company.users.get_mut(&id))
    {
        user.visible_from = now.steady + lag;
        state.ledger.users_created.push(user.clone());
        shared
            .counters
            .send_modify(|counters| counters.users_created += 1);
    }
    if let Some(call) = state.ledger.call_mut(sequence) {
        call.executed = answer.executed;
        call.executed_at = answer.executed.then_some(now.steady);
        call.created_user = answer.created;
    }
    answer
}

/// Waits; says whether the sandbox is still running.
async fn wait(shared: &Shared, time: Duration) -> bool {
    tokio::select! {
        () = tokio::time::sleep(time) => true,
        () = shared.closing.cancelled() => false,
    }
}

/// A 429, with `Retry-After` in the wanted form.
fn too_many(state: &State, now: Moment, form: Option<RetryAfter>, seconds: u64) -> Answer {
    let answer = Refusal::product(429, "Too many requests").answer(state.switches.error_style);
    let value = match form.unwrap_or(state.switches.retry_after) {
        RetryAfter::Absent => return answer,
        RetryAfter::Seconds => seconds.to_string(),
        RetryAfter::Absurd => "315360000".to_owned(),
        RetryAfter::HttpDate => {
            let wait = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
            let then = now.wall.saturating_add(wait).unwrap_or(now.wall);
            then.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
        }
    };
    answer.with_header(header::RETRY_AFTER, value)
}

/// Seconds, rounded up: a caller that waits them is admitted.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
