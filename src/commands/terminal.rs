//! Words for the person at the terminal.

use std::io::{self, Write as _};

/// Writes a line to standard output; a closed one is no reason to fail.
pub fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Writes what went wrong to standard error.
pub fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "onboarding: {line}");
}

/// Writes what is to be known meanwhile to standard error.
pub fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
