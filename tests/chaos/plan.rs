//! All that happens in a round, and when.

use std::time::Duration;

use lucca_onboarding::sandbox::Fault;

use super::{dice::Dice, faults, hires::Hire, proxy::Mode};

/// How long a worker owns a hire, in the children's settings.
pub const LEASE: Duration = Duration::from_millis(8_500);

/// Whom a round is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victims {
    Service,
    Adapter,
    Both,
}

/// A program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    /// By its number; beyond the last replica it starts over.
    Service(usize),
    Adapter,
}

/// The moment of a blow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Whatever is going on.
    Now,
    /// A creation has arrived at Lucca and has not been answered.
    Posting,
    /// Lucca has just created a user.
    Created,
}

/// Something bad.
#[derive(Clone, Debug)]
pub enum Event {
    /// Lucca fails.
    Fault(Fault),
    /// The network before Lucca fails for so long.
    Upstream(Mode, Duration),
    /// The network between the adapter and the service fails for so long.
    Inner(Mode, Duration),
    /// The network between the service and its PostgreSQL fails for so long.
    Database(Mode, Duration),
    /// A program is killed, and started again after so long.
    Kill(Victim, When, Duration),
    /// A program stands still for so long.
    Freeze(Victim, When, Duration),
}

/// A round.
#[derive(Clone, Debug)]
pub struct Plan {
    pub hires: Vec<Hire>,
    /// What happens, and when, from the beginning.
    pub events: Vec<(Duration, Event)>,
    /// The least time before everything works again.
    pub trouble: Duration,
    /// Whether Lucca admits a login once only.
    pub login_unique: bool,
    /// Calls per window that the service allows itself.
    pub limit: u32,
    /// Calls per window that Lucca admits.
    pub lucca_limit: u32,
    /// The seed of the hostile customer; `None`: there is none.
    pub hostile: Option<u64>,
}

impl Plan {
    /// No trouble at all.
    pub fn calm(seed: u64, hires: usize) -> Self {
        let mut dice = Dice::new(seed);
        Self {
            hires: Hire::plain(&mut dice, hires, Duration::from_secs(1)),
            events: Vec::new(),
            trouble: Duration::ZERO,
            login_unique: true,
            limit: 45,
            lucca_limit: 50,
            hostile: None,
        }
    }

    /// Everything by chance.
    pub fn random(seed: u64, hires: usize, victims: Victims) -> Self {
        let mut dice = Dice::new(seed);
        let hires = Hire::intricate(&mut dice, hires, Duration::from_secs(5));
        // Every third company has hardly any of the budget left for us.
        let (limit, lucca_limit) = if dice.percent(33) { (16, 18) } else { (45, 50) };
        let mut plan = Self {
            hires,
            events: Vec::new(),
            trouble: Duration::from_secs(7),
            login_unique: dice.percent(50),
            limit,
            lucca_limit,
            hostile: Some(seed),
        };
        plan.break_lucca(&mut dice);
        plan.break_networks(&mut dice);
        plan.strike(&mut dice, victims);
        plan.break_database(&mut dice);
        plan
    }

    fn add(&mut self, dice: &mut Dice, event: Event) {
        self.events.push((dice.millis(0, 7_000), event));
    }

    fn break_lucca(&mut self, dice: &mut Dice) {
        // Creations are few: most of their faults wait for them.
        for _ in 0..dice.between(3, 7) {
            let fault = faults::of_creations(dice);
            self.events
                .push((dice.millis(0, 3_000), Event::Fault(fault)));
        }
        for _ in 0..dice.between(0, 2) {
            let fault = faults::of_reads(dice);
            self.add(dice, Event::Fault(fault));
        }
    }

    fn break_networks(&mut self, dice: &mut Dice) {
        for _ in 0..dice.between(1, 3) {
            let event = Event::Upstream(faults::of_the_network(dice), dice.millis(300, 3_000));
            self.add(dice, event);
        }
        for _ in 0..dice.between(0, 2) {
            let mode = faults::of_the_inner_network(dice);
            let event = Event::Inner(mode, dice.millis(200, 2_000));
            self.add(dice, event);
        }
    }

    /// Comes last, so that a seed makes the same of everything else on every store.
    fn break_database(&mut self, dice: &mut Dice) {
        for _ in 0..dice.between(1, 3) {
            let mode = faults::of_the_database(dice);
            let event = Event::Database(mode, dice.millis(100, 2_000));
            self.add(dice, event);
        }
    }

    fn strike(&mut self, dice: &mut Dice, victims: Victims) {
        for _ in 0..dice.between(1, 4) {
            let adapter = match victims {
                Victims::Service => false,
                Victims::Adapter => true,
                Victims::Both => dice.percent(35),
            };
            let victim = if adapter {
                Victim::Adapter
            } else {
                Victim::Service(dice.below(2) as usize)
            };
            let when = match dice.below(4) {
                0 => When::Posting,
                1 => When::Created,
                _ => When::Now,
            };
            let event = match dice.below(10) {
                0..=6 => Event::Kill(victim, when, dice.millis(0, 2_000)),
                7 | 8 => Event::Freeze(victim, when, dice.millis(200, 4_000)),
                _ => Event::Freeze(victim, when, LEASE + dice.millis(500, 2_500)),
            };
            self.add(dice, event);
        }
    }
}
