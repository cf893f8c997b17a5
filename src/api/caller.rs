//! Who calls, and what they may do.

use std::sync::Arc;

use aws_lc_rs::constant_time;
use http::{HeaderMap, header::AUTHORIZATION};
use parking_lot::RwLock;

use super::error::ApiError;
use crate::{
    config::{Auth, Rights, Scope, hash},
    domain::ids::TenantId,
    net::Peer,
    pb::Faults,
};

/// Who calls.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The name of the token or certificate in the settings, for logs and the history.
    pub name: Arc<str>,
    scopes: Arc<[Scope]>,
    /// `None`: every tenant.
    tenants: Option<Arc<[String]>>,
}

impl Caller {
    /// Every caller of a loopback listener without tokens.
    fn anybody() -> Self {
        Self {
            name: "anybody".into(),
            scopes: [Scope::Caller, Scope::Operator, Scope::Admin, Scope::Adapter].into(),
            tenants: None,
        }
    }

    fn with_rights(rights: &Rights) -> Self {
        let is_everywhere = rights.tenants.iter().any(|tenant| tenant == "*");
        Self {
            name: rights.name.as_str().into(),
            scopes: rights.scopes.clone().into(),
            tenants: (!is_everywhere).then(|| rights.tenants.clone().into()),
        }
    }

    /// Checks that the caller has one of these scopes.
    ///
    /// # Errors
    /// The caller has none of them.
    pub fn has(&self, scopes: &[Scope]) -> Result<(), ApiError> {
        let allowed = scopes.iter().any(|scope| self.scopes.contains(scope));
        allowed.then_some(()).ok_or(ApiError::PermissionDenied)
    }

    /// Checks that the caller may act for this tenant, or for every tenant if none is given.
    ///
    /// # Errors
    /// The caller may not. The error is the same for a tenant that does not exist.
    pub fn may(&self, tenant: Option<&TenantId>) -> Result<(), ApiError> {
        let allowed = self.tenants.as_ref().is_none_or(|tenants| {
            tenant.is_some_and(|tenant| tenants.iter().any(|it| it == tenant.as_str()))
        });
        allowed.then_some(()).ok_or(ApiError::PermissionDenied)
    }

    /// Parses the tenant id in the field `path` and checks that the caller may act for it.
    ///
    /// # Errors
    /// The text is not an id, or the caller may not act for the tenant.
    pub fn tenant(&self, path: &str, id: &str) -> Result<TenantId, ApiError> {
        let id = Faults::only(path, TenantId::parse(id))?;
        self.may(Some(&id)).map(|()| id)
    }

    /// The tenants that the caller is limited to; `None`: every tenant.
    pub fn tenants(&self) -> Option<&[String]> {
        self.tenants.as_deref()
    }
}

/// Recognises callers by their tokens, or by the certificates they connect with. Clones share
/// what they know.
#[derive(Clone, Debug)]
pub struct Authentication(Arc<RwLock<Known>>);

#[derive(Debug)]
struct Known {
    tokens: Vec<([u8; 32], Caller)>,
    certificates: Vec<(String, Caller)>,
}

impl Authentication {
    /// Accepts these tokens and certificates; if there are none, every caller.
    pub fn new(auth: &Auth) -> Self {
        Self(Arc::new(RwLock::new(Known::new(auth))))
    }

    /// Accepts only these from now on. Calls in progress go on.
    pub fn replace(&self, auth: &Auth) {
        *self.0.write() = Known::new(auth);
    }

    /// The caller who sends these headers on the connection of this peer. If there is a token,
    /// the certificate does not count: it does not make up for an unknown token.
    ///
    /// # Errors
    /// The token or certificate is not known, or there are several tokens: a proxy may have
    /// checked another one of them.
    pub fn caller(&self, headers: &HeaderMap, peer: Option<&Peer>) -> Result<Caller, ApiError> {
        let known = self.0.read();
        if known.tokens.is_empty() && known.certificates.is_empty() {
            return Ok(Caller::anybody());
        }
        let mut tokens = headers.get_all(AUTHORIZATION).iter();
        let caller = match (tokens.next(), tokens.next()) {
            (Some(value), None) => known.by_token(value.to_str().ok()),
            (Some(_), Some(_)) => None,
            (None, _) => known.by_certificate(peer.map_or(&[], Peer::names)),
        };
        caller.ok_or(ApiError::Unauthenticated)
    }
}

impl Known {
    fn new(auth: &Auth) -> Self {
        let tokens = auth.tokens.iter();
        let certificates = auth.certificates.iter();
        Self {
            tokens: tokens
                .map(|it| (it.hash, Caller::with_rights(&it.rights)))
                .collect(),
            certificates: certificates
                .map(|it| (it.san.clone(), Caller::with_rights(&it.rights)))
                .collect(),
        }
    }

