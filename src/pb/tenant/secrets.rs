//! Reading lists of secrets: new values are checked, an entry with an id and no value keeps
//! the value it has.

use std::slice;

use jiff::Timestamp;

use crate::{
    domain::{secret::SecretText, tenant::Secret, text::ValueError},
    pb::{Fault, Faults, v1, values},
};

/// Fewest characters of a secret that is not a Standard Webhooks one.
const LEAST_CHARS: usize = 16;
/// Most characters of any secret.
const MOST_CHARS: usize = 1024;
/// Most characters of a secret's id.
const MOST_ID_CHARS: usize = 64;

/// What a secret's value must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `whsec_` and base64 of 24 to 64 bytes (Standard Webhooks 1.0.0).
    StandardWebhooks,
    /// Any text.
    Text,
    /// Part of a header's value: visible ASCII.
    Header,
    /// A segment of a path: unreserved characters of URLs (RFC 3986, section 2.3).
    Path,
}

impl Form {
    fn check(self, secret: &SecretText) -> Result<(), Fault> {
        let value = secret.expose();
        let count = value.chars().count();
        let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        let (fits, otherwise) = match self {
            Self::StandardWebhooks => {
                let key = secret.standard_webhooks_key();
                let fits = key.is_some_and(|key| (24..=64).contains(&key.len()));
                return fits.then_some(()).ok_or(Fault::NotAWebhookSecret);
            }
            Self::Text => (
                value.trim() == value && !value.chars().any(char::is_control),
                Fault::SpacesOrControlCharacters,
            ),
            Self::Header => (
                value.chars().all(|c| c.is_ascii_graphic()),
                Fault::NotVisibleAscii { max: MOST_CHARS },
            ),
            Self::Path => (value.chars().all(unreserved), Fault::NotUnreserved),
        };
        if count < LEAST_CHARS {
            Err(Fault::TooShort { min: LEAST_CHARS })
        } else if count > MOST_CHARS {
            Err(ValueError::TooLong { max: MOST_CHARS }.into())
        } else {
            fits.then_some(()).ok_or(otherwise)
        }
    }
}

/// Reads the secrets of one list.
pub(super) struct SecretReader<'a> {
    /// The list's proto path.
    pub path: String,
    /// What its values must look like.
    pub form: Form,
    /// Whether the service has checked the values before: then they only need to be usable,
    /// since later versions may ask for longer ones.
    pub checked: bool,
    /// The secrets stored in the place of the list.
    pub stored: Vec<&'a Secret>,
    /// When new ones are stored.
    pub now: Timestamp,
}

impl SecretReader<'_> {
    /// A list with at least one secret.
    pub(super) fn list(&self, sent: &[v1::Secret], bad: &mut Faults) -> Vec<Secret> {
        if sent.is_empty() {
            bad.add(self.path.as_str(), Fault::NoSecret);
        }
        self.read_all(sent, |index| format!("{}[{index}]", self.path), bad)
    }

    /// Exactly one secret.
    pub(super) fn one(&self, sent: Option<&v1::Secret>, bad: &mut Faults) -> Option<Secret> {
        let sent = bad.keep(self.path.as_str(), sent.ok_or(Fault::Missing))?;
        let path = |_| self.path.clone();
        self.read_all(slice::from_ref(sent), path, bad).pop()
    }

    fn read_all(
        &self,
        sent: &[v1::Secret],
        path: impl Fn(usize) -> String,
        bad: &mut Faults,
    ) -> Vec<Secret> {
        let given = || sent.iter().map(|secret| secret.id.as_str());
        let stored = || self.stored.iter().map(|secret| secret.id.as_str());
        let mut free_ids = (1..)
            .map(|number| format!("secret-{number}"))
            .filter(|id| !given().chain(stored()).any(|it| it == id));
        let mut list = Vec::new();
        for (index, secret) in sent.iter().enumerate() {
            let path = path(index);
            if !secret.id.is_empty() && given().take(index).any(|id| id == secret.id) {
                bad.add(format!("{path}.id"), Fault::NotUnique);
            }
            list.extend(self.read(secret, &path, &mut free_ids, bad));
        }
        list
    }

    fn read(
        &self,
        sent: &v1::Secret,
        path: &str,
        free_ids: &mut impl Iterator<Item = String>,
        bad: &mut Faults,
    ) -> Option<Secret> {
        let expire_time = sent.expire_time.as_ref().map(|time| {
            let time = values::time(time).ok_or(Fault::ExpiresTooLate);
            // Fails closed: a time that does not exist has passed.
            bad.keep(format!("{path}.expire_time"), time)
                .unwrap_or(Timestamp::MIN)
        });
        if !is_id(&sent.id) {
            bad.add(
                format!("{path}.id"),
                Fault::NotASecretId { max: MOST_ID_CHARS },
            );
            return None;
        }
        let stored = self.stored_under(&sent.id);
        if sent.value.is_empty() {
            let kept = stored.ok_or(match sent.id.as_str() {
                "" => Fault::Missing,
                _ => Fault::NoStoredSecret,
            });
            let kept = bad.keep(format!("{path}.value"), kept)?;
            return Some(Secret {
                expire_time,
                ..kept.clone()
            });
        }
        let value = SecretText::new(sent.value.clone());
        let fits = match (self.form, self.checked) {
            (Form::StandardWebhooks, true) => value
                .standard_webhooks_key()
                .map(|_| ())
                .ok_or(Fault::NotAWebhookSecret),
            (_, true) => Ok(()),
            (form, false) => form.check(&value),
        };
        bad.keep(format!("{path}.value"), fits)?;
        // A value that is sent again is no new secret, with or without its id.
        let same = match sent.id.as_str() {
            "" => self.stored.iter().copied().find(|it| it.value == value),
            _ => stored.filter(|stored| stored.value == value),
        };
        let id = match (sent.id.as_str(), same) {
            ("", Some(same)) => same.id.clone(),
            ("", None) => free_ids.next()?,
            (id, _) => id.to_owned(),
        };
        Some(Secret {
            id,
            value,
            expire_time,
            create_time: same.map_or(self.now, |same| same.create_time),
        })
    }

    /// The stored secret with this id, if there is exactly one.
    fn stored_under(&self, id: &str) -> Option<&Secret> {
        let mut found = self.stored.iter().filter(|secret| secret.id == id);
        match (found.next(), found.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        }
    }
}

