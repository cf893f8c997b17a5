//! What a hostile tenant does. Each attack goes on until the honest tenant has done its work.

use std::{future::pending, pin::Pin, time::Duration};

use futures_util::{StreamExt as _, future::join_all, stream};
use lucca_onboarding::{
    pb::v1::{
        self, get_status_request, onboarding_service_client::OnboardingServiceClient,
        operations_service_client::OperationsServiceClient, resolve_onboarding_request::Decision,
        tenant_service_client::TenantServiceClient, watch_status_request,
    },
    sandbox::{Fault, Kind},
};
use prost_types::FieldMask;
use tonic::transport::Endpoint;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::town::{Account, EVIL, EVIL_SECRET, Hostile, Way, create};
use crate::support::{
    TENANT, collaborator,
    frames::{WINDOW, announcing, connect},
    source,
    webhook::{Webhook, event, nine_items},
};

type Running<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

pub struct Attack {
    /// What both tenants need.
    pub shared: &'static str,
    /// What the hostile tenant does.
    pub does: &'static str,
    pub account: Account,
    /// How the honest tenant hires meanwhile.
    pub way: Way,
    pub run: for<'a> fn(&'a Hostile) -> Running<'a>,
}

/// Calls that one attacker has open at the same time.
const CALLERS: usize = 64;

macro_rules! attacks {
    ($(($shared:literal, $does:literal, $account:ident, $way:ident, $run:ident),)*) => {
        [$(Attack {
            shared: $shared,
            does: $does,
            account: Account::$account,
            way: Way::$way,
            run: |hostile| Box::pin($run(hostile)),
        }),*]
    };
}

pub const ATTACKS: [Attack; 15] = attacks![
    (
        "request permits",
        "reads a hire, 64 calls at the same time",
        Own,
        Call,
        reads
    ),
    (
        "the writer of the store",
        "creates odd and huge hires, 64 at the same time",
        Own,
        Call,
        creates
    ),
    (
        "the readers of the store",
        "lists 100 huge hires under 2,000 labels, 64 calls at the same time",
        Own,
        Call,
        lists
    ),
    ("streams", "keeps 400 watches open", Own, Call, watches),
    (
        "memory for messages",
        "announces 400 messages and never ends them",
        Own,
        Call,
        unended_messages
    ),
    (
        "the decision who may call",
        "calls what its token may not call, 64 calls at the same time",
        Own,
        Call,
        calls_without_right
    ),
    (
        "anonymous streams",
        "opens health watches without a token",
        Own,
        Call,
        anonymous_watches
    ),
    (
        "records",
        "sends impossible dates, also as amendments",
        Own,
        Call,
        impossible_dates
    ),
    (
        "turns of the engine",
        "has 500 hires waiting for a Lucca that answers garbage",
        Own,
        Call,
        waits_for_a_bad_lucca
    ),
    (
        "memory for answers of Lucca",
        "has 100 hires waiting for a Lucca that answers 15 MB pages",
        Own,
        Call,
        huge_pages
    ),
    (
        "the spool and its forwarding",
        "sends true webhooks without end",
        Own,
        Webhook,
        webhooks
    ),
    (
        "the adapter's listener",
        "sends forged webhooks without end",
        Own,
        Webhook,
        forged_webhooks
    ),
    (
        "an account, without a valid key",
        "hires and tries keys at the Lucca of the other",
        Claimed,
        Call,
        tries_keys
    ),
    (
        "an account, with a key of its own",
        "hires without end",
        Shared,
        Call,
        hires_at_the_same_account
    ),
    (
        "interactive calls of an account",
        "refreshes and checks without end",
        Shared,
        Call,
        refreshes
    ),
];

/// Makes calls without end, so many at the same time.
async fn without_end<T>(call: impl AsyncFn(usize) -> T) {
    let calls = stream::iter(0..).map(|nth| call(nth));
    calls.buffer_unordered(CALLERS).for_each(async |_| {}).await;
}

/// One hire of the hostile tenant, which the attack reads.
async fn one_hire(hostile: &Hostile) -> v1::SourceKey {
    hostile.hire("one", collaborator("Mechant")).await.unwrap();
    v1::SourceKey {
        tenant: EVIL.to_owned(),
        source: Some(source("test", "one")),
    }
}

async fn reads(hostile: &Hostile) {
    let key = one_hire(hostile).await;
    without_end(async |_| {
        let request = v1::GetStatusRequest {
            key: Some(get_status_request::Key::SourceKey(key.clone())),
            refresh: false,
        };
        let mut service = OnboardingServiceClient::new(hostile.callers.channel(0));
        service.get_status(request).await
    })
    .await;
}

/// A hire that is odd, and not far below the largest one that is taken.
fn huge(name: &str, nth: usize) -> v1::Collaborator {
    let text = prost_types::value::Kind::StringValue("é".repeat(500));
    let entry = |code| {
        let kind = Some(text.clone());
        (format!("e_{code}"), prost_types::Value { kind })
    };
    v1::Collaborator {
        given_name: "\u{202e}🎉".repeat(60),
        contract_start_date: ["1900-01-02", "2200-12-31"][nth % 2].to_owned(),
        birth_date: "1900-01-01".to_owned(),
        extended_data: (0..50).map(entry).collect(),
        ..collaborator(&format!("{name}{nth}"))
    }
}

