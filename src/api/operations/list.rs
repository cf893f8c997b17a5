//! `ListOnboardings`.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use super::Operations;
use crate::{
    api::{
        ApiError,
        call::Call,
        pages::{BATCH, Page, Tokens, page_size},
    },
    domain::{
        email::EmailAddress,
        ids::{SystemName, TenantId},
        matching_key::MatchKey,
        tenant::Tenant,
    },
    pb::{Fault, Faults, onboarding::domain_state, v1, values::timestamp},
    store::{Cursor, Filter, Order, StoreError, Unreadable},
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
        let tokens = Tokens::new(&**self.shared.store(), &list);
        let after = tokens.read(&request.page_token, read_position)?;
        let unreadable = match after {
            None => {
                let store = self.shared.store();
                let found = store.quarantined(filter.tenant.as_ref(), UNREADABLE);
                found.await?
            }
            Some(_) => Vec::new(),
        };
        let (onboardings, next) = self.fill(&call, &filter, order, after, limit).await?;
        let next = next.map(|Cursor { rank, seq }| format!("{rank}\n{seq}"));
        Ok(v1::ListOnboardingsResponse {
            onboardings,
            unreadable: unreadable.into_iter().map(shown).collect(),
            next_page_token: tokens.after(next)?,
        })
    }

    /// A page, read in batches, and where the next one begins.
    async fn fill(
        &self,
        call: &Call,
        filter: &Filter,
        order: Order,
        mut after: Option<Cursor>,
        limit: usize,
    ) -> Result<(Vec<v1::Onboarding>, Option<Cursor>), ApiError> {
        let store = self.shared.store();
        let list =
            |after: &Option<Cursor>, limit| store.list(filter.clone(), order, after.clone(), limit);
        let mut page = Page::new(limit);
        loop {
            let batch = list(&after, BATCH.min(page.room())).await?;
            let mut tenants: HashMap<&TenantId, Option<Tenant>> = HashMap::new();
            let mut fit = 0;
            for onboarding in &batch.onboardings {
                let tenant = match tenants.entry(&onboarding.key.tenant) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => {
                        let tenant = store.tenant(&onboarding.key.tenant).await;
                        new.insert(StoreError::if_readable(tenant)?)
                    }
                };
                let shown = self.shared.show(call, onboarding, tenant.as_ref()).await?;
                if !page.add(shown) {
                    break;
                }
                fit += 1;
            }
            let next = if fit == batch.onboardings.len() {
                batch.next
            } else if fit == 0 {
                return Ok((page.entries, after));
            } else {
                // The store knows where the next page begins only after the last entry it read.
                return Ok((page.entries, list(&after, fit).await?.next));
            };
            if next.is_none() || page.room() == 0 {
                return Ok((page.entries, next));
            }
            after = next;
        }
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

/// The name of the list in page tokens: the filters and the order.
fn list_name(filter: &Filter, order: Order) -> String {
    format!("{order:?} {filter:?}")
}

fn read_position(text: &str) -> Option<Cursor> {
    let (rank, seq) = text.split_once('\n')?;
    Some(Cursor {
        rank: rank.to_owned(),
        seq: seq.parse().ok()?,
    })
}