fn is_id(id: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    id.len() <= MOST_ID_CHARS && id.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;
    use crate::domain::secret::BASE64;

    fn whsec(bytes: usize) -> String {
        format!("whsec_{}", BASE64.encode(vec![7; bytes]))
    }

    #[test]
    fn values_must_fit_where_they_are_used_and_be_long_enough() {
        let table = [
            (Form::StandardWebhooks, whsec(24), true),
            (Form::StandardWebhooks, whsec(64), true),
            (
                Form::StandardWebhooks,
                whsec(25).trim_end_matches('=').into(),
                true,
            ),
            (Form::StandardWebhooks, whsec(23), false),
            (Form::StandardWebhooks, whsec(65), false),
            (Form::StandardWebhooks, "0123456789abcdef".into(), false),
            (Form::Text, "0123456789abcdef".into(), true),
            (Form::Text, "0123456789abcde".into(), false),
            (Form::Text, "clé secrète du webhook".into(), true),
            (Form::Text, "0123456789abcdef\n".into(), false),
            (Form::Text, "x".repeat(1025), false),
            (Form::Header, "0123456789/+=?abc".into(), true),
            (Form::Header, "0123456789 abcdef".into(), false),
            (Form::Header, "0123456789abcdéf".into(), false),
            (Form::Path, "0123456789-._~abc".into(), true),
            (Form::Path, "0123456789/abcdef".into(), false),
            (Form::Path, "0123456789%41bcdef".into(), false),
        ];
        for (form, value, fine) in table {
            let secret = SecretText::new(value.clone());
            assert_eq!(form.check(&secret).is_ok(), fine, "{form:?} {value}");
        }
    }

    fn secret(id: &str, value: &str) -> v1::Secret {
        v1::Secret {
            id: id.into(),
            value: value.into(),
            ..v1::Secret::default()
        }
    }

    #[test]
    fn ids_are_made_up_around_those_that_are_given() {
        let reader = SecretReader {
            path: "list".into(),
            form: Form::Text,
            checked: false,
            stored: vec![],
            now: Timestamp::UNIX_EPOCH,
        };
        let mut faults = Faults::default();
        let value = "0123456789abcdef";
        let list = reader.list(
            &[
                secret("", value),
                secret("secret-1", value),
                secret("", value),
            ],
            &mut faults,
        );
        let ids: Vec<&str> = list.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["secret-2", "secret-1", "secret-3"]);
        assert!(faults.is_empty());
    }

    #[test]
    fn every_bad_entry_of_a_list_is_named() {
        let stored = Secret {
            id: "old".into(),
            value: SecretText::new("0123456789abcdef".into()),
            expire_time: None,
            create_time: Timestamp::UNIX_EPOCH,
        };
        let reader = SecretReader {
            path: "list".into(),
            form: Form::Text,
            checked: false,
            stored: vec![&stored],
            now: Timestamp::UNIX_EPOCH,
        };
        let mut faults = Faults::default();
        let mut late = secret("late", "0123456789abcdef");
        late.expire_time = Some(prost_types::Timestamp {
            seconds: 0,
            nanos: -1,
        });
        let list = reader.list(
            &[
                secret("", ""),
                secret("unknown", ""),
                secret("a b", "0123456789abcdef"),
                secret("short", "0123"),
                late,
                secret("old", ""),
                secret("old", ""),
            ],
            &mut faults,
        );
        assert_eq!(list.iter().filter(|it| it.id == "old").count(), 2);
        assert_eq!(
            faults.paths().collect::<Vec<_>>(),
            [
                "list[0].value",
                "list[1].value",
                "list[2].id",
                "list[3].value",
                "list[4].expire_time",
                "list[6].id"
            ]
        );
        assert!(reader.list(&[], &mut faults).is_empty());
        assert_eq!(faults.paths().last(), Some("list"));
    }
}
