//! Keyed hashes by which things are found.

use super::{Store, creating, id, say, see};
use crate::{
    domain::{
        attempt::Evidence,
        onboarding::{
            decision::Decision,
            fixtures::{EMAIL, at, hire, lucca_id, tenant_id},
        },
    },
    store::{
        Actor, Filter, Order, Request, Submitted,
        backend::Backend,
        lookups::bind_to_tenants,
        records::Purpose,
        sql::{Statement, one, values},
    },
};

/// How many are found by the address of the person, in a tenant or in all.
async fn found(store: &dyn Store, tenant: Option<&str>) -> usize {
    let filter = Filter {
        tenant: tenant.map(tenant_id),
        email: Some(EMAIL.to_lowercase()),
        ..Filter::default()
    };
    let page = store.list(filter, Order::Urgency, None, 10).await.unwrap();
    page.onboardings.len()
}

/// How many values the index has for the address.
async fn values_of_address(store: &impl Backend) -> u64 {
    let sql = "SELECT count(DISTINCT value) FROM lookups WHERE purpose = 'email'";
    one(&store.query(sql, Vec::new()).await.unwrap()).unwrap()
}

/// Nobody who reads the database learns that two tenants hire the same person.
pub(in crate::store) async fn a_person_has_another_index_in_each_tenant<B: Backend + Store>(
    store: &B,
) {
    let mut other = hire("a-1");
    other.key.tenant = tenant_id("other");
    say(store, &hire("a-1"), 1, 0).await;
    say(store, &other, 2, 0).await;
    let bound = values_of_address(store).await;
    assert_eq!(
        [found(store, None).await, found(store, Some("other")).await],
        [2, 1]
    );

    // As version 0.1 stored it.
    let older = store.records().index(Purpose::Email, &EMAIL.to_lowercase());
    let statements = vec![
        Statement::new(
            "UPDATE lookups SET value = $1 WHERE purpose = 'email'",
            values![older],
        ),
        Statement::new(
            "DELETE FROM meta WHERE key = 'lookups_of_tenants'",
            values![],
        ),
    ];
    store.run(statements).await.unwrap();
    assert_eq!(
        (values_of_address(store).await, found(store, None).await),
        (1, 0)
    );
    bind_to_tenants(store).await.unwrap();
    assert_eq!(
        (values_of_address(store).await, found(store, None).await),
        (bound, 2)
    );
}

/// Whoever has the request id of an erased hire cannot find out what it said.
pub(in crate::store) async fn an_erasure_forgets_what_the_request_said<B: Backend + Store>(
    store: &B,
) {
    creating(store, &hire("a-0"), 1, "login", 0).await;
    see(store, id(1), Evidence::Created(lucca_id(7)), 1).await;
    let submit = async |number, content: &str| {
        let request = Request {
            id: "r-1".to_owned(),
            content: content.to_owned(),
        };
        let (hire, by) = (hire("a-1"), Actor::payroll());
        let submitted = store
            .submit(hire, Some(request), id(number), by, at(2))
            .await;
        submitted.unwrap()
    };
    assert!(matches!(submit(2, "content").await, Submitted::Stored(_)));
    assert!(matches!(submit(3, "guess").await, Submitted::RequestReused));
    let erased = store.decide(id(2), "olga", Decision::Erase, at(3)).await;
    erased.unwrap().unwrap().unwrap();
    for content in ["content", "guess"] {
        let Submitted::Stored(known) = submit(4, content).await else {
            panic!("{content} is told from another content");
        };
        assert!(known.erased && known.id == id(2));
    }
    let sql = "SELECT count(*) FROM requests WHERE length(content_index) > 0";
    let kept: u64 = one(&store.query(sql, Vec::new()).await.unwrap()).unwrap();
    assert_eq!(kept, 0);
}
