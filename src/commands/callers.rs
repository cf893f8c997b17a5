//! Reloads the tokens and certificates of callers while the service runs.

use std::{path::PathBuf, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    api::Authentication,
    config::{self, Auth, ConfigError, Settings},
};

/// Reloads the section `auth` of the settings.
pub(super) struct Callers {
    authentication: Authentication,
    /// The settings in force.
    known: Auth,
    /// Why the settings could not be used at the last reload.
    trouble: Option<String>,
}

/// The result of a reload.
#[derive(Debug, PartialEq, Eq)]
enum Reload {
    /// The same as before.
    Same,
    /// New settings are in force.
    Changed,
    /// The settings cannot be used; not reported again until the reason changes.
    Unusable(String),
}

impl Callers {
    /// With the settings in force, and the authentication that gets new ones.
    pub(super) fn new(authentication: Authentication, known: Auth) -> Self {
        Self {
            authentication,
            known,
            trouble: None,
        }
    }

    /// Reads the settings at this interval until `stop`.
    pub(super) async fn follow(
        mut self,
        file: Option<PathBuf>,
        every: Duration,
        stop: CancellationToken,
    ) {
        let mut ticks = tokio::time::interval(every);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let file = file.clone();
            let read = tokio::task::spawn_blocking(move || {
                config::load(file.as_deref(), config::environment())
            });
            let Ok(read) = read.await else { continue };
            match self.look(read.and_then(Settings::callers)) {
                Reload::Same => {}
                Reload::Changed => tracing::info!(
                    tokens = self.known.tokens.len(),
                    certificates = self.known.certificates.len(),
                    "who may call has changed, and counts from now on"
                ),
                Reload::Unusable(problem) => tracing::error!(
                    problem,
                    "the settings have changed and cannot be used: who may call stays as it was"
                ),
            }
        }
    }

    fn look(&mut self, read: Result<Auth, ConfigError>) -> Reload {
        let read = read.map_err(|error| error.to_string()).and_then(|auth| {
            match auth.is_open() && !self.known.is_open() {
                // A file that is only half written may lack the section `auth`.
                true => Err(
                    "auth names nobody, which would let everybody in: that takes a restart"
                        .to_owned(),
                ),
                false => Ok(auth),
            }
        });
        match read {
            Ok(auth) => {
                self.trouble = None;
                if auth == self.known {
                    return Reload::Same;
                }
                self.authentication.replace(&auth);
                self.known = auth;
                Reload::Changed
            }
            Err(problem) if self.trouble.as_ref() == Some(&problem) => Reload::Same,
            Err(problem) => {
                self.trouble = Some(problem.clone());
                Reload::Unusable(problem)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, header::AUTHORIZATION};

    use super::*;

    const OLD: &str = "the-token-of-yesterday";
    const NEW: &str = "the-token-of-tomorrow";

    fn settings(tokens: &[&str]) -> Result<Auth, ConfigError> {
        let tokens: Vec<_> = tokens
            .iter()
            .map(|token| {
                format!(
                    r#"{{"name": "ats", "token": "{token}", "scopes": ["caller"], "tenants": ["*"]}}"#
                )
            })
            .collect();
        let tokens = format!("[{}]", tokens.join(","));
        let env = [("ONBOARDING_AUTH__TOKENS".to_owned(), tokens)];
        config::load(None, env.into_iter()).map(|settings| settings.auth)
    }

    fn lets_in(callers: &Callers, token: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        callers.authentication.caller(&headers, None).is_ok()
    }

    #[test]
    fn a_token_comes_and_goes_and_what_cannot_be_used_changes_nothing() {
        let known = settings(&[OLD]).unwrap();
        let mut callers = Callers::new(Authentication::new(&known), known);
        let unusable = |seen| matches!(seen, Reload::Unusable(_));
        assert_eq!(callers.look(settings(&[OLD])), Reload::Same);
        assert!(lets_in(&callers, OLD) && !lets_in(&callers, NEW));
        assert_eq!(callers.look(settings(&[OLD, NEW])), Reload::Changed);
        assert!(lets_in(&callers, OLD) && lets_in(&callers, NEW));
        // Too short, and half a file: said once each.
        assert!(unusable(callers.look(settings(&["short"]))));
        assert_eq!(callers.look(settings(&["short"])), Reload::Same);
        assert!(unusable(callers.look(settings(&[]))));
        assert!(lets_in(&callers, OLD) && lets_in(&callers, NEW));
        assert_eq!(callers.look(settings(&[NEW])), Reload::Changed);
        assert!(!lets_in(&callers, OLD) && lets_in(&callers, NEW));
        assert!(unusable(callers.look(settings(&["short"]))));
    }

    #[test]
    fn a_service_that_was_open_to_all_can_be_closed() {
        let known = settings(&[]).unwrap();
        let mut callers = Callers::new(Authentication::new(&known), known);
        assert!(lets_in(&callers, NEW));
        assert_eq!(callers.look(settings(&[OLD])), Reload::Changed);
        assert!(lets_in(&callers, OLD) && !lets_in(&callers, NEW));
    }
}
