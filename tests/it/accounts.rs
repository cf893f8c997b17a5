//! A hostile tenant beside an honest one, at the same account and at another.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use lucca_onboarding::{
    pb::v1::{self, State},
    sandbox::{Key, Rights},
};
use prost_types::FieldMask;
use serde_json::json;
use tokio::time::Instant;

use crate::support::{House, collaborator, hire, tenant};

const HOSTILE: &str = "hostile";

const OTHER_KEY: &str = "66666666-7777-8888-9999-000000000000";

/// A warm hire takes far less than this, on a busy machine too. One that waits for budget takes a window
/// of 60 s.
const SOON: Duration = Duration::from_secs(30);

impl House {
    /// A tenant with this key at the account of the honest one.
    async fn hostile(&self, key: &str) {
        let hostile = v1::Tenant {
            id: HOSTILE.to_owned(),
            lucca_api_key: key.to_owned(),
            ..tenant(&self.lucca_url())
        };
        self.create_tenant(hostile).await.unwrap();
    }

    /// A hire of the hostile tenant, which nobody waits for.
    async fn hostile_hire(&self, number: usize) -> v1::Onboarding {
        let request = v1::CreateCollaboratorRequest {
            tenant: HOSTILE.to_owned(),
            wait: None,
            ..hire(
                &format!("h-{number}"),
                collaborator(&format!("Hostile{number}")),
            )
        };
        self.create(request).await.unwrap()
    }

    /// Hires that are created soon, one after the other.
    async fn honest_hires(&self, names: &[&str]) {
        for name in names {
            let began = Instant::now();
            let created = self.create(hire(name, collaborator(name))).await.unwrap();
            let took = began.elapsed();
            assert_eq!(created.state(), State::Created, "{name}");
            assert!(took < SOON, "{name} took {took:?}");
        }
    }
}

#[tokio::test]
async fn a_key_that_lucca_has_not_accepted_spends_few_calls_and_delays_nobody() {
    let house = House::start().await;
    house.hostile("00000000-bad0-bad0-bad0-000000000000").await;
    house.honest_hires(&["Dubois"]).await;
    let tries = stream::iter(0..60).map(|number| {
        let request = v1::UpdateTenantRequest {
            tenant: Some(v1::Tenant {
                id: HOSTILE.to_owned(),
                lucca_api_key: format!("00000000-bad0-bad0-bad0-{number:012}"),
                ..v1::Tenant::default()
            }),
            update_mask: Some(FieldMask {
                paths: vec!["lucca_api_key".to_owned()],
            }),
            verify_key: true,
            validate_only: true,
        };
        let mut tenants = house.tenants();
        async move { tenants.update_tenant(request).await }
    });
    let tries = tries.buffer_unordered(8).collect::<Vec<_>>();
    let hires = async {
        for number in 0..50 {
            house.hostile_hire(number).await;
        }
    };
    let honest = house.honest_hires(&["Dupont", "Durand", "Duval"]);
    let (tries, (), ()) = tokio::join!(tries, hires, honest);
    assert!(tries.iter().all(Result::is_err));
    let ledger = house.sandbox().ledger();
    let refused = ledger.calls.iter().filter(|call| call.status == Some(401));
    let refused = refused.count();
    assert!((1..=4).contains(&refused), "{refused} calls with bad keys");
}

#[tokio::test]
async fn a_tenant_that_asks_without_end_leaves_calls_for_a_quiet_one() {
    let house = House::start().await;
    house.sandbox().add_key(Key::new("other", OTHER_KEY));
    house.hostile(OTHER_KEY).await;
    house.honest_hires(&["Dubois"]).await;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let mut onboardings = house.onboardings();
        asking.spawn(async move {
            loop {
                let request = v1::CheckDefaultsRequest {
                    tenant: HOSTILE.to_owned(),
                    ..v1::CheckDefaultsRequest::default()
                };
                let _ = onboardings.check_defaults(request).await;
            }
        });
    }
    house.sandbox().wait_for_calls(40).await;
    house.honest_hires(&["Dupont", "Durand"]).await;
    asking.shutdown().await;
}

#[tokio::test]
async fn a_tenant_learns_nothing_of_people_whom_only_anothers_key_sees() {
    let house = House::start().await;
    let blind = Rights {
        see_future: false,
        see_former: false,
        ..Rights::default()
    };
    house.sandbox().add_key(Key {
        rights: blind,
        ..Key::new("blind", OTHER_KEY)
    });
    house.hostile(OTHER_KEY).await;
    // The directory of the other tenant is cached before the person exists.
    let check = v1::CheckDefaultsRequest {
        tenant: HOSTILE.to_owned(),
        sample: Some(collaborator("Personne")),
        ..v1::CheckDefaultsRequest::default()
    };
    house.onboardings().check_defaults(check).await.unwrap();
    house.honest_hires(&["Durand"]).await;
    let probe = v1::CheckDefaultsRequest {
        tenant: HOSTILE.to_owned(),
        sample: Some(collaborator("Durand")),
        ..v1::CheckDefaultsRequest::default()
    };
    let report = house.onboardings().check_defaults(probe).await.unwrap();
    let told = format!("{:?}", report.into_inner().checks);
    assert!(
        !told.contains("DURAND") && !told.contains("2027-01-04"),
        "{told}"
    );
    let same = v1::CreateCollaboratorRequest {
        tenant: HOSTILE.to_owned(),
        wait: Some(prost_types::Duration {
            seconds: 1,
            nanos: 0,
        }),
        ..hire("b-1", collaborator("Durand"))
    };
    let blocked = house.create(same).await.unwrap();
    assert_eq!(blocked.state(), State::Accepted);
    assert_eq!(blocked.lucca_user_id, 0);
    assert_eq!(house.created_by_calls("Durand"), 1);
}

#[tokio::test]
async fn the_many_hires_of_one_tenant_do_not_delay_anothers_at_the_same_account() {
    let house = House::start().await;
    house.sandbox().add_key(Key::new("other", OTHER_KEY));
    house.hostile(OTHER_KEY).await;
    house.honest_hires(&["Dubois"]).await;
    let hires = stream::iter(0..300).map(|number| house.hostile_hire(number));
    let stored = hires.buffer_unordered(16).count().await;
    assert_eq!(stored, 300);
    house.honest_hires(&["Dupont", "Durand"]).await;
}

#[tokio::test]
async fn what_lucca_writes_does_not_act_on_a_terminal() {
    let house = House::start().await;
    let person = json!({
        "firstName": "Ann\u{1b}[31m", "lastName": "DOE\u{202e}\u{9b}2J", "mail": "durand@example.com",
    });
    house.sandbox().add_user(person).unwrap();
    let asked = house.create(hire("a-1", collaborator("Durand"))).await;
    let problem = asked.unwrap().problem.unwrap();
    assert!(!problem.candidates.is_empty());
    let shown = format!("{}{}{:?}", problem.message, problem.fix, problem.candidates);
    let acts = |c: char| c != '\n' && c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(
        !shown.contains(acts) && !shown.contains("\\u{1b}"),
        "{shown}"
    );
    assert!(shown.contains("Ann"), "{shown}");
}
