use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use serde_json::json;

use super::*;
use crate::sandbox::clock::Moment;

/// A creation that arrived, and was carried out, so many milliseconds after `start`.
fn post(ledger: &mut Ledger, start: Moment, body: Value, arrived: u64, done: Option<u64>) {
    let request = Request::new(
        Method::POST,
        &Uri::from_static("/api/v3/users?contract=true"),
        &HeaderMap::new(),
        Bytes::from(body.to_string()),
    );
    let at = |ms| start.steady + Duration::from_millis(ms);
    let now = Moment {
        steady: at(arrived),
        wall: start.wall,
    };
    let sequence = ledger.arrive(&request, now, None);
    let call = ledger.call_mut(sequence).unwrap();
    call.executed_at = done.map(at);
    call.created_user = done.map(|_| 1000 + sequence);
}

fn pairs(ledger: &Ledger) -> Vec<(MatchedBy, u64, u64)> {
    ledger
        .second_posts()
        .into_iter()
        .map(|found| (found.by, found.first, found.second))
        .collect()
}

#[test]
fn a_post_after_a_refused_one_is_not_a_second_post() {
    let (mut ledger, start) = (Ledger::default(), Moment::now());
    post(&mut ledger, start, json!({"login": "a"}), 0, None);
    post(&mut ledger, start, json!({"login": "a"}), 10, Some(11));
    assert_eq!(pairs(&ledger), []);
}

#[test]
fn a_refused_post_after_an_executed_one_is_a_second_post() {
    let (mut ledger, start) = (Ledger::default(), Moment::now());
    post(&mut ledger, start, json!({"login": "Éa"}), 0, Some(1));
    post(&mut ledger, start, json!({"mail": "eA"}), 10, None);
    assert_eq!(pairs(&ledger), [(MatchedBy::Login, 1, 2)]);
}

#[test]
fn a_post_refused_before_the_first_was_carried_out_is_not_a_second_post() {
    let (mut ledger, start) = (Ledger::default(), Moment::now());
    post(&mut ledger, start, json!({"login": "a"}), 0, Some(100));
    post(&mut ledger, start, json!({"login": "a"}), 10, None);
    assert_eq!(pairs(&ledger), []);
}

#[test]
fn of_two_executed_posts_the_one_carried_out_later_is_the_second() {
    let (mut ledger, start) = (Ledger::default(), Moment::now());
    post(&mut ledger, start, json!({"login": "a"}), 0, Some(100));
    post(&mut ledger, start, json!({"login": "a"}), 10, Some(20));
    assert_eq!(pairs(&ledger), [(MatchedBy::Login, 2, 1)]);
}

#[test]
fn a_twin_with_another_login_is_found_by_identity() {
    let (mut ledger, start) = (Ledger::default(), Moment::now());
    let twin = |login: &str, time: &str| {
        json!({"login": login, "personalEmail": "e@example.com", "firstName": "Éloïse",
               "lastName": "Dupont", "dtContractStart": format!("2027-01-04{time}")})
    };
    post(&mut ledger, start, twin("a", ""), 0, Some(1));
    post(&mut ledger, start, twin("b", "T00:00:00"), 10, Some(11));
    assert_eq!(pairs(&ledger), [(MatchedBy::Identity, 1, 2)]);
}

#[test]
fn the_fullest_window_is_found_wherever_it_lies() {
    let (mut ledger, start) = (Ledger::default(), Moment::now());
    for at in [0, 900, 950, 1000, 1899, 5000] {
        post(&mut ledger, start, json!({}), at, None);
    }
    let second = Duration::from_secs(1);
    assert_eq!(ledger.max_calls_in_any_window(second), 4);
    assert_eq!(ledger.windows_over_budget(3, second), 1);
    assert_eq!(ledger.windows_over_budget(4, second), 0);
}
