//! The budget, by a clock that the check moves.

use std::time::Duration;

use super::Store;
use crate::{
    clock::FakeClock,
    domain::{ids::Account, onboarding::fixtures::account},
    store::Permit,
};

const WINDOW: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(15);

/// A store and the clock by which it measures.
pub(crate) type Subject<'a> = (&'a dyn Store, &'a FakeClock);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn host() -> Account {
    account("acme.ilucca.example")
}

async fn ask(store: &dyn Store, account: &Account, limit: u32) -> Permit {
    let answer = store.take_permit(account, limit, WINDOW, LONGEST);
    answer.await.unwrap()
}

async fn granted(store: &dyn Store, limit: u32) -> i64 {
    match ask(store, &host(), limit).await {
        Permit::Granted(permit) => permit,
        Permit::Wait(span) => panic!("to wait {span:?}"),
    }
}

async fn left(store: &dyn Store, limit: u32) -> u32 {
    let host = host();
    let left = store.budget_left(&host, limit, WINDOW, LONGEST);
    left.await.unwrap()
}

async fn call(store: &dyn Store, limit: u32) {
    let permit = granted(store, limit).await;
    store.end_permit(permit).await.unwrap();
}

pub(crate) async fn a_window_holds_no_more_than_the_limit((store, clock): Subject<'_>) {
    for before in 0..3 {
        assert_eq!(left(store, 3).await, 3 - before);
        call(store, 3).await;
        clock.advance(secs(10));
    }
    assert_eq!(left(store, 3).await, 0);
    assert_eq!(ask(store, &host(), 3).await, Permit::Wait(secs(30)));
    // A lower limit waits for more places, a higher one has some left.
    assert_eq!(ask(store, &host(), 1).await, Permit::Wait(secs(50)));
    assert_eq!(left(store, 5).await, 2);
    clock.advance(secs(30));
    assert_eq!(left(store, 3).await, 1);
    granted(store, 3).await;
}

pub(crate) async fn a_call_counts_until_one_window_after_its_end((store, clock): Subject<'_>) {
    let permit = granted(store, 1).await;
    clock.advance(secs(9));
    assert_eq!(ask(store, &host(), 1).await, Permit::Wait(secs(66)));
    store.end_permit(permit).await.unwrap();
    assert_eq!(ask(store, &host(), 1).await, Permit::Wait(WINDOW));
    clock.advance(secs(30));
    // Ending it once more changes nothing, nor does a permit that never was.
    store.end_permit(permit).await.unwrap();
    store.end_permit(permit + 1000).await.unwrap();
    clock.advance(secs(30) - Duration::from_millis(1));
    let wait = ask(store, &host(), 1).await;
    assert_eq!(wait, Permit::Wait(Duration::from_millis(1)));
    clock.advance(Duration::from_millis(1));
    granted(store, 1).await;
}

pub(crate) async fn a_call_that_was_never_made_does_not_count((store, _): Subject<'_>) {
    let permit = granted(store, 1).await;
    assert!(matches!(ask(store, &host(), 1).await, Permit::Wait(_)));
    store.give_back_permit(permit).await.unwrap();
    let made = granted(store, 1).await;
    // What was made and has ended is not given back.
    store.end_permit(made).await.unwrap();
    store.give_back_permit(made).await.unwrap();
    assert_eq!(ask(store, &host(), 1).await, Permit::Wait(WINDOW));
}

pub(crate) async fn the_end_is_not_counted_too_early((store, clock): Subject<'_>) {
    clock.advance(Duration::from_micros(900));
    let permit = granted(store, 1).await;
    store.end_permit(permit).await.unwrap();
    clock.advance(WINDOW - Duration::from_micros(500));
    assert!(matches!(ask(store, &host(), 1).await, Permit::Wait(_)));
    store.pause_account(&host(), secs(1)).await.unwrap();
    clock.advance(secs(1) - Duration::from_micros(200));
    assert!(matches!(ask(store, &host(), 1).await, Permit::Wait(_)));
    clock.advance(Duration::from_millis(2));
    granted(store, 1).await;
}

pub(crate) async fn a_call_without_an_end_counts_for_as_long_as_it_may_take(
    (store, clock): Subject<'_>,
) {
    granted(store, 1).await;
    assert_eq!(ask(store, &host(), 1).await, Permit::Wait(LONGEST + WINDOW));
    clock.advance(LONGEST + WINDOW - Duration::from_millis(1));
    assert_eq!(left(store, 1).await, 0);
    assert!(matches!(ask(store, &host(), 1).await, Permit::Wait(_)));
    clock.advance(Duration::from_millis(1));
    granted(store, 1).await;
}

pub(crate) async fn accounts_do_not_share_a_budget((store, _): Subject<'_>) {
    call(store, 1).await;
    store.pause_account(&host(), secs(5)).await.unwrap();
    let other = account("other.ilucca.example");
    let answer = ask(store, &other, 1).await;
    assert!(matches!(answer, Permit::Granted(_)));
}

