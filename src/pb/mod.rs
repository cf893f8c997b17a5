//! The generated gRPC code and its conversions to and from the domain.

pub mod common;
pub mod tenant;

pub use common::Faults;

/// `hr.onboarding.v1`, generated from `proto/`, which documents it.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
pub mod v1 {
    tonic::include_proto!("hr.onboarding.v1");
}

/// The compiled `proto/`, for gRPC reflection.
pub const DESCRIPTORS: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/onboarding_descriptor.bin"));
