use std::time::{Duration, Instant};

use super::*;
use crate::sandbox::{Fault, Kind, Matcher, RetryAfter};

/// A seeded sandbox that gives up on calls after a moment.
async fn hasty() -> House {
    House::with(Options {
        server_timeout: Duration::from_millis(50),
        requests_per_window: 10_000,
        ..Options::default()
    })
    .await
}

async fn post(house: &House) -> Result<Response, reqwest::Error> {
    let url = "/api/v3/users?contract=true";
    house
        .try_send("sandbox-key", Method::POST, url, &hire())
        .await
}

#[tokio::test]
async fn a_fault_answers_its_status_and_creates_or_not_as_it_says() {
    let house = hasty().await;
    let to = |location: &str| location.to_owned();
    for (kind, status, created) in [
        (Kind::Delay { ms: 1 }, 200, true),
        (Kind::Delay { ms: 50 }, 408, false),
        (
            Kind::Status {
                code: 503,
                body: None,
            },
            503,
            false,
        ),
        (Kind::ExecuteThenStatus { code: 500 }, 500, true),
        (Kind::ExecuteThenHang, 408, true),
        (Kind::Hang408, 408, false),
        (Kind::Garbage, 200, false),
        (Kind::ExecuteThenGarbage, 200, true),
        (Kind::Html { code: 502 }, 502, false),
        (
            Kind::Redirect {
                location: to("/elsewhere"),
            },
            307,
            false,
        ),
        (
            Kind::ExecuteThenRedirect {
                location: to("/elsewhere"),
            },
            307,
            true,
        ),
        (
            Kind::LookupLag {
                ms: 60_000,
                cut: false,
            },
            200,
            true,
        ),
        (
            Kind::TooManyRequests {
                retry_after: None,
                seconds: Some(7),
            },
            429,
            false,
        ),
    ] {
        let before = house.control.users().len();
        house.control.inject(Fault::on_creation(kind.clone(), 1));
        let answer = post(&house).await.unwrap();
        assert_eq!(answer.status(), status, "{kind:?}");
        let last = house.control.ledger().calls.pop().unwrap();
        assert_eq!(
            (last.status, last.executed),
            (Some(status), created),
            "{kind:?}"
        );
        assert_eq!(last.fault, Some(kind.clone().into()));
        assert_eq!(
            house.control.users().len() - before,
            usize::from(created),
            "{kind:?}"
        );
        if let Some(id) = last.created_user {
            house.control.remove_user(id).unwrap();
        }
    }
}

#[tokio::test]
async fn a_cut_connection_carries_no_answer() {
    let house = hasty().await;
    for (kind, created) in [
        (Kind::CutBefore, false),
        (Kind::ExecuteThenCut, true),
        (
            Kind::LateExecute {
                ms: 60_000,
                cut: true,
            },
            false,
        ),
    ] {
        house.control.inject(Fault::on_creation(kind.clone(), 1));
        let error = post(&house).await.unwrap_err();
        assert!(
            error.is_request() && !error.is_connect(),
            "{kind:?}: {error:?}"
        );
        let last = house.control.ledger().calls.pop().unwrap();
        assert_eq!((last.status, last.executed), (None, created), "{kind:?}");
    }
    assert_eq!(
        house.get("/api/v3/roles").await.0,
        200,
        "the next connection is served"
    );
    house.sandbox.stop().await;
}

#[tokio::test]
async fn a_truncated_answer_starts_with_200_and_breaks_off() {
    let house = hasty().await;
    house
        .control
        .inject(Fault::on_creation(Kind::ExecuteThenTruncate, 1));
    let mut answer = post(&house).await.unwrap();
    assert_eq!(answer.status(), 200);
    let announced = answer.content_length().unwrap();
    let first = answer.chunk().await.unwrap().unwrap();
    assert!(!first.is_empty() && (first.len() as u64) < announced);
    assert!(answer.chunk().await.is_err());
    assert_eq!(house.control.ledger().users_created.len(), 1);
}

#[tokio::test]
async fn a_late_execution_comes_after_the_408() {
    let house = hasty().await;
    house.control.inject(Fault::on_creation(
        Kind::LateExecute {
            ms: 100,
            cut: false,
        },
        1,
    ));
    assert_eq!(post(&house).await.unwrap().status(), 408);
    house.control.wait_for_users(1).await;
    let ledger = house.control.ledger();
    assert_eq!(ledger.calls[0].created_user, Some(1301));
    assert_eq!(ledger.calls[0].status, Some(408));
    let late = ledger.calls[0].executed_at.unwrap() - ledger.calls[0].arrived;
    assert!(late >= Duration::from_millis(100));
}

