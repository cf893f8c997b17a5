//! Lists of onboardings.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Operations, page_size};
use crate::{
    api::{ApiError, Caller, Violations},
    config::Scope,
    domain::{
        email::EmailAddress,
        ids::{SystemName, TenantId},
        matching_key::MatchKey,
    },
    pb::{onboarding::domain_state, v1},
    store::{Cursor, Filter, Order},
};

impl Operations {
    pub(super) async fn list(
        &self,
        caller: &Caller,
        request: v1::ListOnboardingsRequest,
    ) -> Result<v1::ListOnboardingsResponse, ApiError> {
        let mut bad = Violations::default();
        let filter = read_filter(&request, &mut bad);
        let limit = page_size(request.page_size, &mut bad);
        let order = match v1::Order::try_from(request.order) {
            Ok(v1::Order::Unspecified | v1::Order::Urgency) => Order::Urgency,
            Ok(v1::Order::UpdateTime) => Order::UpdateTime,
            Err(_) => {
                bad.add("order", "must be one of the defined values");
                Order::Urgency
            }
        };
        bad.check()?;
        caller.may(&[Scope::Operator], filter.tenant.as_ref())?;
        let after = match request.page_token.as_str() {
            "" => None,
            token => Some(read_token(token, &filter, order).ok_or(ApiError::BadPageToken)?),
        };
        let page = self
            .statuses
            .store()
            .list(filter.clone(), order, after, limit)
            .await?;
        let mut onboardings = Vec::with_capacity(page.onboardings.len());
        for onboarding in &page.onboardings {
            onboardings.push(self.statuses.show(onboarding, None).await?);
        }
        Ok(v1::ListOnboardingsResponse {
            onboardings,
            next_page_token: page
                .next
                .map(|position| token(&position, &filter, order))
                .unwrap_or_default(),
        })
    }
}

fn read_filter(request: &v1::ListOnboardingsRequest, bad: &mut Violations) -> Filter {
    let given = |text: &str| !text.trim().is_empty();
    let tenant = given(&request.tenant)
        .then(|| bad.keep("tenant", TenantId::parse(&request.tenant)))
        .flatten();
    let system = given(&request.system)
        .then(|| bad.keep("system", SystemName::parse(&request.system)))
        .flatten();
    let email = given(&request.email)
        .then(|| bad.keep("email", EmailAddress::parse(&request.email)))
        .flatten();
    let state = match v1::State::try_from(request.state) {
        Ok(state) => domain_state(state),
        Err(_) => {
            bad.add("state", "must be one of the defined values");
            None
        }
    };
    Filter {
        tenant,
        state,
        system,
        name: given(&request.name).then(|| MatchKey::of(&request.name).as_str().to_owned()),
        email: email.map(|email| email.folded()),
        problem: None,
    }
}

/// What a page token must agree with; names and addresses are left out, for tokens may be
/// logged.
fn list_kind(filter: &Filter, order: Order) -> String {
    format!(
        "{order:?}/{}/{}/{}",
        filter.tenant.as_ref().map_or("", TenantId::as_str),
        filter.state.map_or("", |state| state.as_str()),
        filter.system.as_ref().map_or("", SystemName::as_str),
    )
}

fn token(cursor: &Cursor, filter: &Filter, order: Order) -> String {
    URL_SAFE_NO_PAD.encode(format!(
        "{}\n{}\n{}",
        list_kind(filter, order),
        cursor.rank,
        cursor.seq
    ))
}

fn read_token(token: &str, filter: &Filter, order: Order) -> Option<Cursor> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let mut parts = text.split('\n');
    if parts.next()? != list_kind(filter, order) {
        return None;
    }
    Some(Cursor {
        rank: parts.next()?.to_owned(),
        seq: parts.next()?.parse().ok()?,
    })
}
