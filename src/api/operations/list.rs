//! `ListOnboardings`.

use std::sync::Arc;

use super::Operations;
use crate::{
    api::{
        ApiError,
        call::Call,
        pages::{page_size, read_token, token},
    },
    domain::{
        email::EmailAddress,
        ids::{SystemName, TenantId},
        matching_key::MatchKey,
    },
    pb::{Fault, Faults, onboarding::domain_state, v1, values::timestamp},
    store::{Cursor, Filter, Order, Unreadable},
};

/// The most records in quarantine that are listed.
const UNREADABLE: usize = 500;

impl Operations {
    pub(super) async fn list(
        self,
        call: Arc<Call>,
        request: v1::ListOnboardingsRequest,
    ) -> Result<v1::ListOnboardingsResponse, ApiError> {
        let mut faults = Faults::default();
        let filter = read_filter(&request, &mut faults);
        let limit = page_size(request.page_size, &mut faults);
        let order = v1::Order::try_from(request.order).map_err(|_| Fault::NotDefined);
        let order = match faults.keep("order", order) {
            Some(v1::Order::UpdateTime) => Order::UpdateTime,
            _ => Order::Urgency,
        };
        faults.check()?;
        call.caller.may(filter.tenant.as_ref())?;
        let list = list_name(&filter, order);
        let after = read_token(&request.page_token, &list, read_position)?;
        let store = self.shared.store();
        let unreadable = match after {
            None => {
                store
                    .quarantined(filter.tenant.as_ref(), UNREADABLE)
                    .await?
            }
            Some(_) => Vec::new(),
        };
        let page = store.list(filter, order, after, limit).await?;
        let mut onboardings = Vec::with_capacity(page.onboardings.len());
        for onboarding in &page.onboardings {
            onboardings.push(self.shared.show(&call, onboarding, None).await?);
        }
        Ok(v1::ListOnboardingsResponse {
            onboardings,
            unreadable: unreadable.into_iter().map(shown).collect(),
            next_page_token: page.next.map_or_else(String::new, |Cursor { rank, seq }| {
                token(&list, &format!("{rank}\n{seq}"))
            }),
        })
    }
}

fn shown(record: Unreadable) -> v1::Unreadable {
    v1::Unreadable {
        id: record.id,
        tenant: record.tenant,
        since: Some(timestamp(record.since)),
        part: record.part,
    }
}

fn read_filter(request: &v1::ListOnboardingsRequest, faults: &mut Faults) -> Filter {
    let state = v1::State::try_from(request.state).map_err(|_| Fault::NotDefined);
    let state = faults.keep("state", state).and_then(domain_state);
    let name = Some(&request.name).filter(|name| !name.trim().is_empty());
    let email = faults.optional("email", &request.email, EmailAddress::parse);
    Filter {
        tenant: faults.optional("tenant", &request.tenant, TenantId::parse),
        state,
        system: faults.optional("system", &request.system, SystemName::parse),
        name: name.map(|name| MatchKey::of(name).as_str().to_owned()),
        email: email.map(|email| email.folded()),
        problem: None,
    }
}

/// The name of the list in page tokens: the filters and the order. Names and addresses are left
/// out, because tokens may be logged.
fn list_name(filter: &Filter, order: Order) -> String {
    format!(
        "{order:?}/{}/{}/{}",
        filter.tenant.as_ref().map_or("", TenantId::as_str),
        filter.state.map_or("", |state| state.as_str()),
        filter.system.as_ref().map_or("", SystemName::as_str),
    )
}

fn read_position(text: &str) -> Option<Cursor> {
    let (rank, seq) = text.split_once('\n')?;
    Some(Cursor {
        rank: rank.to_owned(),
        seq: seq.parse().ok()?,
    })
}
