//! Who may call the gRPC service, and how they prove who they are.

use aws_lc_rs::digest::{self, digest};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use toml::Value;

use super::keys::Keys;

/// Shortest token; a shorter one could be guessed.
const SHORTEST: usize = 16;

/// What begins a token that is given by its hash.
const HASHED: &str = "sha256:";

/// Who may call the gRPC service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// Those who show a token.
    pub tokens: Vec<Token>,
    /// Those who connect with a certificate.
    pub certificates: Vec<Certificate>,
}

/// What somebody may do, and for whom.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Rights {
    /// Who it is, for logs and history. One who has several proofs, as while a token is
    /// exchanged, has the same rights with each.
    pub name: String,
    /// What it may do; at least one.
    pub scopes: Vec<Scope>,
    /// Ids of the tenants it may do that for; `*` stands for all.
    pub tenants: Vec<String>,
}

/// One who shows a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Who it is and what it may do.
    pub rights: Rights,
    /// The SHA-256 hash of the token: the token itself is not kept.
    pub hash: [u8; 32],
}

/// One who connects with a certificate.
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
    pub(super) fn read(keys: &mut Keys) -> Self {
        let mut known: Vec<Rights> = Vec::new();
        let mut tokens: Vec<Token> = Vec::new();
        for (index, entry) in keys.entries("auth.tokens").into_iter().enumerate() {
            let expected = "a table of name, token, scopes (caller, operator, admin, adapter) \
                            and tenants (ids or \"*\"), and nothing else";
            let token = split(entry, "token", expected)
                .and_then(|(rights, secret)| Token::parse(rights, &secret, &tokens))
                .and_then(|token| agree(&mut known, &token.rights).map(|()| token));
            match token {
                Ok(token) => tokens.push(token),
                Err(expected) => keys.problem(&format!("auth.tokens[{index}]"), expected),
            }
        }
        let mut certificates: Vec<Certificate> = Vec::new();
        for (index, entry) in keys.entries("auth.certificates").into_iter().enumerate() {
            let expected = "a table of name, san, scopes (caller, operator, admin, adapter) \
                            and tenants (ids or \"*\"), and nothing else";
            let certificate = split(entry, "san", expected)
                .and_then(|(rights, san)| {
                    Certificate::parse(rights, san.expose_secret(), &certificates)
                })
                .and_then(|it| agree(&mut known, &it.rights).map(|()| it));
            match certificate {
                Ok(certificate) => certificates.push(certificate),
                Err(expected) => keys.problem(&format!("auth.certificates[{index}]"), expected),
            }
        }
        Self {
            tokens,
            certificates,
        }
    }

    /// Whether nobody has to prove anything.
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
            Some(digits) => unhex(digits)
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
        Ok(Self { rights, hash })
    }
}

impl Certificate {
    fn parse(rights: Rights, san: &str, earlier: &[Self]) -> Result<Self, &'static str> {
        let san = match san.split_once(':') {
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

/// The SHA-256 hash of a token. Tokens are random and long, so that it needs no salt and no
/// slowness.
pub fn hash(token: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&digest::SHA256, token.as_bytes()).as_ref());
    hash
}

fn unhex(digits: &str) -> Option<[u8; 32]> {
    if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// An entry in two: its proof, and the rights it gives. What serde would say may quote a
/// value, so it is not shown.
fn split(
    mut entry: Value,
    proof: &str,
    expected: &'static str,
) -> Result<(Rights, SecretString), &'static str> {
    let table = entry.as_table_mut().ok_or(expected)?;
    let proof = table.remove(proof).ok_or(expected)?;
    let proof = SecretString::from(proof.as_str().ok_or(expected)?);
    let rights: Rights = entry.try_into().map_err(|_| expected)?;
    if rights.name.trim().is_empty() {
        Err("a name")
    } else if rights.scopes.is_empty() {
        Err("at least one scope")
    } else if rights.tenants.is_empty() {
        Err("at least one tenant id, or \"*\"")
    } else {
        Ok((rights, proof))
    }
}

/// One name, one set of rights.
fn agree(known: &mut Vec<Rights>, rights: &Rights) -> Result<(), &'static str> {
    match known.iter().find(|it| it.name == rights.name) {
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
