//! Output for the person at the terminal. A closed terminal is not an error.

use std::io::{self, Write as _};

/// Writes a line to standard output.
pub fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Writes an error to standard error.
pub fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "onboarding: {line}");
}

/// Writes a progress message to standard error.
pub fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
