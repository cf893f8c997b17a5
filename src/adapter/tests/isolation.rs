//! What one tenant's trouble does to another: nothing.

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::{fake::Call, *};

const LONG: Duration = Duration::from_secs(3600);

/// An adapter for the honest tenant `acme` and the hostile tenant `evil`.
async fn with_two_tenants(tune: impl FnOnce(&mut Tuning)) -> Fixture {
    let fixture = Fixture::tuned(|tuning| {
        tuning.timing.settings_fresh = Duration::ZERO;
        tuning.timing.deleted_after = Duration::ZERO;
        tune(tuning);
    })
    .await;
    fixture.fake.set_tenant("evil", with_path_secret("s3cret"));
    fixture
}

impl Fixture {
    async fn send_as_evil(&self, application: &str) -> u16 {
        let request = self.post("/webhooks/evil/s3cret", confirmed(application));
        request.send().await.unwrap().status().as_u16()
    }

    /// Waits until the service has received as many creations of a tenant.
    async fn creations_of(&self, tenant: &str, count: usize) {
        let mut calls = 0;
        loop {
            let all = self.fake.calls(calls).await;
            let is_of = |call: &&Call| matches!(call, Call::Create(it) if it.tenant == tenant);
            if all.iter().filter(is_of).count() >= count {
                return;
            }
            calls = all.len() + 1;
        }
    }

    fn calls_of_evil(&self) -> usize {
        let calls = self.fake.so_far();
        calls.iter().filter(|call| call.contains(" evil-")).count()
    }

    /// Sends an honest event until it is accepted.
    async fn send_until_accepted(&self, application: &str) {
        let began = Instant::now();
        while self.send(&confirmed(application)).await != 200 {
            assert!(began.elapsed() < PATIENCE);
        }
    }
}

fn refusal(code: Code, reason: &str) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, "onboarding.hr", []);
    Status::with_error_details(code, "…", details)
}

#[tokio::test]
async fn a_tenant_that_the_service_refuses_for_a_while_is_the_only_one_that_waits() {
    for code in [
        Code::Unavailable,
        Code::ResourceExhausted,
        Code::DeadlineExceeded,
        Code::PermissionDenied,
    ] {
        let fixture = with_two_tenants(|tuning| {
            tuning.timing.retry_first = LONG;
            tuning.timing.retry_longest = LONG;
        })
        .await;
        fixture.fake.refuse("evil", Some(Status::new(code, "…")));
        assert_eq!(fixture.send_as_evil("evil-0").await, 200);
        fixture.creations_of("evil", 1).await;
        for number in 1..=20 {
            let id = number.to_string();
            assert_eq!(fixture.send_as_evil(&format!("evil-{id}x")).await, 200);
            fixture.send_ok(&confirmed(&id)).await;
        }
        fixture.creations_of("acme", 20).await;
        // Those that started before the first answer was seen.
        assert!(fixture.calls_of_evil() <= 4, "{code:?}");
    }
}

#[tokio::test]
async fn a_tenant_whose_calls_never_end_leaves_places_for_others() {
    let fixture = with_two_tenants(|_| {}).await;
    let gates: Vec<_> = (0..30)
        .map(|number| fixture.fake.gate(&format!("evil-{number}")))
        .collect();
    for number in 0..30 {
        assert_eq!(fixture.send_as_evil(&format!("evil-{number}")).await, 200);
    }
    for number in 1..=20 {
        fixture.send_ok(&confirmed(&number.to_string())).await;
    }
    fixture.creations_of("acme", 20).await;
    assert_eq!(fixture.calls_of_evil(), 0);
    for gate in gates {
        gate.add_permits(1);
    }
    fixture.creations_of("evil", 30).await;
}

#[tokio::test]
async fn a_tenant_that_uses_up_its_share_is_sent_away_alone() {
    let fixture = with_two_tenants(|tuning| {
        tuning.timing.settings_fresh = LONG;
        tuning.timing.retry_first = LONG;
        tuning.timing.retry_longest = LONG;
        tuning.settings.adapter.spool_tenant_max_events = 3;
    })
    .await;
    fixture.fake.refuse("evil", Some(Status::unavailable("…")));
    for number in 0..3 {
        assert_eq!(fixture.send_as_evil(&format!("evil-{number}")).await, 200);
    }
    for number in 3..10 {
        assert_eq!(fixture.send_as_evil(&format!("evil-{number}")).await, 503);
        fixture.send_ok(&confirmed(&number.to_string())).await;
    }
    fixture.creations_of("acme", 7).await;
    let metrics = fixture.metrics.encode().unwrap();
    let refused = r#"onboarding_webhook_refusals_total{reason="share_full"} 7"#;
    assert!(metrics.contains(refused), "{metrics}");
}

#[tokio::test]
async fn what_waits_for_a_disabled_tenant_takes_no_room_of_others_and_arrives_later() {
    let fixture = with_two_tenants(|tuning| tuning.settings.adapter.spool_max_events = 3).await;
    let disabled = refusal(Code::FailedPrecondition, "TENANT_DISABLED");
    fixture.fake.refuse("evil", Some(disabled));
    for number in 0..3 {
        fixture.send_as_evil(&format!("evil-{number}")).await;
    }
    fixture.creations_of("evil", 1).await;
    for number in 1..=10 {
        fixture.send_until_accepted(&number.to_string()).await;
    }
    fixture.creations_of("acme", 10).await;
    let before = fixture.fake.so_far().len();
    fixture.fake.refuse("evil", None);
    fixture.fake.calls(before + 1).await;
    fixture.send_until_accepted("last").await;
    fixture.creations_of("acme", 11).await;
}

#[tokio::test]
async fn events_of_a_deleted_tenant_are_dropped_and_reported_and_their_bodies_deleted() {
    let mut fixture = with_two_tenants(|_| {}).await;
    fixture.fake.refuse("evil", Some(Status::unavailable("…")));
    for number in 0..3 {
        assert_eq!(fixture.send_as_evil(&format!("evil-{number}")).await, 200);
    }
    let gone = || refusal(Code::NotFound, "TENANT_NOT_FOUND");
    fixture.fake.fail("report", (0..3).map(|_| gone()));
    fixture.fake.refuse("evil", Some(gone()));
    fixture.fake.delete_tenant("evil");
    fixture.send_ok(&confirmed("a-1")).await;
    fixture.creations_of("acme", 1).await;
    let report = "report  KIND_REJECTED TENANT_DELETED ";
    let mut calls = 0;
    loop {
        let heard = fixture.fake.heard(calls).await;
        if heard.iter().filter(|call| *call == report).count() == 3 {
            break;
        }
        calls = heard.len() + 1;
    }
    fixture.stop().await;
    assert_eq!(
        fixture.spooled("tenant = 'evil' AND reason = 'TENANT_DELETED'"),
        3
    );
    assert_eq!(fixture.spooled("tenant = 'evil' AND body IS NOT NULL"), 0);
    let metrics = fixture.metrics.encode().unwrap();
    let dropped = r#"onboarding_events_reported_total{kind="REJECTED",reason="TENANT_DELETED"} 3"#;
    assert!(metrics.contains(dropped), "{metrics}");
}
