//! By which ids a statement names a hire, and the hires that have them.

use std::collections::BTreeSet;

use crate::{
    db::DbError,
    domain::{
        ids::{Account, ExternalId, OnboardingId},
        onboarding::submission::{Meant, Named, meant},
    },
    store::{
        SourceKey, StoreError,
        backend::Rows,
        change::Stored,
        quarantine::Unreadable,
        records::{Index, Records, Source, onboarding_id},
        session::Session,
        sql::{Value, values},
    },
};

/// The ids that a statement names, by their index values.
#[derive(Clone, Debug)]
pub(in crate::store) struct Ids {
    /// The hire as a source.
    pub source: Source,
    /// The person as a source, if the statement names a person beside the hire.
    pub person: Option<Source>,
    /// The same two as other ids of a hire.
    pub also: (Index, Option<Index>),
}

/// The hires that a statement may mean.
pub(in crate::store) struct Candidates {
    hires: Vec<(OnboardingId, Named)>,
    names_person: bool,
}

impl Ids {
    pub(in crate::store) fn of(
        records: &Records,
        key: &SourceKey,
        person: Option<&ExternalId>,
        account: &Account,
    ) -> Self {
        let person = person.map(|external_id| SourceKey {
            external_id: external_id.clone(),
            ..key.clone()
        });
        let person = person.filter(|it| it.external_id != key.external_id);
        let as_other = |key: &SourceKey| records.person(key);
        Self {
            source: records.source(key, account),
            also: (as_other(key), person.as_ref().map(as_other)),
            person: person.map(|key| records.source(&key, account)),
        }
    }

    /// The values of the SQL that finds hires by these ids.
    fn values(&self) -> Vec<Value> {
        let (tenant, account, system, index) = self.source.columns();
        let person = self.person.as_ref().map(|it| it.index);
        let also = self.also;
        values![tenant, account, system, index, person, also.0, also.1]
    }
}

/// The latest episodes of the hires with these ids, the first one first. Another statement about
/// one of them waits until the transaction ends.
pub(in crate::store) async fn candidates(
    on: &impl Session,
    ids: &Ids,
) -> Result<Candidates, StoreError> {
    let found = locked(on, ids, Which::Latest).await?;
    let hires = found.into_iter().map(|it| (it.id, it.named));
    Ok(Candidates {
        hires: hires.collect(),
        names_person: ids.person.is_some(),
    })
}

/// Every onboarding of the person whom these ids name, also under ids of persons that were merged,
/// and the first one that is in quarantine. The same holds for them.
pub(in crate::store) async fn hires_of_person(
    on: &impl Session,
    ids: &Ids,
) -> Result<(Vec<Stored>, Option<Unreadable>), StoreError> {
    let (mut hires, mut unreadable) = (Vec::new(), None);
    for found in locked(on, ids, Which::OfPerson).await? {
        let sql = "SELECT id, tenant, since, part FROM quarantine
            WHERE kind = 'onboarding' AND id = $1";
        match on.query(sql, &values![found.id.to_string()]).await?.first() {
            Some(row) => unreadable = Some(Unreadable::read(row)?),
            None => hires.extend(on.load(&Rows::Id(found.id)).await?),
        }
    }
    Ok((hires, unreadable))
}

/// Which onboardings with some ids.
#[derive(Clone, Copy)]
enum Which {
    /// The latest episode of each hire.
    Latest,
    /// All of the person.
    OfPerson,
}

/// An onboarding that was found.
struct Found {
    source: Index,
    id: OnboardingId,
    /// What the ids are to it, in a latest episode.
    named: Named,
}

/// What is found, while no other statement about it is under way.
async fn locked(on: &impl Session, ids: &Ids, which: Which) -> Result<Vec<Found>, StoreError> {
    let person = ids.person.as_ref().map(|it| it.index);
    let mut locks: BTreeSet<Index> = [ids.source.index].into_iter().chain(person).collect();
    let mut found = find(on, ids, which).await?;
    locks.extend(found.iter().map(|it| it.source));
    if on.serialise(&locks).await? {
        found = find(on, ids, which).await?;
        // A statement that was waited for has connected the ids with another hire.
        if !found.iter().all(|it| locks.contains(&it.source)) {
            return Err(DbError::Conflict.into());
        }
    }
    Ok(found)
}

