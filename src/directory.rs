//! The directory of an account: the people and units of a customer's Lucca, cached and kept
//! fresh, and the matching of names to ids.

mod cache;
mod definitions;
mod entry;
mod loading;
mod matching;
mod presence;
mod recognition;
mod snapshot;
mod visibility;

pub use cache::{DirectoryCache, MAX_AGE, Wanted};
pub use entry::View;
pub use presence::{Missing, Recheck};
pub use snapshot::{Snapshot, Units};
