use proptest::prelude::*;

use super::*;

const RULES: PoolRules = PoolRules {
    capacity: 8,
    reserved: 2,
    queue: 4,
    ratio: 3,
};

fn party(caller: &str, tenant: &str) -> Party {
    Party {
        who: Who {
            caller: caller.into(),
            is_operator: caller == "operator",
        },
        tenant: TenantId::parse(tenant).ok(),
    }
}

/// A pool in which these callers hold one unit each, for each time they are named.
fn pool(rules: PoolRules, holders: &[&str]) -> FairPool {
    let mut pool = FairPool::new(rules);
    for holder in holders {
        assert_eq!(pool.ask(&party(holder, "acme"), 1), Asked::Granted);
    }
    pool
}

fn ticket(asked: Asked) -> Ticket {
    match asked {
        Asked::Queued { ticket, .. } => ticket,
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_caller_takes_what_others_need() {
    let mut pool = FairPool::new(RULES);
    let greedy = party("greedy", "acme");
    let granted = (0..8).filter(|_| pool.ask(&greedy, 1) == Asked::Granted);
    assert_eq!(granted.count(), 6);
    let second = party("second", "acme");
    assert_eq!(pool.ask(&second, 1), Asked::Granted);
    let third = party("third", "acme");
    assert_eq!(pool.ask(&third, 1), Asked::Granted);
    // Nothing is left but what operators have.
    ticket(pool.ask(&party("fourth", "acme"), 1));
    assert_eq!(pool.ask(&party("operator", "acme"), 1), Asked::Granted);
}

#[test]
fn operators_leave_the_units_of_others_alone_when_theirs_are_enough() {
    let mut pool = pool(RULES, &["operator", "operator"]);
    let granted = (0..8).filter(|name| {
        let caller = party(&name.to_string(), "acme");
        pool.ask(&caller, 1) == Asked::Granted
    });
    assert_eq!(granted.count(), 8);
}

#[test]
fn the_caller_that_holds_the_fewest_is_served_first() {
    let rules = PoolRules {
        reserved: 0,
        ..RULES
    };
    let holders = ["busy", "busy", "busy", "busy", "busy", "quiet", "x", "y"];
    let mut pool = pool(rules, &holders);
    let busy = ticket(pool.ask(&party("busy", "acme"), 1));
    let quiet = ticket(pool.ask(&party("quiet", "acme"), 1));
    let newcomer = ticket(pool.ask(&party("newcomer", "acme"), 1));
    let mut served = Vec::new();
    for _ in 0..4 {
        pool.release(&party("busy", "acme"), 1);
        served.extend(pool.next());
    }
    assert_eq!(served, [newcomer, quiet, busy]);
}

#[test]
fn the_tenants_of_a_caller_are_served_in_turn() {
    let rules = PoolRules {
        capacity: 1,
        reserved: 0,
        queue: 10,
        ratio: 1,
    };
    let mut pool = pool(rules, &["holder"]);
    let mut ask = |tenant| ticket(pool.ask(&party("adapter", tenant), 1));
    let (a1, a2, a3) = (ask("flood"), ask("flood"), ask("flood"));
    let (b1, b2) = (ask("quiet"), ask("quiet"));
    pool.release(&party("holder", "acme"), 1);
    let mut served = Vec::new();
    while let Some(ticket) = pool.next() {
        served.push(ticket);
        let tenant = ["flood", "quiet"][usize::from([b1, b2].contains(&ticket))];
        pool.release(&party("adapter", tenant), 1);
    }
    assert_eq!(served, [a1, b1, a2, b2, a3]);
}

#[test]
fn when_the_queue_is_full_the_longest_line_loses_its_newest_request() {
    let rules = PoolRules {
        capacity: 1,
        reserved: 0,
        ..RULES
    };
    let mut pool = pool(rules, &["holder"]);
    let flood = party("flood", "acme");
    let [.., newest] = [(); 4].map(|()| ticket(pool.ask(&flood, 1)));
    assert_eq!(pool.ask(&flood, 1), Asked::Refused);
    let Asked::Queued { evicted, .. } = pool.ask(&party("quiet", "acme"), 1) else {
        panic!("a quiet caller has to find a place")
    };
    assert_eq!(evicted, Some(newest));
    assert_eq!(pool.load(), (1, 4));
    assert_eq!(pool.ask(&flood, 1), Asked::Refused);
    // Another tenant of the caller that floods finds a place as well.
    let other = pool.ask(&party("flood", "other"), 1);
    assert!(matches!(
        other,
        Asked::Queued {
            evicted: Some(_),
            ..
        }
    ));
}

#[test]
fn a_request_that_leaves_is_not_served_and_frees_its_place() {
    let rules = PoolRules {
        capacity: 1,
        reserved: 0,
        queue: 1,
        ratio: 1,
    };
    let mut pool = pool(rules, &["holder"]);
    let caller = party("caller", "acme");
    let gone = ticket(pool.ask(&caller, 1));
    pool.leave(&caller, gone);
    let waits = ticket(pool.ask(&caller, 1));
    pool.release(&party("holder", "acme"), 1);
    assert_eq!(pool.next(), Some(waits));
    assert_eq!(pool.next(), None);
}

#[test]
fn a_large_request_waits_for_room_and_small_ones_of_others_pass() {
    let rules = PoolRules {
        capacity: 100,
        reserved: 0,
        queue: 10,
        ratio: 1,
    };
    let mut pool = FairPool::new(rules);
    let (first, large, small) = (party("a", "x"), party("b", "x"), party("c", "x"));
    assert_eq!(pool.ask(&first, 60), Asked::Granted);
    let waits = ticket(pool.ask(&large, 50));
    assert_eq!(pool.ask(&small, 10), Asked::Granted);
    assert_eq!(pool.next(), None);
    pool.release(&first, 60);
    assert_eq!(pool.next(), Some(waits));
}

proptest! {
    /// Whatever happens, what is counted is what is held, and nothing is left at the end.
    #[test]
    fn units_and_places_are_never_lost(steps in prop::collection::vec((0..4_usize, 0..3_usize, 0..2_usize, 1..4_usize), 1..200)) {
        let names = ["a", "b", "c", "operator"];
        let mut pool = FairPool::new(RULES);
        let mut held: Vec<(Party, usize)> = Vec::new();
        let mut waiting: Vec<(Ticket, Party, usize)> = Vec::new();
        for (caller, what, tenant, units) in steps {
            let party = party(names[caller], ["x", "y"][tenant]);
            match what {
                0 => match pool.ask(&party, units) {
                    Asked::Granted => held.push((party, units)),
                    Asked::Refused => {}
                    Asked::Queued { ticket, evicted } => {
                        waiting.retain(|(other, ..)| Some(*other) != evicted);
                        waiting.push((ticket, party, units));
                    }
                },
                1 if !held.is_empty() => {
                    let (party, units) = held.swap_remove(caller % held.len());
                    pool.release(&party, units);
                }
                2 if !waiting.is_empty() => {
                    let (ticket, party, _) = waiting.swap_remove(caller % waiting.len());
                    pool.leave(&party, ticket);
                }
                _ => {}
            }
            while let Some(ticket) = pool.next() {
                let place = waiting.iter().position(|(it, ..)| *it == ticket).unwrap();
                let (_, party, units) = waiting.remove(place);
                held.push((party, units));
            }
            let units: usize = held.iter().map(|(_, units)| units).sum();
            prop_assert_eq!(pool.load(), (units, waiting.len()));
            prop_assert!(units <= RULES.capacity + RULES.reserved);
            prop_assert!(waiting.len() <= RULES.queue);
        }
        for (party, units) in held {
            pool.release(&party, units);
        }
        for (ticket, party, _) in waiting {
            pool.leave(&party, ticket);
        }
        prop_assert_eq!(pool.load(), (0, 0));
        prop_assert!(pool.callers.is_empty() && pool.lines.is_empty());
    }
}
