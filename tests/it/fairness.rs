use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use lucca_onboarding::{
    pb::v1::{self, State},
    sandbox::{Options as SandboxOptions, Sandbox},
};
use tokio::time::Instant;

use crate::{
    harness::proxy::{Mode, Proxy},
    support::{House, LUCCA_KEY, collaborator, hire, tenant},
};

const HANGING: &str = "hanging";

#[tokio::test]
async fn a_hanging_lucca_of_one_customer_delays_no_other() {
    let mut house = House::without_tenant(SandboxOptions::default()).await;
    let other = Sandbox::start(SandboxOptions {
        api_key: LUCCA_KEY.to_owned(),
        ..SandboxOptions::default()
    })
    .await
    .unwrap();
    // It accepts every connection and never says a word.
    let silence = Proxy::start(other.address()).await;
    silence.set(Mode::HalfOpen);
    house.stop_service().await;
    let address = silence.address().to_string();
    house.settings.lucca.allow_insecure(&address).unwrap();
    house.start_service().await;
    let hanging = v1::Tenant {
        id: HANGING.to_owned(),
        ..tenant(&format!("http://{address}"))
    };
    house.create_tenant(hanging).await.unwrap();
    let healthy = tenant(&house.lucca_url());
    house.create_tenant(healthy).await.unwrap();

    let accepted = stream::iter(0..1_000)
        .map(|index| {
            let mut request = hire(
                &format!("h-{index}"),
                collaborator(&format!("Silence{index}")),
            );
            request.tenant = HANGING.to_owned();
            request.wait = None;
            house.create(request)
        })
        .buffer_unordered(16)
        .filter(|answer| std::future::ready(answer.is_ok()))
        .count()
        .await;
    assert_eq!(accepted, 1_000);

    for name in ["Dupont", "Durand"] {
        let began = Instant::now();
        let created = house.create(hire(name, collaborator(name))).await.unwrap();
        let took = began.elapsed();
        assert_eq!(created.state(), State::Created, "{name}");
        // The hires of the other tenant would take hours.
        assert!(took < Duration::from_secs(30), "{name} took {took:?}");
    }
    assert!(silence.strikes().contains_key(Mode::HalfOpen.name()));
    assert!(other.control().ledger().calls.is_empty());
}
