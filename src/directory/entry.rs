//! One entry of the cache: what one key has shown of its account.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize},
    },
};

use jiff::Timestamp;

use super::{
    cache::Wanted,
    definitions::CachedDefinitions,
    snapshot::{Snapshot, Units},
};
use crate::{
    domain::{
        dates::CivilDate,
        lucca_id::LuccaId,
        onboarding::{later, refresh::NOT_SHOWN_YET},
    },
    lucca::Person,
};

/// The directory of an account, and whether the key has proven what it sees.
#[derive(Clone, Debug)]
pub struct View {
    /// The directory.
    pub snapshot: Arc<Snapshot>,
    /// Whether the key has proven that it sees future and former employees: without them an
    /// absence proves nothing.
    pub visibility_proven: bool,
    /// When the units were read.
    pub units_as_of: Timestamp,
}

impl View {
    /// Whether it is as fresh as wanted.
    pub fn is(&self, wanted: &Wanted) -> bool {
        self.snapshot.as_of >= wanted.people && self.units_as_of >= wanted.units
    }
}

/// The people and units of an account, as one key sees them.
pub(super) struct Contents {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) units_as_of: Timestamp,
    /// When the units were last read after a refusal.
    pub(super) units_after_refusal: Timestamp,
    /// When everything was read last.
    pub(super) full_as_of: Timestamp,
    /// People whom this service created and no read has shown yet, and when it created them.
    pub(super) unconfirmed: HashMap<LuccaId, Timestamp>,
    /// People whom the read at [`Snapshot::as_of`] has shown, or a later one.
    pub(super) latest: HashSet<LuccaId>,
    /// When people were last read by their ids.
    pub(super) read_by_id: HashMap<LuccaId, Timestamp>,
    /// A read has shown a person whom this service created and who starts in the future.
    pub(super) saw_own_creation: bool,
    /// When the last read began that showed somebody who starts in the future.
    pub(super) future_seen: Option<Timestamp>,
}

/// When Lucca refused a key, and with which status.
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) at: Timestamp,
}

/// What is cached for a key. A refusal does not clear the contents.
#[derive(Default)]
pub(super) struct Cached {
    pub(super) contents: Option<Contents>,
    pub(super) refused: Option<Refusal>,
}

/// What is cached for a key, and what eviction needs to know.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) cached: tokio::sync::Mutex<Cached>,
    /// Held while Lucca is asked for people who start in the future.
    pub(super) future_check: tokio::sync::Mutex<()>,
    /// Custom data, which most hires do not need.
    pub(super) definitions: CachedDefinitions,
    /// How many bytes are cached, as last counted.
    pub(super) bytes: AtomicUsize,
    /// The number of the last use: the entry with the lowest is evicted first.
    pub(super) used: AtomicU64,
}

impl Contents {
    /// What the cache gives out.
    pub(super) fn view(&self) -> View {
        // People whom this service created prove nothing until a read has shown them.
        let shown = self.snapshot.shows_future_and_former(|id| {
            !self.unconfirmed.contains_key(&id) && !self.snapshot.unseen.contains(&id)
        });
        View {
            snapshot: Arc::clone(&self.snapshot),
            visibility_proven: self.saw_own_creation || shown,
            units_as_of: self.units_as_of,
        }
    }

    /// Keeps people whom the service has just created, if a read of everything does not show them
    /// yet.
    pub(super) fn keep_unconfirmed(&mut self, before: &Self, now: Timestamp) {
        let snapshot = Arc::make_mut(&mut self.snapshot);
        for (id, created) in &before.unconfirmed {
            if let Some(person) = before.snapshot.people.get(id)
                && now < later(*created, NOT_SHOWN_YET)
                && !snapshot.people.contains_key(id)
            {
                snapshot.people.insert(*id, person.clone());
                self.unconfirmed.insert(*id, *created);
            }
        }
    }

    /// Replaces the units by those that a read has shown.
    pub(super) fn replace_units(&mut self, units: Units, as_of: Timestamp) {
        self.units_as_of = as_of;
        Arc::make_mut(&mut self.snapshot).units = units;
    }

    /// Replaces people by what a read has shown of them.
    pub(super) fn merge(&mut self, people: Vec<Person>, as_of: Timestamp, today: CivilDate) {
        let snapshot = Arc::make_mut(&mut self.snapshot);
        if as_of > snapshot.as_of {
            self.latest.clear();
        }
        for person in people {
            let future = person.is_future(today);
            if self.unconfirmed.remove(&person.id).is_some() && future {
                self.saw_own_creation = true;
            }
            if future {
                self.future_seen = self.future_seen.max(Some(as_of));
            }
            self.latest.insert(person.id);
            snapshot.unseen.remove(&person.id);
            snapshot.people.insert(person.id, person);
        }
        snapshot.as_of = as_of;
        snapshot.today = today;
    }
}
