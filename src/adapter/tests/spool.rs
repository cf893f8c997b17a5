use rusqlite::Connection;
use tempfile::TempDir;

use super::{resealing::GROUP, *};
use crate::domain::ids::{ExternalId, TenantId};

#[path = "spool/damage.rs"]
mod damage;
#[path = "spool/erasure.rs"]
mod erasure;
#[path = "spool/lanes.rs"]
mod lanes;
#[path = "spool/shares.rs"]
mod shares;

const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const OTHER_KEY: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

struct Fixture {
    dir: TempDir,
    spool: Spool,
}

impl Fixture {
    async fn with_capacity(events: u32) -> Self {
        Self::within(room_for(events)).await
    }

    async fn within(capacity: Capacity) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let spool = open(&dir, KEY, capacity).await.unwrap();
        Self { dir, spool }
    }

    async fn new() -> Self {
        Self::with_capacity(100).await
    }

    async fn store(&self, source: &str, id: &str, body: &str) -> Result<Stored, SpoolError> {
        self.store_for("acme", source, id, body).await
    }

    async fn store_for(
        &self,
        tenant: &str,
        source: &str,
        id: &str,
        body: &str,
    ) -> Result<Stored, SpoolError> {
        self.say(tenant, [source, ""], id, body).await
    }

    /// Stores what is said of an application and a candidate, of each if it is not empty.
    async fn say(
        &self,
        tenant: &str,
        [application, candidate]: [&str; 2],
        id: &str,
        body: &str,
    ) -> Result<Stored, SpoolError> {
        let parsed = |id: &str| (!id.is_empty()).then(|| ExternalId::parse(id).unwrap());
        let (application, candidate) = (parsed(application), parsed(candidate));
        let arrival = Arrival {
            tenant: &TenantId::parse(tenant).unwrap(),
            application: application.as_ref(),
            candidate: candidate.as_ref(),
            id: (!id.is_empty()).then_some(id),
            is_dated: false,
            body: body.as_bytes(),
            received: at(1000),
        };
        let stored = self.spool.store(arrival).await;
        stored.map(|(stored, _)| stored)
    }

    /// Stores what is said of somebody, without an id and a time.
    async fn said(&self, names: [&str; 2], body: &str) -> Stored {
        self.say("acme", names, "", body).await.unwrap()
    }

    async fn put(&self, source: &str, id: &str, body: &str) -> Stored {
        self.store(source, id, body).await.unwrap()
    }

    async fn heads_at(&self, second: i64) -> Vec<Waiting> {
        heads_of(&self.spool, at(second)).await.events
    }

    /// The bodies whose turn it is.
    async fn turn(&self) -> Vec<String> {
        let heads = self.heads_at(1000).await;
        let bodies = heads.iter().map(|event| self.spool.body(event).unwrap());
        bodies
            .map(|body| String::from_utf8(body).unwrap())
            .collect()
    }

    async fn end_first(&self, end: End) {
        let heads = self.heads_at(1000).await;
        self.spool.finish(&heads[0], end).await.unwrap();
    }

    /// The bytes of all its files, as text.
    fn files(&self) -> String {
        let entries = std::fs::read_dir(self.dir.path()).unwrap();
        let bytes = entries.flat_map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
        String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned()
    }

    fn count(&self, condition: &str) -> i64 {
        let conn = Connection::open(self.dir.path().join("spool.db")).unwrap();
        let sql = format!("SELECT count(*) FROM event WHERE {condition}");
        conn.query_row(&sql, [], |row| row.get(0)).unwrap()
    }
}

fn room_for(events: u32) -> Capacity {
    Capacity {
        events,
        tenant_events: u32::MAX,
        tenant_bytes: u64::MAX,
    }
}

/// The heads of all tenants.
async fn heads_of(spool: &Spool, now: Timestamp) -> Heads {
    let tenants = spool.tenants().await.unwrap();
    let turns = tenants.into_iter().map(|tenant| (tenant, 1000)).collect();
    spool.heads(now, turns, 1000, Vec::new()).await.unwrap()
}

/// A test that opens the spool again waits for the thread of the first one to end.
const PATIENCE: Duration = Duration::from_secs(10);

