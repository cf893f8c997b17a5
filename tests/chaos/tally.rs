//! What came of rounds, added up.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    time::Duration,
};

/// Counts of one round, or of many.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub rounds: u64,
    /// Hires that were acknowledged.
    pub acknowledged: u64,
    /// Employees that calls created in Lucca.
    pub employees: u64,
    pub created: u64,
    pub cancelled: u64,
    /// In `NEEDS_ATTENTION`, by problem code.
    pub attention: BTreeMap<String, u64>,
    /// Set going again by an operator once Lucca worked, by problem code.
    pub retried: BTreeMap<String, u64>,
    /// Calls that Lucca saw, and creations among them.
    pub calls: u64,
    pub creations: u64,
    /// Blows to programs.
    pub blows: BTreeMap<String, u64>,
    /// Faults of Lucca and the networks that struck a call or a connection.
    pub faults: BTreeMap<String, u64>,
    /// The attacks of the hostile customer, by answer.
    pub hostile: BTreeMap<String, u64>,
    pub lost: u64,
    pub second_posts: u64,
    /// Windows with more calls than Lucca admits.
    pub over_budget: u64,
    /// The most calls in any window, by what the service allowed itself.
    pub fullest: BTreeMap<u32, u64>,
    pub violations: u64,
    pub slowest: Duration,
    pub slowest_seed: u64,
}

pub fn count<K: ToString + ?Sized>(map: &mut BTreeMap<String, u64>, key: &K, times: u64) {
    *map.entry(key.to_string()).or_default() += times;
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.rounds += other.rounds;
        self.acknowledged += other.acknowledged;
        self.employees += other.employees;
        self.created += other.created;
        self.cancelled += other.cancelled;
        self.calls += other.calls;
        self.creations += other.creations;
        self.lost += other.lost;
        self.second_posts += other.second_posts;
        self.over_budget += other.over_budget;
        self.violations += other.violations;
        for (mine, others) in [
            (&mut self.attention, &other.attention),
            (&mut self.retried, &other.retried),
            (&mut self.blows, &other.blows),
            (&mut self.faults, &other.faults),
            (&mut self.hostile, &other.hostile),
        ] {
            for (key, times) in others {
                count(mine, key, *times);
            }
        }
        for (limit, most) in &other.fullest {
            let mine = self.fullest.entry(*limit).or_default();
            *mine = (*mine).max(*most);
        }
        if other.slowest > self.slowest {
            (self.slowest, self.slowest_seed) = (other.slowest, other.slowest_seed);
        }
    }
}

fn list(map: &BTreeMap<String, u64>) -> String {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
    let entries = entries.iter().map(|(key, times)| format!("{key} {times}"));
    entries.collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = String::new();
        let mut row = |name: &str, value: String| writeln!(table, "| {name} | {value} |");
        row("what", "how many".to_owned())?;
        row("---", "---".to_owned())?;
        row("rounds", self.rounds.to_string())?;
        row("hires acknowledged", self.acknowledged.to_string())?;
        row("ended CREATED", self.created.to_string())?;
        row("ended CANCELLED", self.cancelled.to_string())?;
        let attention: u64 = self.attention.values().sum();
        row(
            "ended NEEDS_ATTENTION",
            format!("{attention} ({})", list(&self.attention)),
        )?;
        row(
            "retried by an operator after the trouble",
            list(&self.retried),
        )?;
        row("employees created in Lucca", self.employees.to_string())?;
        row(
            "calls to Lucca",
            format!("{}, of them creations {}", self.calls, self.creations),
        )?;
        row("kills and freezes", list(&self.blows))?;
        row("faults that struck", list(&self.faults))?;
        row("attacks of the hostile customer", list(&self.hostile))?;
        let fullest = self
            .fullest
            .iter()
            .map(|(limit, most)| format!("{most} of {limit}"));
        row(
            "most calls in any window, of those the service allowed itself",
            fullest.collect::<Vec<_>>().join("; "),
        )?;
        row(
            "slowest round",
            format!(
                "{:.0} s (seed {})",
                self.slowest.as_secs_f64(),
                self.slowest_seed
            ),
        )?;
        row("**lost hires**", self.lost.to_string())?;
        row("**second POSTs**", self.second_posts.to_string())?;
        row(
            "**windows above Lucca's budget**",
            self.over_budget.to_string(),
        )?;
        row("**violations of any rule**", self.violations.to_string())?;
        f.write_str(&table)
    }
}
