//! Who calls, and what they may do.

use std::sync::Arc;

use aws_lc_rs::{constant_time, digest};
use secrecy::ExposeSecret as _;
use tonic::{Extensions, metadata::MetadataMap};

use super::error::{ApiError, Violations};
use crate::{
    config::{Auth, Scope},
    domain::ids::TenantId,
};

/// Who calls.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The token's name, for logs and history.
    pub name: Arc<str>,
    scopes: Arc<[Scope]>,
    /// `None`: every tenant.
    tenants: Option<Arc<[String]>>,
}

impl Caller {
    /// Everything, for a loopback listener without tokens.
    fn anybody() -> Self {
        Self {
            name: "anybody".into(),
            scopes: [Scope::Caller, Scope::Operator, Scope::Admin, Scope::Adapter].into(),
            tenants: None,
        }
    }

    /// The caller of a request; put there by the authentication layer.
    ///
    /// # Errors
    /// There is none.
    pub fn of(extensions: &Extensions) -> Result<&Self, ApiError> {
        extensions.get::<Self>().ok_or(ApiError::Unauthenticated)
    }

    /// Checks that the caller has one of these scopes, and may act for this tenant.
    ///
    /// # Errors
    /// The same for a tenant that does not exist as for one of somebody else.
    pub fn may(&self, scopes: &[Scope], tenant: Option<&TenantId>) -> Result<(), ApiError> {
        let place = match (&self.tenants, tenant) {
            (None, _) => true,
            (Some(tenants), Some(tenant)) => tenants.iter().any(|it| it == tenant.as_str()),
            (Some(_), None) => false,
        };
        if place {
            self.has(scopes)
        } else {
            Err(ApiError::Denied)
        }
    }

    /// Checks that the caller has one of these scopes, for whatever tenants.
    ///
    /// # Errors
    /// It has none of them.
    pub fn has(&self, scopes: &[Scope]) -> Result<(), ApiError> {
        if scopes.iter().any(|scope| self.scopes.contains(scope)) {
            Ok(())
        } else {
            Err(ApiError::Denied)
        }
    }

    /// Reads a tenant's id and checks that the caller may act for it. What is no id is
    /// told to those who have a scope.
    ///
    /// # Errors
    /// The caller may not, or the field of this path is no id.
    pub fn tenant(&self, scopes: &[Scope], path: &str, id: &str) -> Result<TenantId, ApiError> {
        match TenantId::parse(id) {
            Ok(id) => self.may(scopes, Some(&id)).map(|()| id),
            Err(error) => {
                self.has(scopes)?;
                let mut bad = Violations::default();
                bad.add(path, error);
                Err(bad.into())
            }
        }
    }

    /// The tenants that the caller is limited to; `None`: every tenant.
    pub fn tenants(&self) -> Option<&[String]> {
        self.tenants.as_deref()
    }
}

/// Tells callers by their tokens.
#[derive(Clone, Debug)]
pub struct Authentication {
    tokens: Arc<[(digest::Digest, Caller)]>,
}

impl Authentication {
    /// With these tokens; without any, everybody is let in.
    pub fn new(auth: &Auth) -> Self {
        let tokens = auth.tokens.iter().map(|token| {
            let caller = Caller {
                name: token.name.as_str().into(),
                scopes: token.scopes.clone().into(),
                tenants: (!token.tenants.iter().any(|tenant| tenant == "*"))
                    .then(|| token.tenants.clone().into()),
            };
            (hash(token.token.expose_secret()), caller)
        });
        Self {
            tokens: tokens.collect(),
        }
    }

    /// The caller who sends this metadata. Every token is compared, in constant time.
    ///
    /// # Errors
    /// The token is missing or unknown.
    pub fn caller(&self, metadata: &MetadataMap) -> Result<Caller, ApiError> {
        if self.tokens.is_empty() {
            return Ok(Caller::anybody());
        }
        let sent = metadata
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| hash(token.trim()))
            .ok_or(ApiError::Unauthenticated)?;
        let mut found = None;
        for (token, caller) in self.tokens.iter() {
            let same =
                constant_time::verify_slices_are_equal(token.as_ref(), sent.as_ref()).is_ok();
            if same {
                found = Some(caller.clone());
            }
        }
        found.ok_or(ApiError::Unauthenticated)
    }
}

fn hash(token: &str) -> digest::Digest {
    digest::digest(&digest::SHA256, token.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Token;

    fn one_token() -> Authentication {
        Authentication::new(&Auth {
            tokens: vec![Token {
                name: "payroll".into(),
                token: "0123456789abcdef".to_owned().into(),
                scopes: vec![Scope::Caller],
                tenants: vec!["acme".into()],
            }],
        })
    }

    fn metadata(value: &str) -> MetadataMap {
        let mut map = MetadataMap::new();
        map.insert("authorization", value.parse().unwrap());
        map
    }

    #[test]
    fn without_tokens_everybody_may_do_everything() {
        let caller = Authentication::new(&Auth { tokens: vec![] })
            .caller(&MetadataMap::new())
            .unwrap();
        assert!(caller.may(&[Scope::Admin], None).is_ok());
    }

    #[test]
    fn a_token_opens_its_scopes_for_its_tenants_only() {
        let auth = one_token();
        for bad in [
            "Bearer wrong-token-here",
            "0123456789abcdef",
            "Basic 0123456789abcdef",
        ] {
            assert!(auth.caller(&metadata(bad)).is_err(), "{bad}");
        }
        assert!(auth.caller(&MetadataMap::new()).is_err());
        let caller = auth.caller(&metadata("bearer 0123456789abcdef")).unwrap();
        let (acme, other) = (
            TenantId::parse("acme").unwrap(),
            TenantId::parse("other").unwrap(),
        );
        assert!(caller.may(&[Scope::Caller], Some(&acme)).is_ok());
        assert!(caller.may(&[Scope::Caller], Some(&other)).is_err());
        assert!(caller.may(&[Scope::Caller], None).is_err());
        assert!(caller.may(&[Scope::Operator], Some(&acme)).is_err());
        assert_eq!(caller.tenants().unwrap(), ["acme"]);
    }

    #[test]
    fn a_bad_id_is_told_to_those_who_have_a_scope_only() {
        let caller = one_token()
            .caller(&metadata("bearer 0123456789abcdef"))
            .unwrap();
        let denied = |scope, id| caller.tenant(&[scope], "tenant", id).unwrap_err();
        assert!(caller.tenant(&[Scope::Caller], "tenant", "acme").is_ok());
        assert!(matches!(denied(Scope::Caller, "other"), ApiError::Denied));
        assert!(matches!(denied(Scope::Admin, "NO ID"), ApiError::Denied));
        assert!(matches!(
            denied(Scope::Caller, "NO ID"),
            ApiError::Invalid(_)
        ));
    }
}