async fn open(dir: &TempDir, key: &str, capacity: Capacity) -> Result<Spool, SpoolOpenError> {
    let keys = Keyring::from_base64([key]).unwrap();
    Spool::open(&dir.path().join("spool.db"), keys, capacity, PATIENCE).await
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[tokio::test]
async fn a_postponed_event_holds_its_lane_and_nobody_else() {
    let spool = Fixture::new().await;
    spool.put("a", "1", "first of a").await;
    spool.put("a", "2", "second of a").await;
    spool.put("b", "3", "first of b").await;
    let heads = spool.heads_at(1000).await;
    spool
        .spool
        .postpone(&heads[0], at(1005), false)
        .await
        .unwrap();
    assert_eq!(spool.turn().await, ["first of b"]);
    let due = spool.spool.next_due(at(1000)).await.unwrap();
    assert_eq!(due, Some(at(1005)));
    let later = spool.heads_at(1005).await;
    assert_eq!(later.len(), 2);
    assert!(
        later
            .iter()
            .any(|event| event.attempts == 1 && event.event_id == "1")
    );
}

#[tokio::test]
async fn the_same_delivery_is_stored_once() {
    let spool = Fixture::new().await;
    assert_eq!(spool.put("a", "1", "x").await, Stored::New);
    assert_eq!(spool.put("a", "1", "x").await, Stored::Duplicate);
    spool.put("a", "2", "y").await;
    assert_eq!(spool.put("a", "1", "x").await, Stored::Duplicate);
    spool.end_first(End::Done).await;
    assert_eq!(spool.put("a", "1", "x").await, Stored::Duplicate);
    // Another statement under the same id must not be lost.
    assert_eq!(spool.put("a", "1", "z").await, Stored::New);
    assert_eq!(spool.put("", "", "unreadable").await, Stored::New);
    assert_eq!(spool.put("", "", "unreadable").await, Stored::Duplicate);
}

#[tokio::test]
async fn another_body_under_the_same_id_is_kept_and_marked() {
    let spool = Fixture::new().await;
    for id in ["1", "with space", &"x".repeat(300)] {
        assert_eq!(spool.put("a", id, "x").await, Stored::New);
        assert_eq!(spool.put("b", id, "y").await, Stored::New);
        let heads = spool.heads_at(1000).await;
        let marks: Vec<_> = heads.iter().map(|event| event.id_is_reused).collect();
        assert_eq!(marks, [false, true], "{id}");
        assert!(is_showable(&heads[0].event_id));
        spool.end_first(End::Done).await;
        spool.end_first(End::Done).await;
    }
    // Equal words without an id are no id.
    spool.put("a", "", "confirmed").await;
    spool.put("a", "", "cancelled").await;
    spool.put("a", "", "confirmed").await;
    for _ in 0..3 {
        assert!(!spool.heads_at(1000).await[0].id_is_reused);
        spool.end_first(End::Done).await;
    }
}

#[tokio::test]
async fn a_replay_is_known_for_ninety_days() {
    let spool = Fixture::new().await;
    spool.put("a", "1", "x").await;
    spool.end_first(End::Done).await;
    let day = 24 * 3600;
    let keep = async |days: i64| {
        let now = at(1000 + days * day);
        let kept = spool.spool.keep_house(now, Duration::from_secs(60)).await;
        kept.unwrap();
    };
    keep(90).await;
    assert_eq!(spool.put("a", "1", "x").await, Stored::Duplicate);
    keep(91).await;
    assert_eq!(spool.put("a", "1", "x").await, Stored::New);
}

#[tokio::test]
async fn a_spool_of_an_older_program_is_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    let older = Writer::open(&dir.path().join("spool.db"), &SCHEMA[..2]).unwrap();
    drop(older);
    let spool = open(&dir, KEY, room_for(100)).await.unwrap();
    let fixture = Fixture { dir, spool };
    fixture.put("a", "1", "x").await;
    assert_eq!(fixture.turn().await, ["x"]);
    assert_eq!(fixture.count("1"), 1);
}

#[tokio::test]
async fn a_hundred_equal_deliveries_at_once_are_stored_once() {
    let spool = Fixture::new().await;
    let all = futures_util::future::join_all((0..100).map(|_| spool.put("a", "1", "x"))).await;
    let new = all.iter().filter(|stored| **stored == Stored::New).count();
    assert_eq!((new, spool.turn().await.len()), (1, 1));
}

#[tokio::test]
async fn a_full_spool_takes_repetitions_only_until_something_ends() {
    let spool = Fixture::with_capacity(2).await;
    spool.put("a", "1", "x").await;
    spool.put("b", "2", "y").await;
    let full = spool.store("c", "3", "z").await;
    assert!(matches!(full, Err(SpoolError::Full)));
    assert_eq!(spool.put("a", "1", "x").await, Stored::Duplicate);
    spool.end_first(End::Reported("REASON")).await;
    assert_eq!(spool.put("c", "3", "z").await, Stored::New);
}

#[tokio::test]
async fn what_waits_survives_a_restart_and_is_due_at_once() {
    let spool = Fixture::new().await;
    spool.put("a", "1", "x").await;
    let heads = spool.heads_at(1000).await;
    spool
        .spool
        .postpone(&heads[0], at(9000), false)
        .await
        .unwrap();
    assert!(spool.turn().await.is_empty());
    let Fixture { dir, spool } = spool;
    drop(spool);
    let spool = open(&dir, KEY, room_for(100)).await.unwrap();
    let spool = Fixture { dir, spool };
    assert_eq!(spool.turn().await, ["x"]);
    assert_eq!(spool.put("a", "1", "x").await, Stored::Duplicate);
}