async fn creates(hostile: &Hostile) {
    without_end(async |nth| {
        let person = huge("Enorme", nth);
        hostile.hire(&format!("e-{nth}"), person).await
    })
    .await;
}

async fn lists(hostile: &Hostile) {
    let labels = (0..2_000).map(|nth| v1::tenant::Label {
        field: v1::Field::Department.into(),
        label: format!("label {nth}"),
        lucca_id: nth + 1,
    });
    let labelled = v1::UpdateTenantRequest {
        tenant: Some(v1::Tenant {
            id: EVIL.to_owned(),
            labels: labels.collect(),
            ..v1::Tenant::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["labels".to_owned()],
        }),
        ..v1::UpdateTenantRequest::default()
    };
    let mut tenants = TenantServiceClient::new(hostile.callers.channel(0));
    tenants.update_tenant(labelled).await.unwrap();
    for nth in 0..100 {
        let person = huge("Liste", nth);
        hostile.hire(&format!("l-{nth}"), person).await.unwrap();
    }
    without_end(async |_| {
        let own = v1::ListOnboardingsRequest {
            tenant: EVIL.to_owned(),
            page_size: 500,
            ..v1::ListOnboardingsRequest::default()
        };
        let mut operations = OperationsServiceClient::new(hostile.callers.channel(0));
        operations.list_onboardings(own).await
    })
    .await;
}

async fn watches(hostile: &Hostile) {
    let key = one_hire(hostile).await;
    // One connection takes 256 calls at the same time.
    let another = |_| Hostile::of(hostile.target.clone()).callers;
    let connections: Vec<_> = (0..4).map(another).collect();
    let streams = (0..400).map(|nth| {
        let key = Some(watch_status_request::Key::SourceKey(key.clone()));
        let mut service = OnboardingServiceClient::new(connections[nth % 4].channel(0));
        async move { service.watch_status(v1::WatchStatusRequest { key }).await }
    });
    let streams = join_all(streams).await;
    assert!(streams.iter().any(Result::is_ok));
    pending().await
}

async fn unended_messages(hostile: &Hostile) {
    let mut held = Vec::new();
    for _ in 0..4 {
        let client = connect(hostile.target.grpc, WINDOW).await;
        for _ in 0..100 {
            let mut client = client.clone().ready().await.unwrap();
            let path = "http://test/hr.onboarding.v1.TenantService/UpdateTenant";
            let request = http::Request::post(path)
                .header("content-type", "application/grpc")
                .header("te", "trailers")
                .header(
                    "authorization",
                    format!("Bearer {}", crate::harness::load::HOSTILE),
                )
                .body(())
                .unwrap();
            let (response, mut stream) = client.send_request(request, false).unwrap();
            let most = 4 * 1024 * 1024;
            let sent = stream.send_data(announcing(most, &[0; 16_384]), false);
            held.push((sent, response, stream));
        }
    }
    pending().await
}

async fn calls_without_right(hostile: &Hostile) {
    without_end(async |_| {
        let request = v1::ListTenantsRequest::default();
        let mut tenants = TenantServiceClient::new(hostile.callers.channel(0));
        let all = tenants.list_tenants(request).await;
        let key = v1::SourceKey {
            tenant: TENANT.to_owned(),
            source: Some(source("test", "Seul0")),
        };
        let request = v1::GetStatusRequest {
            key: Some(get_status_request::Key::SourceKey(key)),
            refresh: false,
        };
        let mut service = OnboardingServiceClient::new(hostile.callers.channel(0));
        let other = service.get_status(request).await;
        assert!(other.is_err(), "another tenant's hire is shown");
        all.map(|_| ())
    })
    .await;
}

async fn anonymous_watches(hostile: &Hostile) {
    let address = format!("http://{}", hostile.target.grpc);
    let channel = Endpoint::from_shared(address).unwrap().connect_lazy();
    without_end(async |_| {
        let request = HealthCheckRequest::default();
        let watch = HealthClient::new(channel.clone()).watch(request).await;
        match watch {
            Ok(watch) => {
                let mut watch = watch.into_inner();
                while let Ok(Some(_)) = watch.message().await {}
            }
            Err(_) => tokio::task::yield_now().await,
        }
    })
    .await;
}

