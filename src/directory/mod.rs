//! An account's directory: who and what is in a customer's Lucca, kept fresh, and the
//! matching of names to ids.

mod control;
mod definitions;
mod keeper;
mod loading;
mod matching;
mod person;
mod shelf;
mod sighting;
mod snapshot;

pub use keeper::{Directories, MAX_AGE, View};
pub use person::Person;
pub use snapshot::{Snapshot, Units};
