//! When a load balancer may send webhooks here.

use tokio::time::timeout;
use tonic::Status;

use super::*;

impl Fixture {
    fn ready(&self) -> watch::Receiver<bool> {
        self.running.as_ref().unwrap().ready.clone()
    }

    /// Waits until it is ready, or is not.
    async fn until_ready(&self, wanted: bool) {
        let mut ready = self.ready();
        let told = timeout(PATIENCE, ready.wait_for(|ready| *ready == wanted)).await;
        assert!(told.is_ok(), "not {wanted}");
    }
}

impl Fixture {
    /// Waits until the metrics have a line.
    async fn until_metric(&self, line: &str) {
        let found = async {
            while !self.metrics.encode().unwrap().lines().any(|it| it == line) {
                tokio::task::yield_now().await;
            }
        };
        assert!(timeout(PATIENCE, found).await.is_ok(), "no {line}");
    }
}

async fn looking_often() -> Fixture {
    Fixture::tuned(|tuning| tuning.timing.settings_check = Duration::from_millis(5)).await
}

#[tokio::test]
async fn it_is_ready_once_the_service_answers_and_stays_so_while_it_knows_settings() {
    let mut fixture = looking_often().await;
    fixture.until_ready(true).await;
    // Nobody has sent anything: no webhook could be verified.
    fixture.fake.go_away().await;
    fixture.until_ready(false).await;
    assert_eq!(fixture.send(&confirmed("a-1")).await, 503);
    fixture.fake.come_back().await;
    fixture.until_ready(true).await;
    fixture.send_ok(&confirmed("a-1")).await;
    fixture.fake.go_away().await;
    let mut ready = fixture.ready();
    ready.mark_unchanged();
    for number in 0..20 {
        fixture.send_ok(&confirmed(&format!("b-{number}"))).await;
    }
    assert!(*ready.borrow() && !ready.has_changed().unwrap());
    // Started anew it knows none.
    fixture.stop().await;
    fixture.start().await;
    assert_eq!(fixture.send(&confirmed("c-1")).await, 503);
    assert!(!*fixture.ready().borrow());
    fixture.fake.come_back().await;
    fixture.until_ready(true).await;
}

#[tokio::test]
async fn a_token_that_may_not_ask_for_settings_makes_nothing_ready() {
    for refusal in [Status::unauthenticated(""), Status::permission_denied("")] {
        let mut fixture = looking_often().await;
        fixture.stop().await;
        fixture.fake.fail("look", vec![refusal; 100]);
        fixture.start().await;
        assert!(!*fixture.ready().borrow());
        fixture
            .until_metric("onboarding_adapter_scope_denied 1")
            .await;
        // Once it may ask.
        fixture.until_ready(true).await;
        assert_eq!(fixture.send(&confirmed("a-1")).await, 200);
    }
}

#[tokio::test]
async fn a_tenant_whose_settings_are_denied_is_told_and_stops_no_other() {
    let fixture = looking_often().await;
    fixture.send_ok(&confirmed("a-1")).await;
    fixture
        .fake
        .fail("settings", [Status::permission_denied("")]);
    let response = fixture.post("/webhooks/other/s3cret", "{}").send().await;
    assert_eq!(response.unwrap().status().as_u16(), 503);
    fixture
        .until_metric("onboarding_adapter_tenants_denied 1")
        .await;
    fixture.until_ready(true).await;
    fixture.send_ok(&confirmed("a-2")).await;
}

#[tokio::test]
async fn a_full_spool_is_not_ready_until_there_is_room() {
    let fixture = Fixture::tuned(|tuning| {
        tuning.timing.settings_check = Duration::from_millis(5);
        tuning.timing.housekeeping = Duration::from_millis(5);
        tuning.settings.adapter.spool_max_events = 1;
    })
    .await;
    fixture.until_ready(true).await;
    let gate = fixture.fake.gate("a-1");
    fixture.send_ok(&confirmed("a-1")).await;
    fixture.until_ready(false).await;
    assert_eq!(fixture.send(&confirmed("a-2")).await, 503);
    gate.add_permits(1);
    fixture.until_ready(true).await;
    fixture.send_ok(&confirmed("a-2")).await;
}
