use tokio::task::JoinHandle;

use super::*;

fn permits(working: usize, waiting: usize) -> RequestPermits {
    RequestPermits::new(PermitRules {
        working,
        longest: Duration::from_millis(50),
        waiting,
    })
}

/// A call that has begun to wait for a permit.
async fn waiting(permits: &RequestPermits) -> JoinHandle<Result<RequestPermit, ApiError>> {
    let permits = permits.clone();
    let call = tokio::spawn(async move { permits.working("test", false).await });
    tokio::task::yield_now().await;
    call
}

#[tokio::test(start_paused = true)]
async fn in_a_rush_all_get_their_turn() {
    let permits = permits(2, 1);
    let held = permits.working("test", false).await.unwrap();
    let _other = permits.working("test", false).await.unwrap();
    let mut calls = Vec::new();
    for _ in 0..4 {
        calls.push(waiting(&permits).await);
    }
    tokio::time::sleep(RUSH / 2).await;
    // More wait than are worked on: the newest are first.
    drop(held);
    let turn = calls.pop().unwrap().await.unwrap().unwrap();
    drop(turn);
    let mut turn = calls.pop().unwrap().await.unwrap().unwrap();
    // Few wait: the oldest is first.
    for call in calls {
        drop(turn);
        turn = call.await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn in_overload_the_newest_are_taken_on() {
    let permits = permits(2, 1);
    let held = permits.working("test", false).await.unwrap();
    let _other = permits.working("test", false).await.unwrap();
    tokio::time::sleep(RUSH).await;
    assert!(permits.working("test", false).await.is_err());
    let older = waiting(&permits).await;
    let newer = waiting(&permits).await;
    drop(held);
    let _turn = newer.await.unwrap().unwrap();
    assert!(older.await.unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn in_overload_a_call_is_soon_refused() {
    let permits = permits(1, 1);
    let held = permits.working("test", false).await.unwrap();
    tokio::time::sleep(RUSH).await;
    let began = Instant::now();
    assert!(permits.working("test", false).await.is_err());
    assert_eq!(began.elapsed(), OVERLOAD_PATIENCE);
    // A permit that is free for a moment does not end it.
    drop(held);
    let held = permits.working("test", false).await.unwrap();
    let began = Instant::now();
    assert!(permits.working("test", false).await.is_err());
    assert_eq!(began.elapsed(), OVERLOAD_PATIENCE);
    // When nobody has been sent away for a while the next rush is borne.
    tokio::time::sleep(RUSH).await;
    drop(held);
    let _held = permits.working("test", false).await.unwrap();
    let began = Instant::now();
    assert!(permits.working("test", false).await.is_err());
    assert_eq!(began.elapsed(), RUSH_PATIENCE);
}

#[tokio::test(start_paused = true)]
async fn the_queue_is_bounded_and_calls_that_have_gone_are_not_in_it() {
    let permits = permits(1, 1);
    let held = permits.working("test", false).await.unwrap();
    let mut calls = Vec::new();
    for _ in 0..QUEUE_SHARE {
        calls.push(waiting(&permits).await);
    }
    for call in &calls[1..] {
        call.abort();
    }
    tokio::task::yield_now().await;
    let late = waiting(&permits).await;
    for _ in 2..QUEUE_SHARE {
        calls.push(waiting(&permits).await);
    }
    let began = Instant::now();
    assert!(permits.working("test", false).await.is_err());
    assert_eq!(began.elapsed(), Duration::ZERO);
    drop(calls.split_off(1));
    drop(held);
    assert!(late.await.unwrap().is_ok());
    assert!(calls.remove(0).await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn once_it_is_overload_those_that_have_waited_longest_are_refused() {
    let permits = permits(2, 1);
    let _held = (
        permits.working("test", false).await,
        permits.working("test", false).await,
    );
    let rush = [waiting(&permits).await, waiting(&permits).await];
    tokio::time::sleep(RUSH).await;
    assert!(permits.working("test", false).await.is_err());
    assert!(!rush.iter().any(JoinHandle::is_finished));
    let _newest = [waiting(&permits).await, waiting(&permits).await];
    for call in rush {
        assert!(call.await.unwrap().is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn operators_get_a_permit_in_overload() {
    let permits = permits(8, 1);
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(permits.working("test", false).await.unwrap());
    }
    assert!(permits.working("test", false).await.is_err());
    let kept = permits.working("test", true).await.unwrap();
    assert!(permits.working("test", true).await.is_err());
    drop(kept);
    assert!(permits.working("test", true).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_leaves_its_permit_to_others() {
    let permits = permits(1, 1);
    let first = permits.working("test", false).await.unwrap();
    first.wait().unwrap();
    let second = permits.working("test", false).await.unwrap();
    assert!(second.wait().is_err() && permits.waiting().is_err());
    assert!(permits.working("test", false).await.is_err());
    drop(first);
    assert!(permits.waiting().is_ok());
    assert!(second.wait().is_ok());
    assert!(permits.working("test", false).await.is_ok());
}

#[tokio::test]
async fn no_permit_is_lost_however_calls_come_and_go() {
    let permits = permits(3, 1);
    let mut calls = Vec::new();
    for index in 0..200_u64 {
        let permits = permits.clone();
        let call = tokio::spawn(async move {
            let _permit = permits.working("test", false).await;
            tokio::time::sleep(Duration::from_micros(index % 7 * 100)).await;
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
    for _ in 0..3 {
        let permit = timeout(RUSH_PATIENCE, permits.working("test", false)).await;
        held.push(permit.unwrap().unwrap());
    }
    assert_eq!(permits.0.state.lock().taken, 3);
}
