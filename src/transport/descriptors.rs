//! Every connection takes a file descriptor, and the system gives so many.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors for everything else: the database, connections out, logs.
const RESERVE: u64 = 128;

/// Asks the system for as many descriptors as it gives, and says how many connections there
/// is room for, up to the wanted number.
#[must_use]
pub fn room_for(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let given = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    // No number: no limit.
    let room = given.map_or(usize::MAX, |given| {
        let half = given / 2;
        let room = given.saturating_sub(RESERVE).max(half);
        usize::try_from(room).unwrap_or(usize::MAX)
    });
    if room < wanted {
        tracing::warn!(
            wanted,
            room,
            "the system's limit of open files leaves room for fewer connections"
        );
    }
    room.min(wanted)
}
