//! The gRPC services: a file or folder per service, and what all calls pass.

pub mod adapter;
pub mod audit;
mod body;
pub mod call;
pub mod caller;
pub mod checks;
pub mod error;
pub mod guard;
mod language;
pub mod media;
pub mod onboarding;
pub mod operations;
mod outlook;
mod pages;
pub mod permits;
pub mod refresh;
pub mod retry;
pub mod rpc;
pub mod shared;
pub mod tenants;

pub use caller::{Authentication, Caller};
pub use error::ApiError;

#[cfg(test)]
mod fixtures;
