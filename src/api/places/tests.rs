use tokio::task::JoinHandle;

use super::*;

fn places(working: usize, waiting: usize) -> Places {
    Places::new(PlaceRules {
        working,
        longest: Duration::from_millis(50),
        waiting,
    })
}

/// A call that waits for a place; it has begun to.
async fn waiting(places: &Places) -> JoinHandle<Result<Place, ApiError>> {
    let places = places.clone();
    let call = tokio::spawn(async move { places.place("test", false).await });
    tokio::task::yield_now().await;
    call
}

#[tokio::test(start_paused = true)]
async fn in_a_rush_all_get_their_turn() {
    let places = places(2, 1);
    let held = places.place("test", false).await.unwrap();
    let _other = places.place("test", false).await.unwrap();
    let mut calls = Vec::new();
    for _ in 0..4 {
        calls.push(waiting(&places).await);
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
    let places = places(2, 1);
    let held = places.place("test", false).await.unwrap();
    let _other = places.place("test", false).await.unwrap();
    tokio::time::sleep(RUSH).await;
    assert!(places.place("test", false).await.is_err());
    let older = waiting(&places).await;
    let newer = waiting(&places).await;
    drop(held);
    let _turn = newer.await.unwrap().unwrap();
    assert!(older.await.unwrap().is_err());
}

#[tokio::test(start_paused = true)]
async fn in_overload_a_call_is_soon_sent_away() {
    let places = places(1, 1);
    let held = places.place("test", false).await.unwrap();
    tokio::time::sleep(RUSH).await;
    let began = Instant::now();
    assert!(places.place("test", false).await.is_err());
    assert_eq!(began.elapsed(), OVERLOAD_PATIENCE);
    // A place that is free for a moment does not end it.
    drop(held);
    let held = places.place("test", false).await.unwrap();
    let began = Instant::now();
    assert!(places.place("test", false).await.is_err());
    assert_eq!(began.elapsed(), OVERLOAD_PATIENCE);
    // When nobody has been sent away for a while the next rush is borne.
    tokio::time::sleep(RUSH).await;
    drop(held);
    let _held = places.place("test", false).await.unwrap();
    let began = Instant::now();
    assert!(places.place("test", false).await.is_err());
    assert_eq!(began.elapsed(), RUSH_PATIENCE);
}

#[tokio::test(start_paused = true)]
async fn the_queue_has_an_end_and_those_who_have_gone_are_not_in_it() {
    let places = places(1, 1);
    let held = places.place("test", false).await.unwrap();
    let mut calls = Vec::new();
    for _ in 0..QUEUE_SHARE {
        calls.push(waiting(&places).await);
    }
    for call in &calls[1..] {
        call.abort();
    }
    tokio::task::yield_now().await;
    let late = waiting(&places).await;
    for _ in 2..QUEUE_SHARE {
        calls.push(waiting(&places).await);
    }
    let began = Instant::now();
    assert!(places.place("test", false).await.is_err());
    assert_eq!(began.elapsed(), Duration::ZERO);
    drop(calls.split_off(1));
    drop(held);
    assert!(late.await.unwrap().is_ok());
    assert!(calls.remove(0).await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn once_it_is_overload_those_who_have_waited_longest_hear_it() {
    let places = places(2, 1);
    let _held = (
        places.place("test", false).await,
        places.place("test", false).await,
    );
    let rush = [waiting(&places).await, waiting(&places).await];
    tokio::time::sleep(RUSH).await;
    assert!(places.place("test", false).await.is_err());
    assert!(!rush.iter().any(JoinHandle::is_finished));
    let _newest = [waiting(&places).await, waiting(&places).await];
    for call in rush {
        assert!(call.await.unwrap().is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_looks_after_the_service_gets_a_place_in_overload() {
    let places = places(8, 1);
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(places.place("test", false).await.unwrap());
    }
    assert!(places.place("test", false).await.is_err());
    let kept = places.place("test", true).await.unwrap();
    assert!(places.place("test", true).await.is_err());
    drop(kept);
    assert!(places.place("test", true).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_leaves_its_place_to_others() {
    let places = places(1, 1);
    let first = places.place("test", false).await.unwrap();
    first.wait().unwrap();
    let second = places.place("test", false).await.unwrap();
    assert!(second.wait().is_err() && places.waiting().is_err());
    assert!(places.place("test", false).await.is_err());
    drop(first);
    assert!(places.waiting().is_ok());
    assert!(second.wait().is_ok());
    assert!(places.place("test", false).await.is_ok());
}

#[tokio::test]
async fn no_place_is_lost_however_calls_come_and_go() {
    let places = places(3, 1);
    let mut calls = Vec::new();
    for index in 0..200_u64 {
        let places = places.clone();
        let call = tokio::spawn(async move {
            let _place = places.place("test", false).await;
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
        let place = timeout(RUSH_PATIENCE, places.place("test", false)).await;
        held.push(place.unwrap().unwrap());
    }
    assert_eq!(places.0.state().taken, 3);
}
