//! The limit of open files: every connection takes a file descriptor.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors for everything else: the database, outgoing connections, logs.
const RESERVE: u64 = 128;

/// Raises the limit of open files as far as the system allows, and returns how many connections
/// fit below it, at most `wanted`.
#[must_use]
pub fn room_for(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let granted = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    // `None` means unlimited.
    let room = granted.map_or(usize::MAX, |granted| {
        let room = granted.saturating_sub(RESERVE).max(granted / 2);
        usize::try_from(room).unwrap_or(usize::MAX)
    });
    if room < wanted {
        tracing::warn!(
            wanted,
            room,
            "the limit of open files allows fewer connections than the settings"
        );
    }
    room.min(wanted)
}
