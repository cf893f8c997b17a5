//! Whether people on whom a decision rests are still in Lucca: a read of modified people does not
//! show who was deleted.

use std::{collections::HashSet, sync::Arc};

use jiff::Timestamp;

use super::{
    cache::{DirectoryCache, MAX_AGE},
    entry::{Contents, View},
};
use crate::{
    domain::{
        finding::Presence,
        lucca_id::LuccaId,
        onboarding::{later, refresh::NOT_SHOWN_YET},
        tenant::Tenant,
    },
    lucca::{Access, People, Person, Priority, ReadError},
};

/// How many people of one presence are read to see whether the key still sees such people.
const CONTROLS: usize = 3;

/// Who is to be read again.
#[derive(Clone, Copy, Debug)]
pub struct Recheck<'a> {
    /// Who.
    pub people: &'a [LuccaId],
    /// A read of any kind that began then or later, and showed a person, is recent enough.
    pub not_before: Timestamp,
    /// A read by id that began then or later is recent enough.
    pub by_id_not_before: Timestamp,
    /// Whether the key has proven that it sees future and former employees.
    pub visibility_proven: bool,
    /// The right of way of the call.
    pub priority: Priority,
}

/// What a read by id has shown.
#[derive(Clone, Debug)]
pub struct Rechecked {
    /// The directory after it.
    pub view: View,
    /// Who is missing, but for those whom this service has just created: they may not be shown
    /// yet.
    pub missing: Vec<Missing>,
}

/// Somebody whom Lucca showed before and does not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Who.
    pub id: LuccaId,
    /// They were deleted for certain, and are forgotten.
    pub deleted: bool,
}

impl DirectoryCache {
    /// Reads people again by their ids, in one call; `None` if they were read recently enough.
    ///
    /// Whoever is not shown was deleted if the key still sees such people: a few others who start
    /// in the future, have left or are there, like those in question, are read along. Without
    /// this proof they stay known, as people whom Lucca does not show.
    ///
    /// # Errors
    /// Lucca cannot be read.
    pub async fn recheck(
        &self,
        tenant: &Tenant,
        recheck: Recheck<'_>,
    ) -> Result<Option<Rechecked>, ReadError> {
        let entry = self.entry(tenant);
        let mut cached = entry.cached.lock().await;
        let Some(contents) = cached.contents.as_mut() else {
            return Ok(None);
        };
        let outdated = |id: &&LuccaId| !contents.is_recent(**id, &recheck);
        let asked: Vec<LuccaId> = recheck.people.iter().filter(outdated).copied().collect();
        if asked.is_empty() {
            return Ok(None);
        }
        let controls = contents.controls(&asked);
        let ids = [asked.as_slice(), controls.as_slice()].concat();
        let began = self.clock.now();
        let access = Access::new(tenant, recheck.priority);
        let shown = match self.client.people(access, People::WithIds(&ids)).await {
            Err(ReadError::Refused { status: 404, .. }) => Vec::new(),
            read => read?,
        };
        let there: HashSet<LuccaId> = shown.iter().map(|it| it.id).collect();
        let (as_of, today) = (contents.snapshot.as_of, contents.snapshot.today);
        contents.merge(shown, as_of, today);
        let mut missing = Vec::new();
        for id in asked.iter().copied().filter(|id| !there.contains(id)) {
            let created = contents.unconfirmed.get(&id);
            if created.is_some_and(|at| began < later(*at, NOT_SHOWN_YET)) {
                contents.miss(id, false);
                continue;
            }
            let deleted = recheck.visibility_proven && contents.sees_such(id, &controls, &there);
            contents.miss(id, deleted);
            missing.push(Missing { id, deleted });
        }
        let read_by_id = &mut contents.read_by_id;
        read_by_id.retain(|_, at| later(*at, MAX_AGE) > began);
        read_by_id.extend(asked.iter().map(|id| (*id, began)));
        Ok(Some(Rechecked {
            view: contents.view(),
            missing,
        }))
    }
}

impl Contents {
    fn is_recent(&self, id: LuccaId, recheck: &Recheck<'_>) -> bool {
        let by_id = self.read_by_id.get(&id);
        let shown = self.latest.contains(&id) && self.snapshot.as_of >= recheck.not_before;
        by_id.is_some_and(|at| *at >= recheck.by_id_not_before)
            || shown
            || self.full_as_of >= recheck.not_before
    }

    /// People whom the key should see if it sees those who are asked for, the latest first: older
    /// ones may have been deleted.
    fn controls(&self, asked: &[LuccaId]) -> Vec<LuccaId> {
        let snapshot = &self.snapshot;
        let counts = |it: &Person| {
            snapshot.is_shown(it)
                && !asked.contains(&it.id)
                && !self.unconfirmed.contains_key(&it.id)
        };
        let mut wanted: Vec<Presence> = asked.iter().map(|id| self.presence_of(*id)).collect();
        // Whoever is missing may have left meanwhile.
        wanted.push(Presence::Former);
        let of = |presence| {
            let people =
                snapshot.people_where(|it| counts(it) && snapshot.presence(it) == presence);
            people.into_iter().rev().take(CONTROLS).map(|it| it.id)
        };
        let all = [Presence::Active, Presence::Future, Presence::Former];
        let all = all.into_iter().filter(|it| wanted.contains(it));
        all.flat_map(of).collect()
    }

    /// Where today lies in the contract of a person. Of somebody unknown it is taken that they
    /// start in the future, which is the hardest to see.
    fn presence_of(&self, id: LuccaId) -> Presence {
        let person = self.snapshot.people.get(&id);
        person.map_or(Presence::Future, |it| self.snapshot.presence(it))
    }

    /// Whether the key sees people like this one, who is not shown, and those who have left.
    fn sees_such(&self, id: LuccaId, controls: &[LuccaId], there: &HashSet<LuccaId>) -> bool {
        let of = |presence| {
            let all = controls.iter();
            all.filter(move |it| self.presence_of(**it) == presence)
        };
        let sees = |presence| of(presence).any(|it| there.contains(it));
        let knows_former = of(Presence::Former).next().is_some();
        sees(self.presence_of(id)) && (!knows_former || sees(Presence::Former))
    }

    /// Notes that a read by id has not shown a person.
    fn miss(&mut self, id: LuccaId, deleted: bool) {
        let snapshot = Arc::make_mut(&mut self.snapshot);
        if deleted {
            snapshot.people.remove(&id);
            snapshot.unseen.remove(&id);
            self.unconfirmed.remove(&id);
        } else {
            snapshot.unseen.insert(id);
        }
    }
}
