//! What lists and counts of onboardings are asked for, and what they show.

use crate::domain::{
    dates::CivilDate,
    finding::ProblemCode,
    ids::{SystemName, TenantId},
    onboarding::{Onboarding, State},
};

/// What a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this tenant.
    pub tenant: Option<TenantId>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only from this system.
    pub system: Option<SystemName>,
    /// Only with this name, by its matching key.
    pub name: Option<String>,
    /// Only with this e-mail address, folded.
    pub email: Option<String>,
    /// Only with this problem.
    pub problem: Option<String>,
}

/// How a list is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// What somebody has to see to first ([`Onboarding::is_waited_for`]), then by start date.
    Urgency,
    /// The latest change first.
    UpdateTime,
}

/// Where a page of a list begins: after the entry with these sort values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The first sort value.
    pub rank: String,
    /// The place in the order of storing, which makes it unique.
    pub seq: i64,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The entries.
    pub onboardings: Vec<Onboarding>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Position>,
}

/// How many onboardings that somebody has to see to stand in a state, with a problem or none,
/// and start on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: State,
    /// The start date, if it is known.
    pub start: Option<CivilDate>,
    /// What they wait for a person for.
    pub problem: Option<ProblemCode>,
    /// How many.
    pub count: u64,
}

/// Where an onboarding stands in its account's queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueuePlace {
    /// How many are served before it: exactly in a short queue; in a long one as of at most
    /// two seconds ago, when there were not fewer.
    pub before: u32,
}
