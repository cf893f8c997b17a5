//! `onboarding keys rotate`: everything sealed anew with the newest encryption key.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Failure, remote::Remote, terminal::say};
use crate::{
    config::Settings,
    pb::v1::{
        RotateEncryptionKeysRequest, RotateEncryptionKeysResponse as Progress,
        tenant_service_client::TenantServiceClient,
    },
};

/// Options of `keys`.
#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Seal everything in the store anew with the newest encryption key, while the
    /// service goes on.
    Rotate(Remote),
}

/// Asks the running service and prints how far it is.
pub async fn run(settings: &Settings, options: &Options) -> Result<ExitCode, Failure> {
    let What::Rotate(remote) = &options.what;
    let connection = remote.connect(settings).await?;
    let request = connection.request(RotateEncryptionKeysRequest {});
    let mut stream = TenantServiceClient::new(connection.channel.clone())
        .rotate_encryption_keys(request)
        .await
        .map_err(|status| connection.refused(&status))?
        .into_inner();
    let mut told = None;
    while let Some(progress) = stream
        .message()
        .await
        .map_err(|status| connection.refused(&status))?
    {
        if progress.done {
            for line in outcome(&progress) {
                say(&line);
            }
            return Ok(if is_complete(&progress) {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            });
        }
        // A line for every hundredth is enough.
        let share = progress.sealed_count * 100 / progress.total_count.max(1);
        if told != Some(share) {
            say(&format!(
                "{} of {} records",
                progress.sealed_count, progress.total_count
            ));
            told = Some(share);
        }
    }
    Err(Failure::new(
        "the service ended before the rotation did: run the same command again",
    ))
}

/// Whether the older keys can go.
fn is_complete(progress: &Progress) -> bool {
    progress.unreadable_count == 0 && progress.needed_key_ids.is_empty()
}

fn outcome(progress: &Progress) -> Vec<String> {
    let mut lines = vec![format!(
        "{} records were sealed anew; key {} seals.",
        progress.sealed_count, progress.key_id
    )];
    if is_complete(progress) {
        lines.push(
            "No record needs an older key: take the older ones out of store.encryption_keys of every process."
                .to_owned(),
        );
        return lines;
    }
    if progress.unreadable_count > 0 {
        lines.push(format!(
            "{} records cannot be opened: put the key they were sealed with back into store.encryption_keys, or restore a backup.",
            progress.unreadable_count
        ));
    }
    if !progress.needed_key_ids.is_empty() {
        lines.push(format!(
            "Still needed: {}. If another process still seals with an older key, give it the newest first and run this again.",
            progress.needed_key_ids.join(", ")
        ));
    }
    lines.push("Remove no key.".to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_let_go_only_when_nothing_needs_them() {
        let done = Progress {
            key_id: "aa".to_owned(),
            done: true,
            ..Progress::default()
        };
        assert!(is_complete(&done));
        assert!(outcome(&done)[1].starts_with("No record needs an older key"));
        let unreadable = Progress {
            unreadable_count: 2,
            needed_key_ids: vec!["bb".to_owned()],
            ..done.clone()
        };
        assert!(!is_complete(&unreadable));
        let text = outcome(&unreadable).join("\n");
        assert!(text.contains("2 records cannot be opened") && text.contains("needed: bb"));
        assert!(text.ends_with("Remove no key."));
    }
}