    /// Every token is compared, in constant time.
    fn by_token(&self, authorization: Option<&str>) -> Option<Caller> {
        let (_, token) = authorization?
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))?;
        let sent = hash(token.trim());
        let mut found = None;
        for (known, caller) in &self.tokens {
            if constant_time::verify_slices_are_equal(known, &sent).is_ok() {
                found = Some(caller.clone());
            }
        }
        found
    }

    /// The TLS handshake has verified the names, and they are not secret: they are compared
    /// without constant time.
    fn by_certificate(&self, names: &[String]) -> Option<Caller> {
        let known = self.certificates.iter();
        let mut known = known.filter(|(san, _)| names.contains(san));
        let (_, caller) = known.next()?;
        // A certificate that has the names of two callers is refused.
        known
            .all(|(_, other)| other.name == caller.name)
            .then(|| caller.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Certificate, Token};

    fn rights(name: &str) -> Rights {
        Rights {
            name: name.into(),
            scopes: vec![Scope::Caller],
            tenants: vec!["acme".into()],
        }
    }

    fn one_token_of(name: &str) -> Vec<Token> {
        let token = "0123456789abcdef".into();
        vec![Token::new(rights(name), &token).unwrap()]
    }

    fn one_token() -> Authentication {
        Authentication::new(&Auth {
            tokens: one_token_of("payroll"),
            certificates: vec![],
        })
    }

    fn certificate(name: &str, san: &str) -> Certificate {
        Certificate {
            rights: rights(name),
            san: san.into(),
        }
    }

    fn headers(value: &str) -> HeaderMap {
        let mut map = HeaderMap::new();
        map.insert("authorization", value.parse().unwrap());
        map
    }

    #[test]
    fn without_tokens_every_caller_may_do_everything() {
        let open = Auth {
            tokens: vec![],
            certificates: vec![],
        };
        let caller = Authentication::new(&open)
            .caller(&HeaderMap::new(), None)
            .unwrap();
        assert!(caller.has(&[Scope::Admin]).is_ok() && caller.may(None).is_ok());
    }

    #[test]
    fn a_token_gives_its_scopes_for_its_tenants_only() {
        let auth = one_token();
        for bad in [
            "Bearer wrong-token-here",
            "0123456789abcdef",
            "Basic 0123456789abcdef",
        ] {
            assert!(auth.caller(&headers(bad), None).is_err(), "{bad}");
        }
        assert!(auth.caller(&HeaderMap::new(), None).is_err());
        let caller = auth
            .caller(&headers("bearer 0123456789abcdef"), None)
            .unwrap();
        let (acme, other) = (
            TenantId::parse("acme").unwrap(),
            TenantId::parse("other").unwrap(),
        );
        assert!(caller.has(&[Scope::Caller]).is_ok() && caller.may(Some(&acme)).is_ok());
        assert!(caller.may(Some(&other)).is_err());
        assert!(caller.may(None).is_err());
        assert!(caller.has(&[Scope::Operator]).is_err());
        assert_eq!(caller.tenants().unwrap(), ["acme"]);
    }

    #[test]
    fn several_tokens_of_one_name_are_accepted_and_the_hash_of_a_token_is_not() {
        let hashed = format!(
            "sha256:{}",
            "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f"
        );
        let tokens = [hashed, "the-token-of-tomorrow".to_owned()];
        let tokens = tokens.map(|token| Token::new(rights("payroll"), &token.into()).unwrap());
        let auth = Authentication::new(&Auth {
            tokens: tokens.to_vec(),
            certificates: vec![],
        });
        for token in ["0123456789abcdef", "the-token-of-tomorrow"] {
            let caller = auth.caller(&headers(&format!("Bearer {token}")), None);
            assert_eq!(&*caller.unwrap().name, "payroll", "{token}");
        }
        // The hash, which stands in the settings, is no token.
        let stolen = "Bearer 9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f";
        assert!(auth.caller(&headers(stolen), None).is_err());
    }

    #[test]
    fn a_call_with_two_tokens_is_refused() {
        let auth = one_token();
        let good = "Bearer 0123456789abcdef";
        for tokens in [[good, good], [good, "Bearer x"], ["Bearer x", good]] {
            let mut headers = headers(tokens[0]);
            headers.append("authorization", tokens[1].parse().unwrap());
            assert!(auth.caller(&headers, None).is_err(), "{tokens:?}");
        }
        assert!(auth.caller(&headers(good), None).is_ok());
    }

    #[test]
    fn a_caller_is_recognised_by_a_name_of_its_certificate_unless_it_sends_a_token() {
        let auth = Authentication::new(&Auth {
            tokens: one_token_of("ats"),
            certificates: vec![
                certificate("payroll", "dns:payroll.example"),
                certificate("payroll", "uri:spiffe://example/payroll"),
                certificate("other", "dns:other.example"),
            ],
        });
        let by = |names: &[&str], headers: &HeaderMap| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            let caller = auth.caller(headers, Some(&Peer::new(([192, 0, 2, 1], 1).into(), names)));
            caller.ok().map(|caller| caller.name.to_string())
        };
        let none = HeaderMap::new();
        let payroll = Some("payroll".to_owned());
        assert_eq!(by(&["dns:x", "dns:payroll.example"], &none), payroll);
        let both = ["dns:payroll.example", "uri:spiffe://example/payroll"];
        assert_eq!(by(&both, &none), payroll);
        for strangers in [
            &[][..],
            &["dns:payroll.example.evil.example"],
            &["uri:payroll.example"],
            &["payroll.example"],
            &["dns:payroll.example", "dns:other.example"],
        ] {
            assert_eq!(by(strangers, &none), None, "{strangers:?}");
        }
        assert_eq!(by(&both, &headers("Bearer 0123456789abcdeX")), None);
        assert_eq!(
            by(&both, &headers("Bearer 0123456789abcdef")),
            Some("ats".into())
        );
    }

    #[test]
    fn a_tenant_of_somebody_else_and_a_bad_id_are_different_errors() {
        let caller = one_token()
            .caller(&headers("bearer 0123456789abcdef"), None)
            .unwrap();
        assert!(caller.tenant("tenant", "acme").is_ok());
        assert!(matches!(
            caller.tenant("tenant", "other"),
            Err(ApiError::PermissionDenied)
        ));
        assert!(matches!(
            caller.tenant("tenant", "NO ID"),
            Err(ApiError::InvalidFields(_))
        ));
    }
}