#[tokio::test]
async fn a_wrong_key_is_told_at_start() {
    let Fixture { dir, spool } = Fixture::new().await;
    drop(spool);
    let error = open(&dir, OTHER_KEY, room_for(100)).await.err().unwrap();
    assert!(matches!(error, SpoolOpenError::WrongKey));
    assert!(
        error.to_string().starts_with("adapter.encryption_keys"),
        "{error}"
    );
}

#[tokio::test]
async fn housekeeping_forgets_what_is_old_but_never_what_waits() {
    let spool = Fixture::new().await;
    spool.put("a", "1", "x").await;
    spool.end_first(End::Reported("ODD")).await;
    spool.put("b", "2", "y").await;
    let day = 24 * 3600;
    let keep = async |days: i64| {
        let now = at(1000 + days * day);
        let kept = spool.spool.keep_house(now, Duration::from_secs(60)).await;
        kept.unwrap();
    };
    keep(29).await;
    assert_eq!((spool.count("1"), spool.count("body IS NOT NULL")), (2, 2));
    keep(31).await;
    assert_eq!((spool.count("1"), spool.count("body IS NOT NULL")), (2, 1));
    keep(91).await;
    assert_eq!((spool.count("1"), spool.count("state = 'waiting'")), (1, 1));
}

#[tokio::test]
async fn a_clock_set_back_does_not_put_events_off_for_long() {
    let spool = Fixture::new().await;
    spool.put("a", "1", "x").await;
    let heads = spool.heads_at(1000).await;
    spool
        .spool
        .postpone(&heads[0], at(90_000), false)
        .await
        .unwrap();
    let longest = Duration::from_secs(60);
    spool.spool.keep_house(at(1000), longest).await.unwrap();
    assert_eq!(spool.turn().await, ["x"]);
    spool
        .spool
        .postpone(&heads[0], at(1050), false)
        .await
        .unwrap();
    spool.spool.keep_house(at(1000), longest).await.unwrap();
    assert!(spool.turn().await.is_empty());
}

#[tokio::test]
async fn a_start_seals_what_waits_with_the_newest_key_and_the_older_one_can_go() {
    let fixture = Fixture::with_capacity(1000).await;
    for number in 0..(GROUP + 1) {
        let source = format!("a-{number}");
        fixture.put(&source, &source, "body").await;
    }
    let Fixture { dir, spool } = fixture;
    drop(spool);
    let reopened = async |keys: &[&str]| {
        let keys = Keyring::from_base64(keys.iter().copied()).unwrap();
        Spool::open(&dir.path().join("spool.db"), keys, room_for(1000), PATIENCE).await
    };
    drop(reopened(&[OTHER_KEY, KEY]).await.unwrap());
    let spool = reopened(&[OTHER_KEY]).await.unwrap();
    let heads = heads_of(&spool, at(2000)).await.events;
    assert_eq!(heads.len(), GROUP + 1);
    for event in &heads {
        assert_eq!(spool.body(event).unwrap(), b"body");
    }
}

#[tokio::test]
async fn what_waits_is_counted_and_the_oldest_is_known() {
    let spool = Fixture::new().await;
    assert_eq!(
        spool.spool.backlog().await.unwrap(),
        (Waits::default(), None)
    );
    spool.put("a", "1", "x").await;
    spool.put("b", "2", "y").await;
    let waiting = spool.spool.backlog().await.unwrap();
    let two = Waits {
        in_turn: 2,
        apart: 0,
    };
    assert_eq!(waiting, (two, Some(at(1000))));
    spool.end_first(End::Done).await;
    spool.end_first(End::Done).await;
    assert_eq!(
        spool.spool.backlog().await.unwrap(),
        (Waits::default(), None)
    );
}

#[tokio::test]
async fn a_repetition_names_the_event_it_repeats() {
    let spool = Fixture::new().await;
    let source = ExternalId::parse("a").unwrap();
    let tenant = TenantId::parse("acme").unwrap();
    let arrival = |id: &'static str| Arrival {
        tenant: &tenant,
        application: Some(&source),
        candidate: None,
        id: Some(id),
        is_dated: false,
        body: b"x",
        received: at(1000),
    };
    for (id, stored) in [
        ("1", (Stored::New, 1)),
        ("2", (Stored::New, 2)),
        ("1", (Stored::Duplicate, 1)),
    ] {
        assert_eq!(spool.spool.store(arrival(id)).await.unwrap(), stored);
    }
}