#[tokio::test]
async fn a_hanging_call_ends_at_the_time_out_of_the_server() {
    let house = hasty().await;
    house.control.inject(Fault::on_creation(Kind::Hang408, 1));
    let start = Instant::now();
    assert_eq!(post(&house).await.unwrap().status(), 408);
    assert!(start.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn a_lagging_user_is_hidden_from_every_read_but_its_login_is_taken() {
    let house = hasty().await;
    house.control.inject(Fault::on_creation(
        Kind::LookupLag {
            ms: 60_000,
            cut: false,
        },
        1,
    ));
    assert_eq!(post(&house).await.unwrap().status(), 200);
    assert!(
        house
            .items("/api/v3/users?lastName=Dupont")
            .await
            .is_empty()
    );
    assert_eq!(house.get("/api/v3/users/1301").await.0, 500);
    assert_eq!(post(&house).await.unwrap().status(), 400);
    assert!(house.control.user(1301).is_some());
}

#[tokio::test]
async fn a_fault_affects_only_what_it_matches_and_as_often_as_it_says() {
    let house = hasty().await;
    house.control.inject(Fault {
        matches: Matcher {
            method: Some("get".to_owned()),
            path_prefix: Some("/api/v3/users".to_owned()),
        },
        times: Some(2),
        kind: Kind::Status {
            code: 503,
            body: Some("busy".to_owned()),
        },
    });
    assert_eq!(house.create(&hire()).await.0, 200);
    for (path, expected) in [
        ("/api/v3/roles", 200),
        ("/api/v3/users", 503),
        ("/api/v3/users/1001", 503),
        ("/api/v3/users", 200),
    ] {
        assert_eq!(house.get(path).await.0, expected, "{path}");
    }
    house.control.inject(Fault::on_reads(Kind::CutBefore, "/"));
    house.control.clear_faults();
    assert_eq!(house.get("/api/v3/roles").await.0, 200);
}

#[tokio::test]
async fn an_injected_429_names_its_own_wait() {
    let house = hasty().await;
    for (retry_after, expected) in [
        (None, Some("7")),
        (Some(RetryAfter::Seconds), Some("7")),
        (Some(RetryAfter::Absent), None),
    ] {
        let seconds = Some(7);
        house.control.inject(Fault::on_creation(
            Kind::TooManyRequests {
                retry_after,
                seconds,
            },
            1,
        ));
        let answer = post(&house).await.unwrap();
        let found = answer
            .headers()
            .get("retry-after")
            .map(|it| it.to_str().unwrap());
        assert_eq!(found, expected);
    }
    let kind = Kind::TooManyRequests {
        retry_after: Some(RetryAfter::HttpDate),
        seconds: Some(3),
    };
    house.control.inject(Fault::on_creation(kind, 1));
    let answer = post(&house).await.unwrap();
    let date = answer.headers()["retry-after"].to_str().unwrap().to_owned();
    let read = jiff::fmt::rfc2822::parse(&date).unwrap().timestamp();
    let wait = read.duration_since(jiff::Timestamp::now()).as_secs();
    assert!((0..=3).contains(&wait), "{date}");
}

#[tokio::test]
async fn a_caller_that_gives_up_does_not_stop_lucca() {
    let house = House::seeded().await;
    house
        .control
        .inject(Fault::on_creation(Kind::Delay { ms: 100 }, 1));
    let calls = house.control.clone();
    tokio::select! {
        biased;
        () = calls.wait_for_calls(1) => {}
        _ = post(&house) => panic!("answered before it was given up"),
    }
    house.control.wait_for_users(1).await;
    assert!(house.control.user(1301).is_some());
}

#[tokio::test]
async fn stopping_does_not_wait_for_hanging_calls() {
    let house = House::seeded().await;
    house.control.inject(Fault::on_creation(Kind::Hang408, 1));
    let House {
        sandbox,
        control,
        client,
    } = house;
    let url = format!("{}/api/v3/users", sandbox.url());
    let call = tokio::spawn(async move {
        let key = "lucca application=sandbox-key";
        client
            .post(url)
            .header("Authorization", key)
            .body("{}")
            .send()
            .await
    });
    control.wait_for_calls(1).await;
    let start = Instant::now();
    sandbox.stop().await;
    assert!(start.elapsed() < Duration::from_secs(4));
    call.await.unwrap().ok();
}
