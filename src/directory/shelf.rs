//! What is held of one account, as one key has shown it.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize},
    },
};

use aws_lc_rs::digest;
use jiff::Timestamp;

use super::{definitions::DefinitionShelf, keeper::View, person::Person, snapshot::Snapshot};
use crate::{
    domain::{dates::CivilDate, lucca_id::LuccaId, secret::SecretText},
    lucca::User,
};

/// Tells keys apart without keeping them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct KeyPrint([u8; 32]);

impl KeyPrint {
    pub(super) fn of(key: &SecretText) -> Self {
        let digest = digest::digest(&digest::SHA256, key.expose().as_bytes());
        let mut print = [0; 32];
        print.copy_from_slice(digest.as_ref());
        Self(print)
    }
}

/// What is held of one account, read with one key.
pub(super) struct Held {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) units_as_of: Timestamp,
    pub(super) full_as_of: Timestamp,
    /// People this service created that no read has shown yet.
    pub(super) unconfirmed: BTreeSet<LuccaId>,
    /// A read has shown a person this service created, who starts in the future.
    pub(super) saw_own_creation: bool,
    /// When the last read began that showed somebody who starts in the future.
    pub(super) future_seen: Option<Timestamp>,
}

/// When Lucca refused a key, and how.
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) at: Timestamp,
}

/// A key's place: what it has shown of its account, or that it was refused.
#[derive(Default)]
pub(super) struct Shelf {
    pub(super) held: Option<Held>,
    pub(super) refused: Option<Refusal>,
}

/// A shelf, and what it takes to know which to clear when there is too much.
#[derive(Default)]
pub(super) struct Slot {
    pub(super) shelf: tokio::sync::Mutex<Shelf>,
    /// The turn to ask whether the key sees people who start in the future.
    pub(super) control: tokio::sync::Mutex<()>,
    /// Definitions of custom data, which most hires do not need.
    pub(super) definitions: DefinitionShelf,
    /// How many people are held, as last counted.
    pub(super) people: AtomicUsize,
    /// The place in the order of use.
    pub(super) used: AtomicU64,
}

impl Held {
    /// Whether the key has proven that it sees whom it must see to prove an absence. Whom
    /// this service created and no read has shown proves nothing.
    pub(super) fn sight_proven(&self) -> bool {
        self.saw_own_creation || self.snapshot.shows_future_and_former(&self.unconfirmed)
    }

    /// What is known now.
    pub(super) fn view(&self) -> View {
        View {
            snapshot: Arc::clone(&self.snapshot),
            sight_proven: self.sight_proven(),
        }
    }

    pub(super) fn size(&self) -> usize {
        self.snapshot.people.len()
    }

    /// Lets read people replace what was known of them.
    pub(super) fn merge(&mut self, users: Vec<User>, as_of: Timestamp, today: CivilDate) {
        let snapshot = Arc::make_mut(&mut self.snapshot);
        for user in users {
            let person = Person::from(user);
            let future = person.is_future(today);
            if self.unconfirmed.remove(&person.id) && future {
                self.saw_own_creation = true;
            }
            if future {
                self.future_seen = self.future_seen.max(Some(as_of));
            }
            snapshot.people.insert(person.id, person);
        }
        snapshot.as_of = as_of;
        snapshot.today = today;
    }
}
