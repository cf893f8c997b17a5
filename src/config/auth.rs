//! Who may call the gRPC service, and how they prove who they are.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{self, digest};
use data_encoding::HEXLOWER_PERMISSIVE;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use toml::Value;

use super::keys::Keys;

/// Shortest token; a shorter one could be guessed.
const SHORTEST: usize = 16;

/// Fewest different characters of a token; with fewer it could be guessed whatever its length.
const FEWEST_DIFFERENT: usize = 4;

/// Prefix of a token that is given by its hash.
pub(super) const HASHED: &str = "sha256:";

/// Who may call the gRPC service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// Callers that show a token.
    pub tokens: Vec<Token>,
    /// Callers that connect with a certificate.
    pub certificates: Vec<Certificate>,
}

/// What somebody may do, and for whom.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Rights {
    /// The caller's name, for logs and history. A caller with several proofs, as while a token is
    /// exchanged, has the same rights with each.
    pub name: String,
    /// What it may do; at least one.
    pub scopes: Vec<Scope>,
    /// Ids of the tenants it may do that for; `*` stands for all.
    pub tenants: Vec<String>,
}

/// A caller that shows a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Who it is and what it may do.
    pub rights: Rights,
    /// The SHA-256 hash of the token: the token itself is not kept.
    pub hash: [u8; 32],
    /// Whether it can be guessed, as `aaaaaaaaaaaaaaaa`. That of a hash is not known.
    pub is_weak: bool,
}

/// A caller that connects with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Who it is and what it may do.
    pub rights: Rights,
    /// A subject alternative name of the certificate, as `dns:NAME` or `uri:URI`.
    pub san: String,
}

/// What a caller may do.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Create, follow and withdraw hires.
    Caller,
    /// See all hires and free stuck ones.
    Operator,
    /// Manage tenants.
    Admin,
    /// What the webhook adapter needs, nothing else.
    Adapter,
}

impl Auth {
    pub(super) fn read(keys: &mut Keys, _: &str) -> Option<Self> {
        let mut known = Vec::new();
        let tokens = entries(keys, "auth.tokens", "token", &mut known, Token::parse);
        let certificates = entries(
            keys,
            "auth.certificates",
            "san",
            &mut known,
            Certificate::parse,
        );
        Some(Self {
            tokens: tokens?,
            certificates: certificates?,
        })
    }

    /// A line about each token that can be guessed.
    pub(super) fn weak_tokens(&self) -> impl Iterator<Item = String> {
        let weak = self.tokens.iter().filter(|token| token.is_weak);
        weak.map(|token| {
            let name = &token.rights.name;
            format!(
                "auth.tokens: the token of {name} has too few different characters and can be \
                 guessed; make one with `openssl rand -hex 32`"
            )
        })
    }

    /// Whether everybody may call, without any proof.
    pub fn is_open(&self) -> bool {
        self.tokens.is_empty() && self.certificates.is_empty()
    }
}

impl Token {
    /// A token, or its hash as `sha256:` and 64 hexadecimal digits.
    ///
    /// # Errors
    /// What is expected instead; never the token.
    pub fn new(rights: Rights, token: &SecretString) -> Result<Self, &'static str> {
        Self::parse(rights, token, &[])
    }

    fn parse(rights: Rights, token: &SecretString, earlier: &[Self]) -> Result<Self, &'static str> {
        let text = token.expose_secret();
        let hash = match text.strip_prefix(HASHED) {
            Some(digits) => HEXLOWER_PERMISSIVE
                .decode(digits.as_bytes())
                .ok()
                .and_then(|hash| hash.try_into().ok())
                .ok_or("sha256: and the 64 hexadecimal digits of a token's SHA-256 hash")?,
            None => {
                let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
                if text.len() < SHORTEST || !visible {
                    return Err(
                        "a token of at least 16 visible ASCII characters, without spaces, or its hash",
                    );
                }
                hash(text)
            }
        };
        if earlier.iter().any(|it| it.hash == hash) {
            return Err("a token that appears only once");
        }
        let different: BTreeSet<u8> = text.bytes().collect();
        let is_weak = different.len() < FEWEST_DIFFERENT;
        Ok(Self {
            rights,
            hash,
            is_weak,
        })
    }
}

impl Certificate {
    fn parse(rights: Rights, san: &SecretString, earlier: &[Self]) -> Result<Self, &'static str> {
        let san = match san.expose_secret().split_once(':') {
            Some(("dns", name)) if !name.is_empty() && !name.contains('*') => {
                format!("dns:{}", name.to_ascii_lowercase())
            }
            Some(("uri", uri)) if uri.contains(':') => format!("uri:{uri}"),
            _ => return Err("a san of the form dns:NAME or uri:URI, without *"),
        };
        if earlier.iter().any(|it| it.san == san) {
            return Err("a san that appears only once");
        }
        Ok(Self { rights, san })
    }
}

/// The SHA-256 hash of a token. Tokens are long and random, so it needs neither salt nor a slow hash.
pub fn hash(token: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&digest::SHA256, token.as_bytes()).as_ref());
    hash
}

/// Reads the entries of a list; each has rights and a proof, which `parse` reads knowing the entries
/// before. An entry that cannot be read is a problem of its own.
fn entries<T>(
    keys: &mut Keys,
    list: &str,
    proof: &str,
    known: &mut Vec<Rights>,
    parse: impl Fn(Rights, &SecretString, &[T]) -> Result<T, &'static str>,
) -> Option<Vec<T>> {
    let entries = keys.list(list, "a list", |entry| Some(entry.clone()))?;
    let (count, mut read) = (entries.len(), Vec::new());
    for (index, entry) in entries.into_iter().enumerate() {
        let name = format!("{list}[{index}]");
        let Some((rights, secret)) = split(entry, proof) else {
            let expected = format!(
                "a table of name, {proof}, scopes (caller, operator, admin, adapter) and tenants \
                 (ids or \"*\"), and nothing else"
            );
            keys.problem(&name, &expected);
            continue;
        };
        let parsed = check(&rights, known).and_then(|()| parse(rights, &secret, &read));
        match parsed {
            Ok(entry) => read.push(entry),
            Err(expected) => keys.problem(&name, expected),
        }
    }
    (read.len() == count).then_some(read)
}

/// Splits an entry into the rights it gives and its proof. serde's own error is not shown, because
/// it may quote a value.
fn split(mut entry: Value, proof: &str) -> Option<(Rights, SecretString)> {
    let proof = entry.as_table_mut()?.remove(proof)?;
    Some((entry.try_into().ok()?, SecretString::from(proof.as_str()?)))
}

/// Checks that rights are complete, and the same in all entries of one name.
fn check(rights: &Rights, known: &mut Vec<Rights>) -> Result<(), &'static str> {
    match known.iter().find(|it| it.name == rights.name) {
        _ if rights.name.trim().is_empty() => Err("a name"),
        _ if rights.scopes.is_empty() => Err("at least one scope"),
        _ if rights.tenants.is_empty() => Err("at least one tenant id, or \"*\""),
        Some(earlier) if earlier != rights => {
            Err("the same scopes and tenants as the other entries of this name")
        }
        Some(_) => Ok(()),
        None => {
            known.push(rights.clone());
            Ok(())
        }
    }
}
