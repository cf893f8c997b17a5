//! What the sweep writes anew from sealed records.

use super::{
    Stepped, Store, begin,
    damage::{furnish, inspect, set_aside},
    id, lane, moment, take,
};
use crate::{
    domain::{
        ids::OnboardingId,
        onboarding::fixtures::{EMAIL, account},
    },
    store::{Filter, Order},
};

/// Those that are listed, by urgency, all or those with an address.
async fn listed(store: &dyn Store, email: Option<&str>) -> Vec<OnboardingId> {
    let filter = Filter {
        email: email.map(str::to_lowercase),
        ..Filter::default()
    };
    let page = store.list(filter, Order::Urgency, None, 10).await.unwrap();
    page.onboardings.iter().map(|it| it.id).collect()
}

/// `damage` runs SQL beside the store.
pub(crate) async fn what_differs_from_the_sealed_record_is_written_anew(
    store: &dyn Store,
    damage: impl AsyncFn(&str),
) {
    furnish(store).await;
    let before = (listed(store, None).await, listed(store, Some(EMAIL)).await);
    inspect(store).await;
    assert_eq!(store.noticed().mended(), 0, "nothing differed");
    damage("UPDATE onboardings SET urgency = 'x' || urgency, retain_from = 7").await;
    damage("DELETE FROM lookups").await;
    damage("DELETE FROM claims").await;
    assert_ne!(
        before,
        (listed(store, None).await, listed(store, Some(EMAIL)).await)
    );
    inspect(store).await;
    assert_eq!(
        before,
        (listed(store, None).await, listed(store, Some(EMAIL)).await)
    );
    assert_eq!(store.noticed().mended(), 5);
    assert!(set_aside(store).await.is_empty());
    // The login of the open attempt is reserved again.
    let host = account("acme.ilucca.example");
    let other = store
        .lease(&lane(&host), 1, moment(30))
        .await
        .unwrap()
        .remove(0);
    let blocked = take(store, &other, begin("one", 30), 30).await;
    assert!(
        matches!(blocked, Stepped::Blocked(by) if by == id(1)),
        "{blocked:?}"
    );
    // Nothing else is different.
    inspect(store).await;
    assert_eq!(store.noticed().mended(), 5);
}

/// `damage` runs SQL beside the store.
pub(crate) async fn a_reservation_that_no_hire_holds_ends(
    store: &dyn Store,
    damage: impl AsyncFn(&str),
) {
    furnish(store).await;
    damage("INSERT INTO claims (account, claim_index, onboarding)
        SELECT account, source_index, 'nobody' FROM onboardings WHERE account = 'acme.ilucca.example' LIMIT 1").await;
    damage(
        "INSERT INTO claims (account, claim_index, onboarding)
        SELECT account, source_index, id FROM onboardings WHERE account = 'other.ilucca.example'",
    )
    .await;
    inspect(store).await;
    // Of the two, one belongs to a hire that reserves nothing.
    assert_eq!(store.noticed().mended(), 1);
    inspect(store).await;
    assert_eq!(store.noticed().mended(), 1);
}
