//! All that is said of one person is one lane.

use super::*;

impl Fixture {
    /// Ends every event, one after the other, and gives the bodies in that order.
    async fn forwarded(&self) -> Vec<String> {
        let mut order = Vec::new();
        while let Some(head) = self.heads_at(1000).await.first() {
            let body = self.spool.body(head).unwrap();
            order.push(String::from_utf8(body).unwrap());
            self.spool.finish(head, End::Done).await.unwrap();
        }
        order
    }
}

#[tokio::test]
async fn events_of_one_hire_come_up_one_after_the_other() {
    let spool = Fixture::new().await;
    spool.put("a", "1", "first of a").await;
    spool.put("b", "2", "first of b").await;
    spool.put("a", "3", "second of a").await;
    spool.put("", "4", "of nobody").await;
    spool.put("", "5", "of nobody else").await;
    let first = ["first of a", "first of b", "of nobody", "of nobody else"];
    assert_eq!(spool.turn().await, first);
    spool.end_first(End::Done).await;
    let then = ["first of b", "second of a", "of nobody", "of nobody else"];
    assert_eq!(spool.turn().await, then);
}

#[tokio::test]
async fn statements_about_one_person_are_one_lane_whichever_ids_they_name() {
    let a = ["a-1", ""];
    let c = ["", "c-1"];
    let both = ["a-1", "c-1"];
    let other_application = ["a-2", "c-1"];
    for names in [
        vec![a, both, c],
        vec![c, both, a],
        vec![both, c, a],
        vec![both, a, c],
        vec![a, a, c, c, both],
        vec![c, a, both, other_application, ["a-2", ""], c],
        vec![a, ["a-2", ""], other_application, both],
        vec![both, ["a-1", "c-2"], c, ["", "c-2"]],
    ] {
        let spool = Fixture::new().await;
        let mut expected = Vec::new();
        for (number, names) in names.iter().enumerate() {
            let body = format!("{number}");
            spool.said(*names, &body).await;
            expected.push(body);
        }
        let joined = spool.turn().await;
        assert_eq!(joined, ["0"], "{names:?}");
        assert_eq!(spool.forwarded().await, expected, "{names:?}");
    }
}

#[tokio::test]
async fn an_application_and_a_candidate_with_the_same_number_are_not_one_person() {
    let spool = Fixture::new().await;
    spool.said(["12", "7"], "first of one").await;
    spool.said(["7", "12"], "first of the other").await;
    spool.said(["", "7"], "second of one").await;
    spool.said(["7", ""], "second of the other").await;
    spool
        .say("other", ["12", "7"], "", "of another tenant")
        .await
        .unwrap();
    let first = ["first of one", "first of the other", "of another tenant"];
    assert_eq!(spool.turn().await, first);
}

#[tokio::test]
async fn lanes_that_are_joined_while_an_event_is_under_way_wait_for_it() {
    let spool = Fixture::new().await;
    spool.said(["", "c-1"], "of the candidate").await;
    spool.said(["a-1", ""], "of the application").await;
    let under_way = spool.heads_at(1000).await;
    spool.said(["a-1", "c-1"], "of both").await;
    for running in &under_way {
        let turns = vec![("acme".to_owned(), 4)];
        let heads = spool.spool.heads(at(1000), turns, 4, vec![running.seq]);
        assert!(heads.await.unwrap().events.is_empty());
    }
    assert_eq!(spool.turn().await, ["of the candidate"]);
}

#[tokio::test]
async fn equal_words_after_other_words_about_the_hire_are_a_new_statement() {
    let spool = Fixture::new().await;
    assert_eq!(spool.put("a", "", "confirmed").await, Stored::New);
    assert_eq!(spool.put("a", "", "confirmed").await, Stored::Duplicate);
    assert_eq!(spool.put("b", "", "other").await, Stored::New);
    assert_eq!(spool.put("a", "", "confirmed").await, Stored::Duplicate);
    assert_eq!(spool.put("a", "", "cancelled").await, Stored::New);
    assert_eq!(spool.put("a", "", "confirmed").await, Stored::New);
    assert_eq!(spool.put("a", "", "confirmed").await, Stored::Duplicate);
    assert_eq!(spool.count("1"), 4);
}

#[tokio::test]
async fn equal_words_are_judged_by_all_that_was_said_of_the_person() {
    for cancelled in [["", "c-1"], ["a-1", ""], ["a-1", "c-1"], ["a-2", "c-1"]] {
        let spool = Fixture::new().await;
        let both = ["a-1", "c-1"];
        assert_eq!(spool.said(both, "confirmed").await, Stored::New);
        assert_eq!(spool.said(both, "confirmed").await, Stored::Duplicate);
        spool.said(["a-9", "c-9"], "of somebody else").await;
        assert_eq!(spool.said(both, "confirmed").await, Stored::Duplicate);
        spool.said(cancelled, "cancelled").await;
        assert_eq!(spool.said(both, "confirmed").await, Stored::New);
    }
}

#[tokio::test]
async fn ids_are_stored_as_keyed_hashes_and_forgotten_with_the_last_event() {
    let spool = Fixture::new().await;
    spool
        .said(["application-canary", "candidate-canary"], "x")
        .await;
    spool.end_first(End::Done).await;
    assert!(!spool.files().contains("canary"));
    let names = || -> i64 {
        let conn = Connection::open(spool.dir.path().join("spool.db")).unwrap();
        let count = conn.query_row("SELECT count(*) FROM name", [], |row| row.get(0));
        count.unwrap()
    };
    assert_eq!(names(), 2);
    let later = at(1000 + 91 * 24 * 3600);
    let kept = spool.spool.keep_house(later, Duration::from_secs(60)).await;
    assert!(kept.unwrap());
    assert_eq!((spool.count("1"), names()), (0, 0));
}

#[tokio::test]
async fn what_an_older_program_stored_of_a_person_comes_first() {
    for (earlier, later) in [(["a-1", ""], ["a-1", "c-1"]), (["", "c-1"], ["a-1", "c-1"])] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spool.db");
        let older = Writer::open(&path, &SCHEMA[..5]).unwrap();
        drop(older);
        let spool = open(&dir, KEY, room_for(100)).await.unwrap();
        let fixture = Fixture { dir, spool };
        fixture.said(earlier, "earlier").await;
        // As the older program stored it.
        let [application, candidate] = earlier;
        let text = format!("acme\n{application}{candidate}");
        let lane = fixture.spool.index.of("source", &text).to_vec();
        let conn = Connection::open(&path).unwrap();
        conn.execute("UPDATE event SET lane = ?1", [&lane]).unwrap();
        conn.execute("UPDATE name SET name = ?1, lane = ?1, untold = 1", [&lane])
            .unwrap();
        fixture.said(later, "later").await;
        assert_eq!(fixture.turn().await, ["earlier"], "{earlier:?}");
    }
}
