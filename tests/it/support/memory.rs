//! The memory of this process, in which the service runs.

use std::time::Duration;

pub const MIB: u64 = 1024 * 1024;

/// Resident memory, in bytes.
pub fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let kib = line.and_then(|it| it.trim().split(' ').next()?.parse::<u64>().ok());
    kib.unwrap() * 1024
}

/// The most memory that the process has taken while something ran.
pub async fn most<T>(work: impl Future<Output = T>) -> (T, u64) {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    let mut most = 0;
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return (done, most.max(resident())),
            _ = ticks.tick() => most = most.max(resident()),
        }
    }
}
