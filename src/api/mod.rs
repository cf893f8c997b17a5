//! The gRPC face: one file per service, one place for errors.

pub mod adapter;
pub mod audit;
mod body;
pub mod caller;
pub mod checks;
pub mod error;
pub mod guard;
mod language;
mod limit;
pub mod media;
pub mod onboarding;
pub mod operations;
pub mod places;
pub mod refresh;
pub mod status;
pub mod tenants;

pub use caller::{Authentication, Caller};
pub use error::{ApiError, Resource, Violations};

#[cfg(test)]
mod fixtures;
