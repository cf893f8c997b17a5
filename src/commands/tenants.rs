//! `onboarding tenants apply`: brings the tenants of a running service in line with a file.

mod file;
mod secret;

use std::{env, path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use prost_types::FieldMask;
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt as _;

use super::{
    Failure,
    remote::{Connection, Remote},
    terminal::{complain, say},
};
use crate::{
    config::Settings,
    domain::language::Language,
    pb::v1::{self, tenant_service_client::TenantServiceClient},
    text::phrase,
};

/// The largest answer in bytes: a tenant with thousands of labels is large.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// Options of `tenants`.
#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Create and change tenants until they are as a file says (tenants.example.toml shows
    /// one). Tenants that are not in it are left alone.
    Apply(Apply),
}

#[derive(Debug, Args)]
struct Apply {
    /// The file.
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// Only tell what would be done.
    #[arg(long)]
    dry_run: bool,
    /// Try every new key on Lucca before it is stored.
    #[arg(long)]
    verify_keys: bool,
    #[command(flatten)]
    remote: Remote,
}

/// What was, or would be, done with a tenant.
#[derive(Debug, PartialEq, Eq)]
enum Done {
    Created,
    Updated(Vec<String>),
    Unchanged,
}

/// Applies the file and prints what changed. A tenant that is refused does not stop the others.
pub async fn run(
    settings: &Settings,
    options: &Options,
    language: Language,
) -> Result<ExitCode, Failure> {
    let What::Apply(apply) = &options.what;
    let name = apply.file.display();
    let text = std::fs::read_to_string(&apply.file)
        .map_err(|error| Failure::unusable(format!("{name}: {error}")))?;
    let unusable = |error| Failure::unusable(format!("{name}{error}"));
    let mut tenants = file::read(&text).map_err(unusable)?;
    let mut missing = Vec::new();
    for tenant in &mut tenants {
        let resolved = secret::resolve(tenant, |variable| env::var(variable).ok());
        for (setting, what) in resolved.err().unwrap_or_default() {
            let id = &tenant.id;
            missing.push(format!("{name}: tenant {id}: {setting}: {what}"));
        }
    }
    if !missing.is_empty() {
        return Err(Failure::unusable(missing.join("\n")));
    }
    if tenants.is_empty() {
        let file = [("file", &*name.to_string())];
        let none = phrase(language, "command-tenants-none", &file);
        return Err(Failure::new(none));
    }
    let connection = apply.remote.connect(settings, language).await?;
    let mut client = TenantServiceClient::new(connection.channel.clone())
        .max_decoding_message_size(LARGEST_ANSWER);
    let (mut failed, all) = (0_usize, tenants.len());
    for tenant in tenants {
        let id = tenant.id.clone();
        match apply.one(&connection, &mut client, tenant).await {
            Ok(done) => say(&line(&id, &done, apply.dry_run, language)),
            Err(status) => {
                failed += 1;
                complain(&format!("{id}: {}", connection.refused(&status)));
            }
        }
    }
    if failed > 0 {
        let (failed, all, file) = (failed.to_string(), all.to_string(), name.to_string());
        let arguments = [("failed", &*failed), ("all", &all), ("file", &file)];
        let failed = phrase(language, "command-tenants-failed", &arguments);
        return Err(Failure::new(failed));
    }
    Ok(ExitCode::SUCCESS)
}

impl Apply {
    async fn one(
        &self,
        connection: &Connection,
        client: &mut TenantServiceClient<Channel>,
        tenant: v1::Tenant,
    ) -> Result<Done, Status> {
        let ask = v1::UpdateTenantRequest {
            tenant: Some(tenant.clone()),
            update_mask: Some(FieldMask {
                paths: vec!["*".to_owned()],
            }),
            verify_key: false,
            validate_only: true,
        };
        let changed = match client.update_tenant(connection.request(ask.clone())).await {
            Ok(answer) => answer.into_inner().changed_fields,
            Err(status) if is_missing(&status) => {
                let create = v1::CreateTenantRequest {
                    tenant: Some(tenant),
                    verify_key: self.verify_keys,
                    validate_only: self.dry_run,
                };
                client.create_tenant(connection.request(create)).await?;
                return Ok(Done::Created);
            }
            Err(status) => return Err(status),
        };
        if changed.is_empty() {
            return Ok(Done::Unchanged);
        }
        let update = v1::UpdateTenantRequest {
            update_mask: Some(FieldMask {
                paths: masked(&changed),
            }),
            verify_key: self.verify_keys && changed.iter().any(|it| it == "lucca_api_key"),
            validate_only: self.dry_run,
            ..ask
        };
        let answer = client.update_tenant(connection.request(update)).await?;
        Ok(Done::Updated(answer.into_inner().changed_fields))
    }
}

fn is_missing(status: &Status) -> bool {
    let info = status.get_details_error_info();
    status.code() == Code::NotFound && info.is_some_and(|it| it.reason == "TENANT_NOT_FOUND")
}

/// The mask for these fields. A callback is set or removed as a whole.
fn masked(changed: &[String]) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for field in changed {
        let path = match field.split_once('.') {
            Some(("callback", _)) => "callback",
            _ => field.as_str(),
        };
        if !paths.iter().any(|it| it == path) {
            paths.push(path.to_owned());
        }
    }
    paths
}

fn line(id: &str, done: &Done, dry_run: bool, language: Language) -> String {
    let (message, fields) = match done {
        Done::Created => ("command-tenant-created", String::new()),
        Done::Updated(fields) => ("command-tenant-updated", fields.join(", ")),
        Done::Unchanged => ("command-tenant-unchanged", String::new()),
    };
    let dry_run = if dry_run { "yes" } else { "no" };
    let arguments = [("tenant", id), ("dry_run", dry_run), ("fields", &fields)];
    phrase(language, message, &arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_names_fields_and_a_callback_goes_as_a_whole() {
        let changed = ["lucca_url", "callback.url", "callback.secrets"].map(str::to_owned);
        assert_eq!(masked(&changed), ["lucca_url", "callback"]);
        let updated = Done::Updated(vec!["lucca_url".to_owned(), "labels".to_owned()]);
        assert_eq!(
            line("acme", &updated, true, Language::English),
            "acme: would be updated: lucca_url, labels"
        );
        assert_eq!(
            line("acme", &Done::Created, false, Language::English),
            "acme: created"
        );
        assert_eq!(
            line("acme", &Done::Unchanged, true, Language::English),
            "acme: unchanged"
        );
    }
}
