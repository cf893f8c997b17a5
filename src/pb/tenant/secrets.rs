//! Reading lists of secrets: new values are checked, an entry with an id and no value
//! keeps the value it has.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use jiff::Timestamp;

use crate::{
    domain::{secret::SecretText, tenant::Secret},
    pb::{Faults, v1, values},
};

/// Fewest characters of a secret that is not a Standard Webhooks one.
const LEAST_CHARS: usize = 16;
/// Most characters of any secret.
const MOST_CHARS: usize = 1024;
/// Most characters of a secret's id.
const MOST_ID_CHARS: usize = 64;

/// Standard base64, with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

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
    fn check(self, value: &str) -> Result<(), &'static str> {
        if self == Self::StandardWebhooks {
            let bytes = value
                .strip_prefix("whsec_")
                .and_then(|text| BASE64.decode(text).ok());
            return match bytes {
                Some(bytes) if (24..=64).contains(&bytes.len()) => Ok(()),
                _ => Err("must be `whsec_` and base64 of 24 to 64 bytes"),
            };
        }
        let count = value.chars().count();
        let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        if count < LEAST_CHARS {
            Err("must have at least 16 characters")
        } else if count > MOST_CHARS {
            Err("must not have more than 1024 characters")
        } else if self == Self::Path && !value.chars().all(unreserved) {
            Err("must have letters, digits and `-`, `.`, `_`, `~` only")
        } else if self == Self::Header && !value.chars().all(|c| c.is_ascii_graphic()) {
            Err("must have visible ASCII characters only")
        } else if value.trim() != value || value.chars().any(char::is_control) {
            Err("must not have spaces around it nor control characters")
        } else {
            Ok(())
        }
    }
}

/// Reads secrets of one list.
pub(super) struct Reader<'a> {
    /// The list's proto path.
    pub path: String,
    /// What its values must look like.
    pub form: Form,
    /// The secrets stored in its place.
    pub stored: Vec<&'a Secret>,
    /// When new ones are stored.
    pub now: Timestamp,
}

impl Reader<'_> {
    /// A list with at least one secret.
    pub(super) fn list(&self, secrets: &[v1::Secret], faults: &mut Faults) -> Vec<Secret> {
        if secrets.is_empty() {
            faults.add(self.path.as_str(), "must have at least one secret");
        }
        let given = || secrets.iter().map(|secret| secret.id.as_str());
        let mut made_up = (1..)
            .map(|number| format!("secret-{number}"))
            .filter(|id| !given().chain(self.ids()).any(|it| it == id));
        let mut list = Vec::new();
        for (index, secret) in secrets.iter().enumerate() {
            let path = format!("{}[{index}]", self.path);
            if !secret.id.is_empty() && given().take(index).any(|id| id == secret.id) {
                faults.add(format!("{path}.id"), "must be unique in its list");
            }
            list.extend(self.read(secret, &path, &mut made_up, faults));
        }
        list
    }

    /// Exactly one secret.
    pub(super) fn one(&self, secret: Option<&v1::Secret>, faults: &mut Faults) -> Option<Secret> {
        let Some(secret) = secret else {
            faults.add(self.path.as_str(), "must be given");
            return None;
        };
        let mut made_up = (1..)
            .map(|number| format!("secret-{number}"))
            .filter(|id| !self.ids().any(|it| it == id));
        self.read(secret, &self.path, &mut made_up, faults)
    }

    fn read(
        &self,
        secret: &v1::Secret,
        path: &str,
        made_up: &mut dyn Iterator<Item = String>,
        faults: &mut Faults,
    ) -> Option<Secret> {
        let expire_time = match &secret.expire_time {
            None => None,
            Some(time) => faults.keep(
                format!("{path}.expire_time"),
                values::time(time).ok_or("must be before 9999-12-30T22:00:00Z, or left out: the secret then never expires"),
            ),
        };
        if !is_id(&secret.id) {
            faults.add(
                format!("{path}.id"),
                "must be at most 64 letters, digits and `-`, `.`, `_`",
            );
            return None;
        }
        let stored = self.stored_under(&secret.id);
        if secret.value.is_empty() {
            return match stored {
                Some(stored) => Some(Secret {
                    expire_time,
                    ..stored.clone()
                }),
                None => {
                    let what = match secret.id.as_str() {
                        "" => "must be given",
                        _ => "must be given: no secret with this id is stored here",
                    };
                    faults.add(format!("{path}.value"), what);
                    None
                }
            };
        }
        faults.keep(format!("{path}.value"), self.form.check(&secret.value))?;
        let value = SecretText::new(secret.value.clone());
        // What is sent again is no new secret, also when it does not say its name.
        let stored = match secret.id.as_str() {
            "" => self.stored.iter().copied().find(|it| it.value == value),
            _ => stored.filter(|stored| stored.value == value),
        };
        let create_time = stored.map_or(self.now, |stored| stored.create_time);
        let id = match (secret.id.as_str(), stored) {
            ("", Some(stored)) => stored.id.clone(),
            ("", None) => made_up.next()?,
            (id, _) => id.to_owned(),
        };
        Some(Secret {
            id,
            value,
            expire_time,
            create_time,
        })
    }

    fn ids(&self) -> impl Iterator<Item = &str> {
        self.stored.iter().map(|secret| secret.id.as_str())
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
    id.len() <= MOST_ID_CHARS
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(form.check(&value).is_ok(), fine, "{form:?} {value}");
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
        let reader = Reader {
            path: "list".into(),
            form: Form::Text,
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
        let reader = Reader {
            path: "list".into(),
            form: Form::Text,
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
