//! Tenants: what is shown of them, and how they are read and changed.
//!
//! Secrets are shown in one place only, [`webhook_with_values`]. Reading collects all bad
//! fields, not just the first.

mod changed;
mod mask;
mod parse;
mod placing;
mod secrets;
mod shown;
mod webhook;

pub use changed::changed;
pub use mask::{Updated, update};
pub use parse::{Rules, change_time, parse};
pub use shown::{shown, webhook_with_values};

#[cfg(test)]
mod tests;
