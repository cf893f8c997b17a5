//! The real programs as child processes that can be killed and frozen.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

/// A program that can be started again and again with the same settings.
#[derive(Debug)]
pub struct Program {
    binary: PathBuf,
    command: &'static str,
    settings: BTreeMap<String, String>,
    log: PathBuf,
    child: Option<Child>,
}

impl Program {
    /// `settings` are the keys of the settings file, such as `lucca.window`; what it logs is
    /// added to `<directory>/<name>.log`.
    pub fn new(
        binary: &Path,
        command: &'static str,
        settings: &[(&str, String)],
        directory: &Path,
        name: &str,
    ) -> Self {
        let settings = settings.iter().map(|(key, value)| {
            let name = key.to_uppercase().replace('.', "__");
            (format!("ONBOARDING_{name}"), value.clone())
        });
        Self {
            binary: binary.to_owned(),
            command,
            settings: settings.collect(),
            log: directory.join(format!("{name}.log")),
            child: None,
        }
    }

    pub fn start(&mut self) -> io::Result<()> {
        let log =
            || -> io::Result<File> { OpenOptions::new().create(true).append(true).open(&self.log) };
        let child = Command::new(&self.binary)
            .arg(self.command)
            .env_clear()
            .envs(&self.settings)
            .stdin(Stdio::null())
            .stdout(log()?)
            .stderr(log()?)
            .spawn()?;
        self.child = Some(child);
        Ok(())
    }

    fn signal(&self, signal: Signal) {
        if let Some(child) = &self.child {
            // It may have ended by itself, which is found out elsewhere.
            let _ = kill_process(Pid::from_child(child), signal);
        }
    }

    /// `SIGKILL`: it ends between two instructions.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        if let Some(mut child) = self.child.take() {
            let _ = child.wait();
        }
    }

    /// `SIGTERM`: it ends as soon as it can.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// `SIGSTOP`: it stands still, its connections stay.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// `SIGCONT`: it goes on as if nothing had been.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Lets no file grow beyond so many bytes, which is a full disk to the program; `None`:
    /// there is space again.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let limit = Rlimit {
            current: bytes,
            maximum: None,
        };
        if let Some(child) = &self.child {
            prlimit(Some(Pid::from_child(child)), Resource::Fsize, limit).expect("a running child");
        }
    }

    /// What it has logged, over all its starts.
    pub fn logged(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// How it ended by itself, if it did: no fault explains that.
    pub fn ended(&mut self) -> Option<String> {
        let status = self.child.as_mut()?.try_wait().ok()??;
        Some(format!("{} ended by itself: {status}", self.command))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}