impl Candidates {
    /// Which of them is meant.
    pub(in crate::store) fn meant(&self) -> Meant {
        let hires: Vec<Named> = self.hires.iter().map(|(_, named)| *named).collect();
        meant(&hires, self.names_person)
    }

    /// Loads the one at a place.
    pub(in crate::store) async fn load(
        &self,
        on: &impl Session,
        place: usize,
    ) -> Result<Option<Stored>, StoreError> {
        match self.hires.get(place) {
            Some((id, _)) => Ok(on.load(&Rows::Id(*id)).await?.pop()),
            None => Ok(None),
        }
    }
}

/// The most hires of one person that are looked at.
const MOST: usize = 200;

/// SQL: whether the onboarding `it` has another id. One without a value has any.
fn has_id(value: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM lookups WHERE onboarding = it.seq AND purpose = 'person'
            AND value = {value})"
    )
}

/// SQL: the onboardings of a tenant, account and system ($1 to $3) with a source ($4, $5) or with
/// another id ($6, $7).
const WITH_IDS: &str = "SELECT seq FROM onboardings
    WHERE tenant = $1 AND account = $2 AND system = $3 AND source_index IN ($4, $5)
    UNION SELECT onboarding FROM lookups WHERE purpose = 'person' AND value IN ($6, $7)";

async fn find(on: &impl Session, ids: &Ids, which: Which) -> Result<Vec<Found>, StoreError> {
    let sql = match which {
        Which::Latest => latest(),
        Which::OfPerson => of_person(),
    };
    let person = ids.person.as_ref().map(|it| it.index);
    let rows = on.query(&sql, &ids.values()).await?;
    let found = rows.iter().map(|row| {
        // A damaged index value is nobody's.
        let source = row.get::<Vec<u8>>(0)?.try_into().unwrap_or_default();
        Ok(Found {
            source,
            id: onboarding_id(row.get(1)?)?,
            named: Named {
                is_application: row.get(2)?,
                is_person: Some(source) == person,
                also_application: row.get(3)?,
                also_person: row.get(4)?,
                has_others: row.get(5)?,
                is_cancelled: row.get(6)?,
            },
        })
    });
    found.collect()
}

/// SQL: what [`Found`] has of the onboarding `it`.
fn columns() -> String {
    let (also_application, also_person, has_others) =
        (has_id("$6"), has_id("$7"), has_id("lookups.value"));
    format!(
        "source_index, id, source_index = $4, {also_application}, {also_person}, {has_others},
            state = 'CANCELLED'"
    )
}

fn latest() -> String {
    let columns = columns();
    format!(
        "SELECT {columns} FROM onboardings AS it
         WHERE tenant = $1 AND account = $2 AND system = $3 AND seq IN ({WITH_IDS})
            AND NOT EXISTS (SELECT 1 FROM onboardings AS later WHERE later.tenant = $1
                AND later.account = $2 AND later.system = $3
                AND later.source_index = it.source_index AND later.episode > it.episode)
         ORDER BY seq LIMIT {MOST}"
    )
}

/// An application that is another person's is left out if the person who is named has hires of
/// their own.
fn of_person() -> String {
    let (columns, has_person, has_others) = (columns(), has_id("$7"), has_id("lookups.value"));
    format!(
        "WITH named AS (
            SELECT seq FROM onboardings AS it WHERE seq IN ({WITH_IDS})
                AND NOT (source_index = $4 AND {has_others} AND NOT {has_person} AND EXISTS (
                    SELECT 1 FROM onboardings AS own
                    WHERE own.tenant = $1 AND own.account = $2 AND own.system = $3
                        AND (own.source_index = $5 OR own.seq IN (SELECT onboarding FROM lookups
                            WHERE purpose = 'person' AND value = $7)))))
         SELECT {columns} FROM onboardings AS it
         WHERE tenant = $1 AND account = $2 AND system = $3 AND seq IN (
            SELECT seq FROM named UNION SELECT onboarding FROM lookups
            WHERE purpose = 'person' AND value IN (SELECT value FROM lookups
                WHERE purpose = 'person' AND onboarding IN (SELECT seq FROM named)))
         ORDER BY seq"
    )
}
