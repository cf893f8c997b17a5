//! Disks that are full, and programs that are killed on SQLite.

use std::{fs, path::Path, time::Duration};

use lucca_onboarding::{
    pb::v1::{
        self, State, onboarding_service_client::OnboardingServiceClient,
        tenant_service_client::TenantServiceClient,
    },
    sandbox::{Control, Fault, Kind},
};
use tokio::time::{Instant, sleep};
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt as _;

use crate::harness::ports;
use crate::support::{
    House, collaborator, hire,
    programs::{Stage, adapter, address, program},
    tenant,
    webhook::{Webhook, event, nine_items},
};

async fn create_tenant(stage: &Stage) {
    let request = v1::CreateTenantRequest {
        tenant: Some(tenant(&stage.sandbox.url())),
        verify_key: false,
        validate_only: false,
    };
    let mut tenants = TenantServiceClient::new(stage.channel.clone());
    tenants.create_tenant(request).await.unwrap();
}

/// Says a hire, and does not wait for what becomes of it.
async fn say(channel: &Channel, number: usize) -> Result<v1::Onboarding, Status> {
    let mut request = hire(&format!("a-{number}"), collaborator(&name(number)));
    request.wait = None;
    let mut service = OnboardingServiceClient::new(channel.clone());
    let answer = service.create_collaborator(request).await?;
    Ok(answer.into_inner().onboarding.unwrap())
}

fn name(number: usize) -> String {
    format!("Dupont-{}", "x".repeat(number + 1))
}

/// Waits for the hire's employee.
async fn created(channel: &Channel, number: usize) {
    let mut request = hire(&format!("a-{number}"), collaborator(&name(number)));
    let mut service = OnboardingServiceClient::new(channel.clone());
    request.wait = Some(prost_types::Duration {
        seconds: 30,
        nanos: 0,
    });
    let answer = service.create_collaborator(request).await.unwrap();
    let onboarding = answer.into_inner().onboarding.unwrap();
    assert_eq!(onboarding.state(), State::Created, "{onboarding:?}");
}

/// Bytes of the largest file that a program writes.
fn largest(directory: &Path) -> u64 {
    let files = fs::read_dir(directory).unwrap();
    let sizes = files.map(|file| file.unwrap().metadata().unwrap().len());
    sizes.max().unwrap()
}

/// Nobody was created twice, and everybody who was acknowledged was.
fn assert_once(sandbox: &Control, many: usize) {
    let ledger = sandbox.ledger();
    assert_eq!(ledger.users_created.len(), many);
    assert!(ledger.second_posts().is_empty());
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_that_was_acknowledged_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    // What a worker has claimed when it can write nothing more waits for so long.
    let short = [
        ("lucca.request_timeout", "6s".to_owned()),
        ("engine.lease", "12s".to_owned()),
    ];
    let mut stage = Stage::start(directory.path(), &short).await;
    create_tenant(&stage).await;
    say(&stage.channel, 0).await.unwrap();
    let space = largest(directory.path()) + 64 * 1024;
    stage.service.limit_files(Some(space));
    // Some go in, some are being created, and then there is no space even for an intent. One
    // that is refused beside a larger neighbour may still fit alone.
    let (mut number, mut refused) = (1, 0);
    while refused < 3 {
        match say(&stage.channel, number).await {
            Ok(_) => (number, refused) = (number + 1, 0),
            Err(status) => {
                assert_eq!(status.code(), Code::Unavailable, "{status:?}");
                assert!(status.get_error_details().retry_info().is_some());
                refused += 1;
            }
        }
        assert!(number < 200, "the disk does not get full");
    }
    // It still answers, and does not pretend.
    assert_eq!(stage.service.ended(), None);

    stage.service.limit_files(None);
    for number in 0..=number {
        created(&stage.channel, number).await;
    }
    assert_once(&stage.sandbox.control(), number + 1);
}

