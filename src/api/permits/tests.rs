use std::iter;

use tokio::task::JoinHandle;

use super::*;
use crate::config::load;

/// Permits with default settings but these.
fn permits(working: u32, waiting: u32, queued: u32) -> RequestPermits {
    let mut server = load(None, iter::empty()).unwrap().server;
    server.max_concurrent_requests = working;
    server.max_waiting_requests = waiting;
    server.max_queued_requests = queued;
    RequestPermits::new(&server, &Metrics::new())
}

fn call(permits: &RequestPermits, caller: &str) -> RequestPermit {
    permits.of(Who {
        caller: caller.into(),
        is_operator: caller == "operator",
    })
}

async fn working(permits: &RequestPermits, caller: &str) -> Result<RequestPermit, ApiError> {
    let call = call(permits, caller);
    call.work(None).await.map(|()| call)
}

/// A call that has begun to wait for a permit.
async fn queued(permits: &RequestPermits, caller: &'static str) -> JoinHandle<bool> {
    let permits = permits.clone();
    let call = tokio::spawn(async move { working(&permits, caller).await.is_ok() });
    tokio::task::yield_now().await;
    call
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_a_permit_and_is_refused_after_the_timeout() {
    let permits = permits(1, 1, 10);
    let held = working(&permits, "a").await.unwrap();
    let began = Instant::now();
    assert!(working(&permits, "b").await.is_err());
    assert_eq!(began.elapsed(), Duration::from_secs(5));
    let waits = queued(&permits, "b").await;
    drop(held);
    assert!(waits.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_call_is_refused_at_once_when_the_queue_is_full() {
    let permits = permits(1, 1, 1);
    let held = working(&permits, "a").await.unwrap();
    let flood = queued(&permits, "flood").await;
    let began = Instant::now();
    assert!(working(&permits, "flood").await.is_err());
    assert_eq!(began.elapsed(), Duration::ZERO);
    drop(held);
    assert!(flood.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_goes_away_leaves_the_queue() {
    let permits = permits(1, 1, 1);
    let held = working(&permits, "a").await.unwrap();
    let gone = queued(&permits, "b").await;
    gone.abort();
    assert!(gone.await.is_err());
    let waits = queued(&permits, "b").await;
    drop(held);
    assert!(waits.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn operators_have_permits_of_their_own() {
    let permits = permits(8, 1, 0);
    let mut held = Vec::new();
    for caller in ["a", "a", "a", "a", "a", "a", "b", "c"] {
        held.push(working(&permits, caller).await.unwrap());
    }
    assert!(working(&permits, "d").await.is_err());
    let kept = working(&permits, "operator").await.unwrap();
    assert!(working(&permits, "operator").await.is_err());
    drop(kept);
    assert!(working(&permits, "operator").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_an_outcome_gives_its_permit_to_others() {
    let permits = permits(1, 1, 0);
    let first = working(&permits, "a").await.unwrap();
    assert!(working(&permits, "b").await.is_err());
    first.wait().await.unwrap();
    let second = working(&permits, "b").await.unwrap();
    // It keeps its permit if there is no place.
    assert!(second.wait().await.is_err());
    assert!(working(&permits, "c").await.is_err());
    drop(first);
    second.wait().await.unwrap();
    assert!(working(&permits, "c").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn one_caller_leaves_half_of_the_places_to_others() {
    let permits = permits(1, 100, 0);
    let mut places = Vec::new();
    for caller in ["flood", "honest"] {
        let mut own = 0;
        for _ in 0..100 {
            let call = call(&permits, caller);
            if call.wait().await.is_ok() {
                own += 1;
                places.push(call);
            }
        }
        assert_eq!(own, if caller == "flood" { 50 } else { 25 });
    }
}

#[tokio::test(start_paused = true)]
async fn the_memory_of_messages_is_shared_like_permits() {
    let permits = permits(1, 1, 0);
    let mut held = Vec::new();
    let largest = 256 * 1024;
    loop {
        let call = call(&permits, "flood");
        if call.receive(largest).await.is_err() {
            break;
        }
        held.push(call);
    }
    assert_eq!(held.len() * largest * DECODED, MESSAGE_MEMORY / 2);
    let honest = call(&permits, "honest");
    assert!(honest.receive(largest).await.is_ok());
    // A message of any size is received in the end.
    let admin = call(&permits, "operator");
    assert!(admin.receive(usize::MAX).await.is_ok());
}

#[tokio::test]
async fn no_permit_is_lost_however_calls_come_and_go() {
    let permits = permits(3, 1, 200);
    let mut calls = Vec::new();
    for index in 0..200_u32 {
        let permits = permits.clone();
        let call = tokio::spawn(async move {
            let _held = working(&permits, ["a", "b", "c"][index as usize % 3]).await;
            for _ in 0..index % 7 {
                tokio::task::yield_now().await;
            }
        });
        if index % 3 == 0 {
            calls.push(call);
        } else if index % 3 == 1 {
            tokio::task::yield_now().await;
            call.abort();
        }
    }
    for call in calls {
        call.await.unwrap();
    }
    let mut held = Vec::new();
    for caller in ["a", "b", "c"] {
        held.push(working(&permits, caller).await.unwrap());
    }
}