pub(crate) async fn a_pause_stops_every_call((store, clock): Subject<'_>) {
    store.pause_account(&host(), secs(30)).await.unwrap();
    // A shorter one does not end it earlier.
    store.pause_account(&host(), secs(5)).await.unwrap();
    assert_eq!(left(store, 3).await, 0);
    assert_eq!(ask(store, &host(), 3).await, Permit::Wait(secs(30)));
    clock.advance(secs(20));
    assert_eq!(ask(store, &host(), 3).await, Permit::Wait(secs(10)));
    store.pause_account(&host(), secs(15)).await.unwrap();
    clock.advance(secs(10));
    assert_eq!(ask(store, &host(), 3).await, Permit::Wait(secs(5)));
    clock.advance(secs(5));
    assert_eq!(left(store, 3).await, 3);
    granted(store, 3).await;
}

pub(crate) async fn the_wall_clock_does_not_matter((store, clock): Subject<'_>) {
    call(store, 1).await;
    for days in [-400, 400] {
        clock.set_wall(jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(days * 24));
        assert_eq!(ask(store, &host(), 1).await, Permit::Wait(WINDOW));
    }
}

pub(crate) async fn after_a_reboot_a_full_window_passes((store, clock): Subject<'_>) {
    // The boot clock may be behind or ahead of where it was.
    for since_boot in [secs(3), secs(1_000_000)] {
        let open = granted(store, 2).await;
        call(store, 2).await;
        clock.advance(secs(50));
        store.pause_account(&host(), secs(1)).await.unwrap();
        clock.reboot(since_boot);
        assert_eq!(ask(store, &host(), 2).await, Permit::Wait(WINDOW));
        clock.advance(secs(20));
        // A permit of the other boot has no end any more.
        store.end_permit(open).await.unwrap();
        assert_eq!(ask(store, &host(), 2).await, Permit::Wait(secs(40)));
        clock.advance(secs(40));
        assert_eq!(left(store, 2).await, 2);
    }
}

pub(crate) async fn after_a_reboot_the_budget_comes_back_without_a_call(
    (store, clock): Subject<'_>,
) {
    clock.advance(secs(1_000_000));
    call(store, 1).await;
    clock.reboot(secs(3));
    assert_eq!(left(store, 1).await, 0);
    clock.advance(WINDOW);
    assert_eq!(left(store, 1).await, 1);
    // On a boot clock that is ahead it is not back too early either.
    call(store, 1).await;
    clock.reboot(secs(2_000_000));
    assert_eq!(left(store, 1).await, 0);
}

/// A call as Lucca may have counted it: at any time between its beginning and its end.
struct Call {
    permit: i64,
    began: Duration,
    ended: Option<Duration>,
}

/// Notes a call that begins now, and checks how many may be in one window with it.
fn begin(calls: &mut Vec<Call>, limit: u32, permit: i64, now: Duration) {
    let within = calls
        .iter()
        .filter(|call| call.ended.unwrap_or(call.began + LONGEST) + WINDOW > now)
        .count();
    assert!(within < limit as usize, "{within} of {limit} at {now:?}");
    calls.push(Call {
        permit,
        began: now,
        ended: None,
    });
}

pub(crate) async fn no_window_ever_holds_more_than_the_limit((store, clock): Subject<'_>) {
    for seed in 1..=12_u64 {
        let host = account(&format!("host-{seed}.ilucca.example"));
        let limit = u32::try_from(1 + seed % 4).unwrap();
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut random = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let mut calls: Vec<Call> = Vec::new();
        for _ in 0..150 {
            let now = clock.elapsed();
            match random(3) {
                0 => clock.advance(Duration::from_micros(random(20_000_000))),
                1 => {
                    // Some never end; none lasts longer than it can.
                    let open = calls
                        .iter_mut()
                        .filter(|call| call.ended.is_none() && now < call.began + LONGEST);
                    if let Some(call) = open.last() {
                        store.end_permit(call.permit).await.unwrap();
                        call.ended = Some(now);
                    }
                }
                _ => match ask(store, &host, limit).await {
                    Permit::Granted(permit) => begin(&mut calls, limit, permit, now),
                    Permit::Wait(span) => {
                        // One wait of the returned length is enough, if nobody else comes first.
                        assert!(!span.is_zero());
                        clock.advance(span);
                        let Permit::Granted(permit) = ask(store, &host, limit).await else {
                            panic!("has to wait twice");
                        };
                        begin(&mut calls, limit, permit, clock.elapsed());
                    }
                },
            }
        }
        assert!(calls.len() > 10, "seed {seed}: {} calls", calls.len());
    }
}

pub(crate) async fn calls_and_pauses_of_long_ago_are_forgotten((store, clock): Subject<'_>) {
    let permit = ask(store, &host(), 2).await;
    assert!(matches!(permit, Permit::Granted(_)));
    let other = account("other.ilucca.example");
    store.pause_account(&other, secs(60)).await.unwrap();
    let left = async |account: &Account| {
        let left = store.budget_left(account, 2, WINDOW, LONGEST);
        left.await.unwrap()
    };
    // Nothing is forgotten that counts.
    store.forget_calls(WINDOW * 2).await.unwrap();
    assert_eq!((left(&host()).await, left(&other).await), (1, 0));
    clock.advance(WINDOW * 3);
    store.forget_calls(WINDOW * 2).await.unwrap();
    assert_eq!((left(&host()).await, left(&other).await), (2, 2));
}