async fn impossible_dates(hostile: &Hostile) {
    const DATES: [&str; 6] = [
        "-000001-12-31",
        "0000-01-01",
        "0001-01-01",
        "1899-12-31",
        "2201-01-01",
        "9999-12-31",
    ];
    let incomplete = v1::CreateCollaboratorRequest {
        tenant: EVIL.to_owned(),
        accept_incomplete: true,
        wait: None,
        ..crate::support::hire(
            "incomplete",
            v1::Collaborator {
                contract_start_date: String::new(),
                ..collaborator("Incomplet")
            },
        )
    };
    let waiting = create(&hostile.callers, incomplete).await.unwrap();
    without_end(async |nth| {
        let date = DATES[nth % DATES.len()];
        let person = v1::Collaborator {
            contract_start_date: date.to_owned(),
            ..collaborator("Jamais")
        };
        let sent = hostile.hire(&format!("d-{nth}"), person.clone()).await;
        let amend = v1::ResolveOnboardingRequest {
            onboarding_id: waiting.id.clone(),
            decision: Some(Decision::Amend(v1::resolve_onboarding_request::Amend {
                collaborator: Some(person),
                update_mask: Some(FieldMask {
                    paths: vec!["contract_start_date".to_owned()],
                }),
            })),
        };
        let mut operations = OperationsServiceClient::new(hostile.callers.channel(0));
        let amended = operations.resolve_onboarding(amend).await;
        assert!(sent.is_err() && amended.is_err(), "{date}");
    })
    .await;
}

async fn waits_for_a_bad_lucca(hostile: &Hostile) {
    let control = &hostile.target.lucca;
    control.inject(Fault::on_reads(Kind::Garbage, "/"));
    without_end(async |nth| {
        if nth >= 500 {
            pending::<()>().await;
        }
        let person = collaborator(&format!("Bruit{nth}"));
        hostile.hire(&format!("w-{nth}"), person).await
    })
    .await;
}

async fn huge_pages(hostile: &Hostile) {
    let person = r#"{"id":1,"firstName":"A","lastName":"B","mail":"a@example.com"},"#;
    let people = person.repeat(15_000_000 / person.len());
    let page = format!(r#"{{"data":{{"items":[{people}{{"id":2}}]}}}}"#);
    let pages = Kind::Status {
        code: 200,
        body: Some(page),
    };
    hostile.target.lucca.inject(Fault::on_reads(pages, "/"));
    without_end(async |nth| {
        if nth >= 100 {
            pending::<()>().await;
        }
        let person = collaborator(&format!("Page{nth}"));
        hostile.hire(&format!("p-{nth}"), person).await
    })
    .await;
}

async fn webhooks(hostile: &Hostile) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let adapter = format!("http://{}", hostile.target.webhooks);
    without_end(async |nth| {
        let body = event(
            "hire.confirmed",
            &format!("x-{nth}"),
            nine_items(&format!("Faux{nth}")),
        );
        let webhook = Webhook {
            tenant: EVIL.to_owned(),
            key: EVIL_SECRET,
            ..Webhook::of(&body)
        };
        webhook.request(&client, &adapter).send().await
    })
    .await;
}

async fn forged_webhooks(hostile: &Hostile) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let adapter = format!("http://{}", hostile.target.webhooks);
    without_end(async |nth| {
        let body = event("hire.confirmed", &format!("f-{nth}"), nine_items("Faux"));
        let forged = Webhook {
            tenant: [EVIL, TENANT][nth % 2].to_owned(),
            key: [5; 32],
            ..Webhook::of(&body)
        };
        let answer = forged.request(&client, &adapter).send().await.unwrap();
        assert!([401, 429].contains(&answer.status().as_u16()), "{answer:?}");
    })
    .await;
}

async fn tries_keys(hostile: &Hostile) {
    let mut pause = tokio::time::interval(Duration::from_millis(5));
    for nth in 0.. {
        pause.tick().await;
        let person = collaborator(&format!("Voleur{nth}"));
        let _ = hostile.hire(&format!("e-{nth}"), person).await;
        let change = v1::UpdateTenantRequest {
            tenant: Some(v1::Tenant {
                id: EVIL.to_owned(),
                lucca_api_key: format!("33333333-0000-0000-0000-{nth:012}"),
                ..v1::Tenant::default()
            }),
            verify_key: true,
            ..v1::UpdateTenantRequest::default()
        };
        let mut tenants = TenantServiceClient::new(hostile.callers.channel(0));
        let changed = tenants.update_tenant(change).await;
        assert!(changed.is_err(), "a key that Lucca does not know is taken");
    }
}

async fn hires_at_the_same_account(hostile: &Hostile) {
    without_end(async |nth| {
        let person = collaborator(&format!("Autre{nth}"));
        hostile.hire(&format!("s-{nth}"), person).await
    })
    .await;
}

async fn refreshes(hostile: &Hostile) {
    let key = one_hire(hostile).await;
    without_end(async |nth| {
        let mut service = OnboardingServiceClient::new(hostile.callers.channel(0));
        if nth % 10 == 0 {
            let check = v1::CheckDefaultsRequest {
                tenant: EVIL.to_owned(),
                ..v1::CheckDefaultsRequest::default()
            };
            return service.check_defaults(check).await.map(|_| ());
        }
        let request = v1::GetStatusRequest {
            key: Some(get_status_request::Key::SourceKey(key.clone())),
            refresh: true,
        };
        service.get_status(request).await.map(|_| ())
    })
    .await;
}
