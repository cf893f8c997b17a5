use super::*;

async fn full(most: usize) -> (Arc<ConnectionSlots>, Vec<ConnectionSlot>) {
    let slots = Arc::new(ConnectionSlots::new(most));
    let mut taken = Vec::new();
    for _ in 0..most {
        taken.push(slots.admit().await.unwrap());
        tokio::time::advance(Duration::from_millis(5)).await;
    }
    (slots, taken)
}

fn evicted(taken: &[ConnectionSlot]) -> Vec<usize> {
    let is_evicted = |slot: &ConnectionSlot| slot.connection.0.evicted.is_cancelled();
    (0..taken.len())
        .filter(|&index| is_evicted(&taken[index]))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn of_those_that_idle_the_unproven_go_first_and_the_longest_idle_of_them() {
    let (slots, mut taken) = full(4).await;
    taken[0].connection.prove();
    let busy = taken[1].connection.busy();
    assert!(slots.make_room());
    assert_eq!(evicted(&taken), [2]);
    // While one is on its way out nobody else is asked.
    assert!(slots.make_room());
    assert_eq!(evicted(&taken), [2]);
    drop(taken.remove(2));
    assert!(slots.make_room());
    assert_eq!(evicted(&taken), [2]);
    drop(taken.remove(2));
    assert!(slots.make_room());
    assert_eq!(evicted(&taken), [0]);
    drop(taken.remove(0));
    assert!(!slots.make_room());
    drop(busy);
    assert!(slots.make_room());
}

#[tokio::test(start_paused = true)]
async fn a_new_connection_gets_the_slot_of_one_that_idles() {
    let (slots, mut taken) = full(2).await;
    let first = taken.remove(0);
    tokio::spawn(async move { first.evicted().await });
    assert!(slots.admit().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn when_all_are_busy_a_new_connection_is_refused() {
    let (slots, taken) = full(2).await;
    let busy: Vec<Busy> = taken.iter().map(|it| it.connection.busy()).collect();
    assert!(slots.admit().await.is_none());
    drop(busy);
    // They are asked to go, but do not in time.
    assert!(slots.admit().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn many_strangers_make_room_at_once() {
    let (slots, taken) = full(256).await;
    taken[0].connection.prove();
    assert!(slots.make_room());
    assert_eq!(evicted(&taken), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_connection_is_quiet_when_neither_requests_nor_work_are_left() {
    let connection = Connection::alone();
    let (busy, request) = (connection.busy(), connection.request());
    let quiet = tokio::spawn({
        let connection = connection.clone();
        async move { connection.quiet().await }
    });
    drop(request);
    tokio::task::yield_now().await;
    assert!(!quiet.is_finished());
    drop(busy);
    quiet.await.unwrap();
}
