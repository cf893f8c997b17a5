use secrecy::SecretString;
use serde::Deserialize;

use super::keys::Keys;

/// Shortest token; a shorter one could be guessed.
const SHORTEST: usize = 16;

/// Who may call the gRPC service.
#[derive(Clone, Debug)]
pub struct Auth {
    /// The tokens; if there are none, everybody may on a loopback address.
    pub tokens: Vec<Token>,
}

/// One caller.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Who it is, for logs and history; unique.
    pub name: String,
    /// What the caller shows; at least 16 characters, unique.
    pub token: SecretString,
    /// What it may do; at least one.
    pub scopes: Vec<Scope>,
    /// Ids of the tenants it may do that for; `*` stands for all.
    pub tenants: Vec<String>,
}

/// What a token may do.
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
        let mut tokens: Vec<Token> = Vec::new();
        for (index, entry) in keys.entries("auth.tokens").into_iter().enumerate() {
            let key = format!("auth.tokens[{index}]");
            // What serde would say may quote a value, so it is not shown.
            let Ok(token) = entry.try_into::<Token>() else {
                let expected = "a table of name, token, scopes (caller, operator, admin, adapter) \
                                and tenants (ids or \"*\"), and nothing else";
                keys.problem(&key, expected);
                continue;
            };
            if let Some(expected) = fault(&token, &tokens) {
                keys.problem(&key, expected);
            }
            tokens.push(token);
        }
        Self { tokens }
    }
}

fn fault(token: &Token, earlier: &[Token]) -> Option<&'static str> {
    use secrecy::ExposeSecret as _;
    let secret = token.token.expose_secret();
    let visible = secret.bytes().all(|b| b.is_ascii_graphic());
    if token.name.trim().is_empty() || earlier.iter().any(|e| e.name == token.name) {
        Some("a name that no other token has")
    } else if secret.len() < SHORTEST || !visible {
        Some("a token of at least 16 visible ASCII characters, without spaces")
    } else if earlier.iter().any(|e| e.token.expose_secret() == secret) {
        Some("a token that appears only once")
    } else if token.scopes.is_empty() {
        Some("at least one scope")
    } else if token.tenants.is_empty() {
        Some("at least one tenant id, or \"*\"")
    } else {
        None
    }
}
