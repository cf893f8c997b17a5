//! Reads the whole directory of an account: people and units.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jiff::Timestamp;

use super::{
    cache::DirectoryCache,
    entry::Contents,
    person::Person,
    snapshot::{Snapshot, Units},
};
use crate::{
    domain::{dates::CivilDate, lucca_id::LuccaId, tenant::Unit},
    lucca::{Access, Priority, ReadError},
};

impl DirectoryCache {
    pub(super) async fn load(
        &self,
        access: &Access,
        now: Timestamp,
        today: CivilDate,
        given: Option<Units>,
        priority: Priority,
    ) -> Result<Contents, ReadError> {
        let units = async {
            match given {
                Some(units) => Ok(units),
                None => self.units(access, priority).await,
            }
        };
        let (people, units) = tokio::try_join!(self.client.users(access, priority), units)?;
        let people: HashMap<LuccaId, Person> = people
            .into_iter()
            .map(|user| (user.id, Person::from(user)))
            .collect();
        let future_seen = people.values().any(|it| it.is_future(today));
        Ok(Contents {
            snapshot: Arc::new(Snapshot {
                url: access.url.to_string(),
                units,
                people,
                as_of: now,
                today,
            }),
            units_as_of: now,
            full_as_of: now,
            unconfirmed: BTreeSet::new(),
            saw_own_creation: false,
            future_seen: future_seen.then_some(now),
        })
    }

    pub(super) async fn units(
        &self,
        access: &Access,
        priority: Priority,
    ) -> Result<Units, ReadError> {
        let roles = async {
            match self.client.units(Unit::Role, access, priority).await {
                Ok(roles) => Ok(Some(roles)),
                // The listing is not documented: without it any role id is accepted.
                Err(
                    ReadError::Refused { .. }
                    | ReadError::KeyRefused(403)
                    | ReadError::Unreadable(_),
                ) => Ok(None),
                Err(error) => Err(error),
            }
        };
        let (establishments, departments, roles) = tokio::try_join!(
            self.client.units(Unit::Establishment, access, priority),
            self.client.units(Unit::Department, access, priority),
            roles
        )?;
        Ok(Units {
            establishments,
            departments,
            roles,
        })
    }
}
