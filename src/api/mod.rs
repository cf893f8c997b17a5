//! The gRPC face: one file per service, one place for errors.

pub mod caller;
pub mod error;

pub use caller::{Authentication, Caller};
pub use error::{ApiError, Resource, Violations};
