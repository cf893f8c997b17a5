//! Generates the gRPC code from `proto/` without a `protoc` on the machine.

use std::{env, error::Error, fs, path::PathBuf};

use protox::prost::Message as _;

const PROTOS: [&str; 7] = [
    "hr/onboarding/v1/adapter_service.proto",
    "hr/onboarding/v1/collaborator.proto",
    "hr/onboarding/v1/onboarding.proto",
    "hr/onboarding/v1/onboarding_service.proto",
    "hr/onboarding/v1/operations_service.proto",
    "hr/onboarding/v1/tenant.proto",
    "hr/onboarding/v1/tenant_service.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let descriptors = protox::compile(PROTOS, ["proto"])?;
    // Served by gRPC reflection.
    let path = PathBuf::from(env::var("OUT_DIR")?).join("onboarding_descriptor.bin");
    fs::write(path, descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
