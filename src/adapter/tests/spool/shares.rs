//! What each tenant may have in the spool.

use super::*;

#[tokio::test]
async fn a_tenant_that_uses_up_its_share_takes_no_room_of_others() {
    let by_number = Capacity {
        tenant_events: 2,
        ..room_for(100)
    };
    let by_size = Capacity {
        tenant_bytes: 400,
        ..room_for(100)
    };
    for (capacity, body) in [(by_number, "x".to_owned()), (by_size, "x".repeat(150))] {
        let spool = Fixture::within(capacity).await;
        spool.store_for("evil", "a", "1", &body).await.unwrap();
        spool.store_for("evil", "b", "2", &body).await.unwrap();
        let third = spool.store_for("evil", "c", "3", &body).await;
        assert!(matches!(third, Err(SpoolError::ShareFull)), "{third:?}");
        spool.store_for("acme", "a", "1", &body).await.unwrap();
        spool.end_first(End::Done).await;
        spool.end_first(End::Done).await;
        spool.store_for("evil", "c", "3", &body).await.unwrap();
    }
}

#[tokio::test]
async fn events_of_a_tenant_that_waits_apart_take_no_room_of_others_also_after_a_restart() {
    let spool = Fixture::with_capacity(2).await;
    spool.store_for("gone", "a", "1", "x").await.unwrap();
    spool.store_for("gone", "b", "2", "x").await.unwrap();
    let full = spool.store("a", "1", "x").await;
    assert!(matches!(full, Err(SpoolError::Full)));
    let heads = spool.heads_at(1000).await;
    spool
        .spool
        .postpone(&heads[0], at(9000), true)
        .await
        .unwrap();
    spool.put("a", "1", "x").await;
    let Fixture { dir, spool } = spool;
    drop(spool);
    let spool = open(&dir, KEY, room_for(2)).await.unwrap();
    let spool = Fixture { dir, spool };
    let waits = |in_turn, apart| Waits { in_turn, apart };
    assert_eq!(spool.spool.backlog().await.unwrap().0, waits(1, 2));
    spool.put("b", "2", "x").await;
    // The tenant is enabled again.
    let heads = spool.heads_at(1000).await;
    let of_gone = heads.iter().find(|event| event.tenant == "gone").unwrap();
    spool.spool.finish(of_gone, End::Done).await.unwrap();
    assert_eq!(spool.spool.backlog().await.unwrap().0, waits(3, 0));
}

#[tokio::test]
async fn what_a_tenant_keeps_after_the_end_of_its_events_is_bounded() {
    let spool = Fixture::within(Capacity {
        tenant_events: 2,
        tenant_bytes: 1000,
        ..room_for(100)
    })
    .await;
    for number in 0..30 {
        let id = number.to_string();
        let body = "x".repeat(200);
        spool.store_for("evil", &id, &id, &body).await.unwrap();
        spool.end_first(End::Reported("ODD")).await;
    }
    spool.put("a", "1", "x").await;
    spool.end_first(End::Reported("ODD")).await;
    let keep = spool.spool.keep_house(at(1000), Duration::from_secs(60));
    assert!(keep.await.unwrap());
    assert_eq!(spool.count("tenant = 'evil'"), 20);
    assert_eq!(spool.count("tenant = 'evil' AND body IS NOT NULL"), 4);
    assert_eq!(
        spool.count("tenant = 'evil' AND seq = 30 AND body IS NOT NULL"),
        1
    );
    assert_eq!(spool.count("tenant = 'acme' AND body IS NOT NULL"), 1);
}