#[tokio::test]
async fn an_adapter_on_a_full_disk_says_503_and_takes_webhooks_again_when_there_is_space() {
    let service = ports::free();
    let house = House::with(Default::default(), |settings| {
        settings.server.grpc_listen = service;
    })
    .await;
    house
        .create_tenant(tenant(&house.lucca_url()))
        .await
        .unwrap();
    let directory = tempfile::tempdir().unwrap();
    let settings = adapter(&directory.path().join("spool.db"), service);
    let mut program = program("adapter", &settings, directory.path());
    program.start().unwrap();
    let webhooks = address(&settings, "adapter.listen");
    let send = async |number: usize| {
        let items = nine_items(&name(number));
        let event = event("hire.confirmed", &format!("a-{number}"), items);
        Webhook::of(&event).send_to(webhooks).await
    };
    let begun = Instant::now();
    while send(0).await.map(|(status, _)| status) != Some(200) {
        assert!(begun.elapsed() < Duration::from_secs(30));
        sleep(Duration::from_millis(50)).await;
    }
    program.limit_files(Some(largest(directory.path()) + 32 * 1024));
    let mut number = 1;
    let refusal = loop {
        match send(number).await {
            Some((200, _)) => number += 1,
            other => break other,
        }
        assert!(number < 200, "the disk does not get full");
    };
    assert_eq!(refusal, Some((503, true)), "status and Retry-After");
    assert_eq!(program.ended(), None);
    program.limit_files(None);
    let begun = Instant::now();
    while send(number).await.map(|(status, _)| status) != Some(200) {
        assert!(begun.elapsed() < Duration::from_secs(30));
        sleep(Duration::from_millis(50)).await;
    }
    for number in 0..=number {
        let id = format!("a-{number}");
        house.until("werecruit", &id, State::Created).await;
    }
    assert_once(&house.sandbox(), number + 1);
}

#[tokio::test]
async fn a_spool_that_is_full_says_503_until_the_service_takes_what_waits() {
    let mut house = House::with(Default::default(), |settings| {
        settings.adapter.spool_max_events = 3;
        // So that it comes back where the adapter looks for it.
        settings.server.grpc_listen = ports::free();
    })
    .await;
    house
        .create_tenant(tenant(&house.lucca_url()))
        .await
        .unwrap();
    house.start_adapter().await;
    let webhook = |number: usize| {
        let items = nine_items(&name(number));
        Webhook::of(&event("hire.confirmed", &format!("a-{number}"), items))
    };
    let webhooks: Vec<Webhook> = (0..=4).map(webhook).collect();
    let send = async |house: &House, number: usize| {
        let adapter = house.webhooks();
        webhooks[number].send_to(adapter).await.unwrap()
    };
    // So that the adapter knows the tenant.
    assert_eq!(send(&house, 0).await.0, 200);
    house.until("werecruit", "a-0", State::Created).await;
    house.stop_service().await;
    for number in 1..=3 {
        assert_eq!(send(&house, number).await.0, 200, "{number}");
    }
    assert_eq!(send(&house, 4).await, (503, true), "status and Retry-After");
    // What it has already is acknowledged all the same.
    assert_eq!(send(&house, 3).await.0, 200);
    house.start_service().await;
    for number in 1..=3 {
        let id = format!("a-{number}");
        house.until("werecruit", &id, State::Created).await;
    }
    assert_eq!(send(&house, 4).await.0, 200);
    house.until("werecruit", "a-4", State::Created).await;
    assert_once(&house.sandbox(), 5);
}

/// The lease would be 5 minutes.
#[tokio::test]
async fn a_killed_service_goes_on_at_the_next_start_whatever_leases_are_left() {
    let directory = tempfile::tempdir().unwrap();
    let long = [("engine.lease", "5m".to_owned())];
    let mut stage = Stage::start(directory.path(), &long).await;
    create_tenant(&stage).await;
    let control = stage.sandbox.control();
    // Of the first, Lucca creates the person and tells nobody; the second waits for Lucca.
    control.inject(Fault::on_creation(Kind::ExecuteThenHang, 1));
    say(&stage.channel, 0).await.unwrap();
    control.wait_for_users(1).await;
    control.inject(Fault::on_creation(Kind::Hang408, 1));
    say(&stage.channel, 1).await.unwrap();
    let mut counters = control.subscribe();
    while control.ledger().creations().len() < 2 {
        counters.changed().await.unwrap();
    }
    stage.service.kill();
    let killed = Instant::now();
    stage.service.start().unwrap();
    stage.answers().await;
    created(&stage.channel, 0).await;
    created(&stage.channel, 1).await;
    // Not when the leases end.
    let took = killed.elapsed();
    assert!(took < Duration::from_secs(120), "{took:?}");
    assert_once(&control, 2);
    assert_eq!(control.ledger().creations().len(), 3);
}
