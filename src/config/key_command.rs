//! Encryption keys from the output of a command, such as the client of a key management service.

use std::{process::Stdio, time::Duration};

use secrecy::SecretString;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    process::Command,
    time::timeout,
};

use super::{
    ConfigError,
    keys::{KEYS_EXPECTED, encryption_key},
    layers::secret_list,
};

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longest output in bytes: a thousand keys.
const MOST_BYTES: u64 = 64 * 1_024;

/// The keys that a command prints: a list in JSON, or one key per line. The command is started
/// without a shell; what it writes to standard error is shown.
///
/// # Errors
/// The command cannot be started, fails, takes longer than 30 s, or prints something else. The text
/// names the setting, never the output.
pub(super) async fn run(
    setting: &str,
    command: &[String],
) -> Result<Vec<SecretString>, ConfigError> {
    let failed = |problem: String| ConfigError(vec![format!("{setting}: {problem}")]);
    let Ok(output) = timeout(PATIENCE, output(command)).await else {
        let seconds = PATIENCE.as_secs();
        return Err(failed(format!("the command took longer than {seconds} s")));
    };
    let keys = secret_list(&output.map_err(failed)?).and_then(|list| {
        let keys = list.as_array()?.iter().map(encryption_key);
        keys.collect::<Option<Vec<_>>>()
    });
    keys.filter(|keys| !keys.is_empty())
        .ok_or_else(|| failed(format!("the command must print {KEYS_EXPECTED}")))
}

/// What a command prints, if it succeeds. It is killed if this future is dropped.
async fn output(command: &[String]) -> Result<String, String> {
    let (program, arguments) = command.split_first().ok_or("the command is empty")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("the command cannot be started: {error}"))?;
    let stdout = child.stdout.take().ok_or("the command has no output")?;
    let text = read(stdout).await?;
    let status = child.wait().await.map_err(|error| error.to_string())?;
    match status.success() {
        true => Ok(text),
        false => Err(format!("the command failed: {status}")),
    }
}

async fn read(stdout: impl AsyncRead + Unpin) -> Result<String, String> {
    let mut text = String::new();
    let mut bounded = stdout.take(MOST_BYTES + 1);
    let read = bounded.read_to_string(&mut text).await;
    match read {
        Ok(_) if text.len() as u64 > MOST_BYTES => {
            Err(format!("the command printed more than {MOST_BYTES} bytes"))
        }
        Ok(_) => Ok(text),
        Err(error) => Err(format!("the output cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::config::tests::KEY;

    async fn print(arguments: &[&str]) -> Result<Vec<SecretString>, ConfigError> {
        let command: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
        run("store.encryption_keys_command", &command).await
    }

    #[tokio::test]
    async fn a_command_prints_keys_one_a_line_or_as_a_list() {
        for text in [
            KEY.to_owned(),
            format!("\n{KEY}\n\n"),
            format!("[\"{KEY}\"]"),
        ] {
            let keys = print(&["printf", "%s", &text]).await.unwrap();
            assert_eq!(keys.len(), 1, "{text}");
            assert_eq!(keys[0].expose_secret(), KEY);
        }
    }

    #[tokio::test]
    async fn a_command_that_prints_no_keys_is_refused_by_name_and_not_quoted() {
        for (command, problem) in [
            (&["/nowhere/at-all"][..], "cannot be started"),
            (&["false"], "failed: exit status: 1"),
            (&["true"], "must print"),
            (&["echo", "hunter2"], "must print"),
            (&["printf", "\\377"], "cannot be read"),
            (&["yes"], "more than 65536 bytes"),
        ] {
            let error = print(command).await.unwrap_err().to_string();
            assert!(error.contains("store.encryption_keys_command: "), "{error}");
            assert!(error.contains(problem), "{command:?}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[tokio::test]
    async fn no_shell_reads_the_arguments() {
        let keys = print(&["printf", "%s", "$(false) `false`"]).await;
        assert!(keys.unwrap_err().to_string().contains("must print"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_that_does_not_end_is_killed() {
        let error = print(&["sleep", "600"]).await.unwrap_err();
        assert!(error.to_string().contains("longer than 30 s"), "{error}");
    }
}
