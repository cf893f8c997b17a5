//! `onboarding keys rotate`: seals everything again with the newest encryption key.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Failure, exit_code, remote::Remote, terminal::say};
use crate::{
    config::Settings,
    domain::language::Language,
    pb::v1::{
        RotateEncryptionKeysRequest, RotateEncryptionKeysResponse as Progress,
        tenant_service_client::TenantServiceClient,
    },
    text::phrase,
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

/// Starts the rotation on the running service and prints its progress.
pub async fn run(
    settings: &Settings,
    options: &Options,
    language: Language,
) -> Result<ExitCode, Failure> {
    let What::Rotate(remote) = &options.what;
    let connection = remote.connect(settings, language).await?;
    let request = connection.request(RotateEncryptionKeysRequest {});
    let refused = |status| connection.refused(&status);
    let mut client = TenantServiceClient::new(connection.channel.clone());
    let answer = client.rotate_encryption_keys(request).await;
    let mut stream = answer.map_err(refused)?.into_inner();
    let mut last_share = None;
    while let Some(progress) = stream.message().await.map_err(refused)? {
        if progress.done {
            for line in outcome(&progress, language) {
                say(&line);
            }
            return Ok(exit_code(is_complete(&progress)));
        }
        // One line for each per cent.
        let share = progress.sealed_count * 100 / progress.total_count.max(1);
        if last_share != Some(share) {
            let sealed = progress.sealed_count.to_string();
            let total = progress.total_count.to_string();
            let arguments = [("sealed", &*sealed), ("total", &total)];
            say(&phrase(language, "command-keys-progress", &arguments));
            last_share = Some(share);
        }
    }
    Err(Failure::new(phrase(language, "command-keys-cut", &[])))
}

/// Whether the older keys can be removed.
fn is_complete(progress: &Progress) -> bool {
    progress.unreadable_count == 0 && progress.needed_key_ids.is_empty()
}

fn outcome(progress: &Progress, language: Language) -> Vec<String> {
    let line = |id, arguments: &[(&str, &str)]| phrase(language, id, arguments);
    let sealed = progress.sealed_count.to_string();
    let sealed = [("count", sealed.as_str()), ("key", &progress.key_id)];
    let mut lines = vec![line("command-keys-sealed", &sealed)];
    if is_complete(progress) {
        lines.push(line("command-keys-complete", &[]));
        return lines;
    }
    if progress.unreadable_count > 0 {
        let count = progress.unreadable_count.to_string();
        lines.push(line("command-keys-unreadable", &[("count", &count)]));
    }
    if !progress.needed_key_ids.is_empty() {
        let keys = progress.needed_key_ids.join(", ");
        lines.push(line("command-keys-needed", &[("keys", &keys)]));
    }
    lines.push(line("command-keys-keep", &[]));
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
        assert!(outcome(&done, Language::English)[1].starts_with("No record needs an older key"));
        let unreadable = Progress {
            unreadable_count: 2,
            needed_key_ids: vec!["bb".to_owned()],
            ..done.clone()
        };
        assert!(!is_complete(&unreadable));
        let text = outcome(&unreadable, Language::English).join("\n");
        assert!(text.contains("2 records cannot be opened") && text.contains("needed: bb"));
        assert!(text.ends_with("Remove no key."));
    }
}
