//! The generated gRPC code and its conversions to and from the domain.

/// Functions that convert between enums whose variants have the same names. A variant that is
/// left out does not compile.
macro_rules! same_variants {
    ($($(#[$doc:meta])* $vis:vis fn $name:ident($from:ty) -> $to:ty { $($variant:ident)* })*) => {$(
        $(#[$doc])*
        $vis fn $name(of: $from) -> $to {
            match of {
                $(<$from>::$variant => <$to>::$variant,)*
            }
        }
    )*};
}
pub(crate) use same_variants;

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

/// The metadata key under which the adapter sends the remarks of the intake: codes, separated
/// by commas (see `domain::finding::Warning::remark`).
pub const REMARKS: &str = "onboarding-remarks";

/// The metadata key of the same remarks with their arguments, as a JSON list of
/// `domain::finding::WarningKind`.
pub const FULL_REMARKS: &str = "onboarding-remarks-bin";

/// The compiled `proto/`, for gRPC reflection.
pub const DESCRIPTORS: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/onboarding_descriptor.bin"));
