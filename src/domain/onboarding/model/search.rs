//! A breadth-first search over all worlds that can be reached.

use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    fmt,
    time::{Duration, Instant},
};

use super::{
    key::key,
    parts::Move,
    properties::{broken_at, broken_at_rest},
    settings::Settings,
    world::World,
};
use crate::domain::onboarding::State;

/// The predecessor of a world, and its successors without trouble.
struct Node {
    parent: usize,
    by: Move,
    depth: u32,
    free: Vec<(u32, bool)>,
}

/// The result of a search.
#[derive(Debug)]
pub(super) struct Report {
    states: usize,
    moves: usize,
    depth: u32,
    /// The states in which no move follows, and how many worlds end there.
    pub(super) ends: HashMap<&'static str, usize>,
    /// The most attempts of one onboarding.
    pub(super) attempts: usize,
    longest: u32,
    took: Duration,
}

/// A violated property, and the shortest way there.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) what: String,
    pub(super) trace: Vec<String>,
}

impl Report {
    /// Whether the search found every way to end.
    pub(super) fn reaches_every_end(&self) -> bool {
        let ends = [State::Created, State::Cancelled, State::NeedsAttention];
        ends.iter()
            .all(|state| self.ends.contains_key(state.as_str()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut ends: Vec<_> = self.ends.iter().collect();
        ends.sort();
        write!(
            f,
            "{} states, {} moves, up to {} moves deep and {} attempts; without more trouble it ends after at most {} s in {ends:?}; took {:.1?}",
            self.states, self.moves, self.depth, self.attempts, self.longest, self.took
        )
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.what)?;
        for line in &self.trace {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

/// Visits every world.
///
/// # Errors
/// The shortest way to a world that violates a property.
pub(super) fn explore(settings: &Settings) -> Result<Report, Box<Violation>> {
    let began = Instant::now();
    let first = World::first(settings);
    let mut known: HashMap<Box<[u8]>, u32> = HashMap::new();
    let mut nodes: Vec<Node> = Vec::new();
    let mut ends: HashMap<&'static str, usize> = HashMap::new();
    let (mut moves, mut attempts, mut waiting) = (0, 0, VecDeque::new());
    known.insert(key(&first, settings), 0);
    nodes.push(Node {
        parent: 0,
        by: Move::Tick,
        depth: 0,
        free: Vec::new(),
    });
    waiting.push_back((0, first));
    while let Some((index, world)) = waiting.pop_front() {
        if let Some(what) = broken_at(&world, settings) {
            return Err(violation(what, &nodes, index, settings));
        }
        attempts = attempts.max(world.onboarding.attempts.len());
        let mut free = Vec::new();
        let depth = nodes[index].depth + 1;
        for (by, next, trouble) in world.next(settings) {
            moves += 1;
            let number = nodes.len();
            let number = *known
                .entry(key(&next, settings))
                .or_insert(u32::try_from(number).expect("fewer states"));
            if number as usize == nodes.len() {
                nodes.push(Node {
                    parent: index,
                    by,
                    depth,
                    free: Vec::new(),
                });
                waiting.push_back((nodes.len() - 1, next));
            }
            if trouble.is_none() {
                free.push((number, by == Move::Tick));
            }
        }
        if free.is_empty() {
            if let Some(what) = broken_at_rest(&world) {
                return Err(violation(what, &nodes, index, settings));
            }
            *ends.entry(world.onboarding.state().as_str()).or_default() += 1;
        }
        nodes[index].free = free;
    }
    match longest(&nodes) {
        Ok(longest) => Ok(Report {
            states: nodes.len(),
            moves,
            depth: nodes.iter().map(|node| node.depth).max().unwrap_or(0),
            ends,
            attempts,
            longest: longest * 5,
            took: began.elapsed(),
        }),
        Err(index) => {
            let what = "it can go on for ever".to_owned();
            Err(violation(what, &nodes, index, settings))
        }
    }
}

/// The longest way without trouble, in ticks; or a world on a cycle without trouble.
fn longest(nodes: &[Node]) -> Result<u32, usize> {
    const NEW: u32 = u32::MAX;
    const OPEN: u32 = u32::MAX - 1;
    let mut ticks = vec![NEW; nodes.len()];
    for start in 0..nodes.len() {
        let mut stack = vec![(start, 0)];
        while let Some((index, next)) = stack.pop() {
            if next == 0 {
                match ticks[index] {
                    NEW => ticks[index] = OPEN,
                    OPEN => return Err(index),
                    _ => continue,
                }
            }
            let free = &nodes[index].free;
            match free.get(next) {
                Some((to, _)) => {
                    stack.push((index, next + 1));
                    if ticks[*to as usize] == OPEN {
                        return Err(index);
                    }
                    stack.push((*to as usize, 0));
                }
                None => {
                    let of = |(to, tick): &(u32, bool)| ticks[*to as usize] + u32::from(*tick);
                    ticks[index] = free.iter().map(of).max().unwrap_or(0);
                }
            }
        }
    }
    Ok(ticks.into_iter().max().unwrap_or(0))
}

/// Walks the shortest way again and describes it.
fn violation(what: String, nodes: &[Node], index: usize, settings: &Settings) -> Box<Violation> {
    let mut way = Vec::new();
    let mut at = index;
    while at != 0 {
        way.push(nodes[at].by);
        at = nodes[at].parent;
    }
    let mut world = World::first(settings);
    let mut trace = Vec::new();
    for by in way.into_iter().rev() {
        let next = world.next(settings);
        let found = next.into_iter().find(|(it, ..)| *it == by);
        let Some((_, next, trouble)) = found else {
            trace.push(format!("{by:?} cannot happen again"));
            break;
        };
        world = next;
        if by != Move::Tick {
            trace.push(format!(
                "{:>3} s  {}{by:?} -> {}",
                world.now * 5,
                trouble.map_or("", |_| "! "),
                world.onboarding.state().as_str()
            ));
        }
    }
    Box::new(Violation { what, trace })
}

/// Visits worlds that differ in anything, and checks that worlds with the same key have the same
/// successors. Returns the number of worlds and of keys.
pub(super) fn compare(settings: &Settings) -> (usize, usize) {
    type Future = BTreeSet<(Option<usize>, bool, Box<[u8]>)>;
    let first = World::first(settings);
    let mut known = HashSet::from([format!("{first:?}")]);
    let mut futures: HashMap<Box<[u8]>, Future> = HashMap::new();
    let mut waiting = vec![first];
    while let Some(world) = waiting.pop() {
        let mut future = Future::new();
        for (by, next, trouble) in world.next(settings) {
            let trouble = trouble.map(|trouble| trouble as usize);
            future.insert((trouble, by == Move::Tick, key(&next, settings)));
            if known.insert(format!("{next:?}")) {
                waiting.push(next);
            }
        }
        let known = futures
            .entry(key(&world, settings))
            .or_insert_with(|| future.clone());
        assert!(*known == future, "same key, another future: {world:?}");
    }
    (known.len(), futures.len())
}
