//! When bodies are deleted.

use super::*;

#[tokio::test]
async fn bodies_are_sealed_and_gone_when_done() {
    let spool = Fixture::new().await;
    spool.put("source-canary", "1", "body-canary").await;
    spool.put("b", "2", "y").await;
    assert!(!spool.files().contains("canary"));
    spool.end_first(End::Done).await;
    spool.end_first(End::Unreported("REASON")).await;
    assert_eq!(spool.count("state = 'done' AND body IS NULL"), 1);
    assert_eq!(
        spool.count("state = 'unreported' AND body IS NOT NULL AND reason = 'REASON'"),
        1
    );
}

#[tokio::test]
async fn an_event_of_a_deleted_tenant_takes_the_bodies_of_all_its_events_with_it() {
    let spool = Fixture::new().await;
    spool.put("a", "1", "odd").await;
    spool.end_first(End::Reported("ODD")).await;
    spool.store_for("other", "a", "1", "odd").await.unwrap();
    spool.put("b", "2", "x").await;
    spool.end_first(End::Dropped("TENANT_DELETED")).await;
    assert_eq!(spool.count("tenant = 'acme' AND body IS NOT NULL"), 0);
    assert_eq!(spool.count("reason = 'TENANT_DELETED'"), 1);
    assert_eq!(spool.turn().await, ["odd"]);
}

#[tokio::test]
async fn erasing_takes_what_was_kept_of_the_same_hire() {
    let spool = Fixture::new().await;
    spool.put("a", "1", "odd").await;
    spool.end_first(End::Reported("ODD")).await;
    spool.put("b", "2", "odd").await;
    spool.end_first(End::Reported("ODD")).await;
    spool.put("a", "3", "anonymized").await;
    spool.end_first(End::Erased).await;
    assert_eq!(spool.count("body IS NOT NULL"), 1);
}

#[tokio::test]
async fn an_anonymisation_takes_all_that_was_kept_of_the_person_and_what_comes_late() {
    for anonymised in [["", "c-1"], ["a-1", ""], ["a-2", "c-1"]] {
        let spool = Fixture::new().await;
        for (names, body) in [
            (["a-1", "c-1"], "odd"),
            (["a-9", "c-9"], "of somebody else"),
            (["", "c-1"], "odd too"),
        ] {
            spool.said(names, body).await;
            spool.end_first(End::Reported("ODD")).await;
        }
        spool.said(anonymised, "anonymised").await;
        spool.end_first(End::Erased).await;
        assert_eq!(spool.count("body IS NOT NULL"), 1, "{anonymised:?}");
        spool.said(["a-1", "c-1"], "late and odd").await;
        spool.end_first(End::Unreported("ODD")).await;
        assert_eq!(spool.count("body IS NOT NULL"), 1, "{anonymised:?}");
    }
}

#[tokio::test]
async fn an_anonymisation_takes_what_could_not_be_read_and_mentions_the_person() {
    let spool = Fixture::new().await;
    for body in [
        r#"[{"candidateId":"c-1"}]"#,
        r#"{"candidateId":"c-1","phone":NaN}"#,
        r#"[{"candidateId":"c-12"}]"#,
    ] {
        spool.said(["", ""], body).await;
        spool.end_first(End::Reported("NOT_AN_EVENT")).await;
    }
    spool.said(["", ""], r#"["c-1 waits"]"#).await;
    let ids = vec!["c-1".to_owned()];
    spool
        .spool
        .erase_mentions("acme", ids.clone())
        .await
        .unwrap();
    spool.spool.erase_mentions("other", ids).await.unwrap();
    assert_eq!(spool.count("body IS NOT NULL"), 2);
    assert_eq!(spool.count("body IS NOT NULL AND state = 'waiting'"), 1);
}
