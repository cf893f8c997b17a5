//! A PostgreSQL that goes away, comes back, ends connections and loses answers.

use std::time::Duration;

use futures_util::future::join_all;
use lucca_onboarding::{
    config::StoreUrl,
    pb::v1::{self, State},
    sandbox::{Fault, Kind},
};
use tokio::time::{Instant, sleep};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::{
    harness::{
        postgres::{connect, with_database},
        proxy::{Mode, Proxy, database},
    },
    support::{House, collaborator, hire, server::Server, tenant},
};

async fn house_on(url: &str) -> House {
    let house = House::with(Default::default(), |settings| {
        settings.store.url = StoreUrl::Postgres(url.to_owned().into());
        // What a worker has claimed when its commit is lost waits for so long.
        settings.engine.lease = Duration::from_secs(8);
    })
    .await;
    let tenant = tenant(&house.lucca_url());
    house.create_tenant(tenant).await.unwrap();
    house
}

fn request(number: usize) -> v1::CreateCollaboratorRequest {
    let name = format!("Dupont-{}", "x".repeat(number + 1));
    let mut request = hire(&format!("a-{number}"), collaborator(&name));
    request.wait = None;
    request
}

/// Says a hire until it is acknowledged; whatever is said meanwhile allows to try again.
async fn insist(house: &House, number: usize) -> v1::Onboarding {
    let begun = Instant::now();
    loop {
        match house.create(request(number)).await {
            Ok(onboarding) => return onboarding,
            Err(status) => {
                assert_eq!(status.code(), Code::Unavailable, "{status:?}");
                assert!(status.get_error_details().retry_info().is_some());
            }
        }
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "not acknowledged"
        );
        sleep(Duration::from_millis(50)).await;
    }
}

/// These hires end as one employee each, and the ledger knows of no second call.
async fn assert_once(house: &House, many: usize) {
    for number in 0..many {
        let id = format!("a-{number}");
        house.until("test", &id, State::Created).await;
    }
    let ledger = house.sandbox().ledger();
    assert_eq!(ledger.users_created.len(), many);
    assert!(ledger.second_posts().is_empty());
    let list = v1::ListOnboardingsRequest::default();
    let list = house.operations().list_onboardings(list).await.unwrap();
    assert_eq!(list.into_inner().onboardings.len(), many);
}

#[tokio::test]
async fn while_the_database_is_away_calls_are_unavailable_and_then_everything_goes_on() {
    let Some(server) = Server::start().await else {
        return;
    };
    let house = house_on(&server.url()).await;
    house.create(request(0)).await.unwrap();
    house.until("test", "a-0", State::Created).await;
    // Lucca creates somebody while there is nowhere to write it down.
    let late = Kind::LateExecute {
        ms: 1_000,
        cut: false,
    };
    house.sandbox().inject(Fault::on_creation(late, 1));
    house.create(request(1)).await.unwrap();
    let mut counters = house.sandbox().subscribe();
    while house.sandbox().ledger().creations().len() < 2 {
        counters.changed().await.unwrap();
    }
    server.stop().await;
    house.sandbox().wait_for_users(2).await;
    for _ in 0..3 {
        let refusal = house.create(request(2)).await.unwrap_err();
        assert_eq!(refusal.code(), Code::Unavailable, "{refusal:?}");
        assert!(refusal.get_error_details().retry_info().is_some());
        let refusal = house.status_of("test", "a-0").await.unwrap_err();
        assert_eq!(refusal.code(), Code::Unavailable, "{refusal:?}");
    }
    server.start_again().await;
    insist(&house, 2).await;
    assert_once(&house, 3).await;
}

#[tokio::test]
async fn connections_that_are_ended_again_and_again_lose_nothing() {
    with_database(async |url| {
        let house = house_on(url).await;
        let admin = connect(url).await;
        let cut = async {
            for _ in 0..20 {
                let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";
                admin.query(sql, &[]).await.unwrap();
                sleep(Duration::from_millis(100)).await;
            }
        };
        let said = join_all((0..12).map(async |number| {
            sleep(Duration::from_millis(150 * number as u64)).await;
            insist(&house, number).await;
        }));
        tokio::join!(cut, said);
        assert_once(&house, 12).await;
    })
    .await;
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_found_by_the_retry() {
    with_database(async |url| {
        let proxy = Proxy::start(database::server(url)).await;
        let house = house_on(&database::through(url, &proxy)).await;
        proxy.set(Mode::LoseCommits);
        let refusal = house.create(request(0)).await.unwrap_err();
        assert_eq!(refusal.code(), Code::Unavailable, "{refusal:?}");
        assert!(refusal.get_error_details().retry_info().is_some());
        assert!(proxy.strikes()["lose commits"] > 0);
        // It is there although nobody was told, and also what workers commit is lost a while.
        let stored = house.status_of("test", "a-0").await.unwrap();
        sleep(Duration::from_millis(500)).await;
        proxy.set(Mode::Pass);
        assert_eq!(insist(&house, 0).await.id, stored.id);
        assert_once(&house, 1).await;
    })
    .await;
}
