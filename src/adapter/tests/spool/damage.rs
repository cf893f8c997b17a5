//! Damaged rows.

use super::*;

#[tokio::test]
async fn a_damaged_row_is_set_aside_and_stops_nobody() {
    for damage in [
        "tenant = CAST(x'ff' AS TEXT)",
        "tenant = 'no tenant'",
        "event_id = CAST(x'ff' AS TEXT)",
        "attempts = -1",
    ] {
        for restarts in [true, false] {
            let mut spool = Fixture::new().await;
            spool.put("a", "1", "damaged").await;
            spool.put("a", "2", "behind it").await;
            spool
                .store_for("other", "a", "1", "of another")
                .await
                .unwrap();
            let conn = Connection::open(spool.dir.path().join("spool.db")).unwrap();
            let sql = format!("UPDATE event SET {damage} WHERE seq = 1");
            conn.execute_batch(&sql).unwrap();
            drop(conn);
            if restarts {
                let Fixture { dir, spool: old } = spool;
                drop(old);
                let reopened = open(&dir, KEY, room_for(100)).await.unwrap();
                spool = Fixture {
                    dir,
                    spool: reopened,
                };
            }
            let heads = heads_of(&spool.spool, at(1000)).await;
            assert_eq!(heads.failed, [""; 0], "{damage}");
            spool.spool.set_aside(heads.damaged).await.unwrap();
            assert_eq!(spool.turn().await, ["behind it", "of another"], "{damage}");
            let ended = spool.count("state = 'unreported' AND reason = 'SPOOL_UNREADABLE'");
            assert!(ended == 1 || !restarts, "{damage}");
        }
    }
}
