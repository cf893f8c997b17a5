//! Reads the whole directory of an account: people and units.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    cache::DirectoryCache,
    entry::Contents,
    snapshot::{Snapshot, Units},
};
use crate::{
    domain::{dates::CivilDate, lucca_id::LuccaId, tenant::Unit},
    lucca::{Access, People, Person, ReadError, if_listed},
};

impl DirectoryCache {
    pub(super) async fn load(
        &self,
        access: Access<'_>,
        now: Timestamp,
        today: CivilDate,
        given: Option<Units>,
    ) -> Result<Contents, ReadError> {
        let units = async {
            match given {
                Some(units) => Ok(units),
                None => self.units(access).await,
            }
        };
        let (people, units) = tokio::try_join!(self.client.people(access, People::All), units)?;
        let people = people.into_iter().map(|it| (it.id, it));
        let people: HashMap<LuccaId, Person> = people.collect();
        let future_seen = people.values().any(|it| it.is_future(today));
        Ok(Contents {
            snapshot: Arc::new(Snapshot {
                url: access.tenant.lucca_url.to_string(),
                units,
                people,
                unseen: HashSet::new(),
                as_of: now,
                today,
            }),
            units_as_of: now,
            units_after_refusal: Timestamp::default(),
            full_as_of: now,
            unconfirmed: HashMap::new(),
            latest: HashSet::new(),
            read_by_id: HashMap::new(),
            saw_own_creation: false,
            future_seen: future_seen.then_some(now),
        })
    }

    pub(super) async fn units(&self, access: Access<'_>) -> Result<Units, ReadError> {
        // Without the listing any role id is accepted.
        let roles = async { if_listed(self.client.units(Unit::Role, access).await) };
        let (establishments, departments, roles) = tokio::try_join!(
            self.client.units(Unit::Establishment, access),
            self.client.units(Unit::Department, access),
            roles
        )?;
        Ok(Units {
            establishments,
            departments,
            roles,
        })
    }
}
