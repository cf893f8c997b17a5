//! Generates the gRPC code from `proto/` without a `protoc` on the machine.

use std::{env, error::Error, fs, path::PathBuf};

use protox::prost::Message as _;
use tonic_prost_build::Builder;

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
    tenants_in_files(tonic_prost_build::configure()).compile_fds(descriptors)?;
    Ok(())
}

/// The messages of a tenant and its settings, with those inside them.
const OF_TENANTS: [&str; 5] = ["Tenant", "Secret", "Webhook", "WebhookAuth", "Callback"];

/// Settings that only the service writes.
const OUTPUT_ONLY: [&str; 6] = [
    "Tenant.key_hint",
    "Tenant.create_time",
    "Tenant.update_time",
    "Tenant.webhook_deliveries",
    "Secret.hint",
    "Secret.create_time",
];

/// Settings that a file writes otherwise than the message, and the functions of
/// `src/pb/tenant/file.rs` that read them.
const READ_BY: [(&str, &str); 8] = [
    ("Tenant.lucca_api_key", "secret"),
    ("Tenant.lucca_defaults", "fields"),
    ("Tenant.Label.field", "field"),
    ("Tenant.unmatched", "unmatched"),
    ("Tenant.welcome_mail", "welcome_mail"),
    ("WebhookAuth.Hmac.encoding", "encoding"),
    ("Secret.value", "secret"),
    ("Secret.expire_time", "time"),
];

/// Lets serde read tenants from a file (tenants.example.toml).
fn tenants_in_files(mut builder: Builder) -> Builder {
    let path = |name: &str| format!(".hr.onboarding.v1.{name}");
    for message in OF_TENANTS {
        let derive = "#[derive(serde::Deserialize)] #[serde(default, deny_unknown_fields)]";
        builder = builder.message_attribute(path(message), derive);
    }
    for setting in OUTPUT_ONLY {
        builder = builder.field_attribute(path(setting), "#[serde(skip)]");
    }
    for (setting, function) in READ_BY {
        let reads = format!("#[serde(deserialize_with = \"crate::pb::tenant::file::{function}\")]");
        builder = builder.field_attribute(path(setting), reads);
    }
    builder
        .field_attribute(
            path("Tenant.welcome_mail"),
            "#[serde(rename = \"suppress_welcome_mail\")]",
        )
        // A proof is written by its name alone: `bearer = { … }`. Without the leading dot the
        // path leaves out the messages inside.
        .message_attribute("WebhookAuth", "#[serde(transparent)]")
        .enum_attribute(
            path("WebhookAuth.method"),
            "#[derive(serde::Deserialize)] #[serde(rename_all = \"snake_case\")]",
        )
}
