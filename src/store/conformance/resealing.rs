//! Rotating the encryption keys.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};

use super::{Actor, Evidence, NewHistoryEntry, Store, creating, id, read, see};
use crate::{
    db::Keyring,
    domain::onboarding::fixtures::hire,
    store::{conformance::tenants::tenant, resealing::Cursor},
};

/// Keys of these bytes, the newest first.
pub(crate) fn keyring(bytes: &[u8]) -> Keyring {
    let keys: Vec<String> = bytes.iter().map(|it| BASE64.encode([*it; 32])).collect();
    Keyring::from_base64(keys.iter().map(String::as_str)).unwrap()
}

/// Seals everything anew: how many records were, and how many cannot be opened.
async fn rotate(store: &dyn Store) -> (u64, u64) {
    let (mut sealed, mut unreadable) = (0, 0);
    let mut place = Some(Cursor::default());
    while let Some(from) = place {
        let done = store.seal_anew(from).await.unwrap();
        sealed += done.sealed;
        unreadable += done.unreadable;
        place = done.next;
    }
    (sealed, unreadable)
}

/// `open` opens the same database with these keys, or says why not.
pub(crate) async fn an_older_key_can_go_once_everything_is_sealed_anew<S: Store>(
    open: impl AsyncFn(&[u8]) -> Result<S, String>,
) {
    let first = open(&[1]).await.unwrap();
    for number in 0..150_u32 {
        let name = format!("tenant-{number}");
        assert!(
            first
                .insert_tenant(&tenant(&name), NewHistoryEntry::test())
                .await
                .unwrap()
        );
    }
    creating(&first, &hire("a-1"), 1, "login", 0).await;
    let before = see(&first, id(1), Evidence::NoAnswer("cut".into()), 1).await;
    drop(first);

    let both = open(&[2, 1]).await.unwrap();
    // 150 tenants with their versions, and the data key of the onboarding.
    assert_eq!(both.sealed_with_older_keys().await.unwrap(), 301);
    let older = keyring(&[1]).newest().to_string();
    let needed = both.retire_older_keys().await.unwrap();
    assert_eq!(needed, std::slice::from_ref(&older));
    drop(both);
    // Too early: the start is refused, before the first record that cannot be opened.
    let refused = open(&[2]).await.err().unwrap();
    assert!(
        refused.starts_with("store.encryption_keys does not contain the key"),
        "{refused}"
    );
    assert!(refused.contains(&older), "{refused}");

    let both = open(&[2, 1]).await.unwrap();
    assert_eq!(rotate(&both).await, (301, 0));
    assert_eq!(rotate(&both).await, (0, 0));
    assert_eq!(both.sealed_with_older_keys().await.unwrap(), 0);
    assert!(both.retire_older_keys().await.unwrap().is_empty());
    drop(both);

    let last = open(&[2]).await.unwrap();
    assert_eq!(read(&last, id(1)).await, before);
    assert_eq!(last.tenants(None, 1000).await.unwrap().len(), 150);
    // The index key is its own: what was stored under the first key is found by it.
    let again = last.submit(
        hire("a-1"),
        None,
        id(2),
        Actor::payroll(),
        before.update_time,
    );
    let crate::store::Submitted::Stored(again) = again.await.unwrap() else {
        panic!("another hire");
    };
    assert_eq!(again.id, id(1));
}
