//! The generated gRPC code and its conversions to and from the domain.

pub mod collaborator;
pub mod common;
mod fault;
pub mod onboarding;
pub mod tenant;
pub mod values;

pub use common::Faults;
pub use fault::Fault;

/// `hr.onboarding.v1`, generated from `proto/`, which documents it.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
pub mod v1 {
    tonic::include_proto!("hr.onboarding.v1");
}

/// The metadata by which the adapter hands on what the intake remarked: codes, separated
/// by commas (see `domain::finding::Warning::remark`).
pub const REMARKS: &str = "onboarding-remarks";

/// The compiled `proto/`, for gRPC reflection.
pub const DESCRIPTORS: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/onboarding_descriptor.bin"));
