//! Persons whom their source has anonymised: what is remembered of them, and what it erases.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;

use super::{Ids, Subject, early};
use crate::{
    domain::ids::{ExternalId, OnboardingId},
    domain::onboarding::{
        Onboarding, earlier,
        lease::By,
        submission::{self, Kind, Verdict},
    },
    store::{
        Actor, SourceKey, StoreError,
        change::{Plan, Stored, Write},
        events::HistoryEvent,
        records::{Index, Records, micros, millis},
        session::Session,
        sql::{Row, Statement, Value, values},
    },
};

/// For how long the ids of anonymised persons are remembered: longer than anybody sends a statement
/// again.
const REMEMBERED: Duration = Duration::from_hours(24 * 400);

/// When the persons of these ids were anonymised: of the hire's id, and of the person's beside it.
pub(in crate::store) async fn times(
    on: &impl Session,
    ids: &Ids,
) -> Result<[Option<Timestamp>; 2], StoreError> {
    let sql = "SELECT id_index, event_time FROM anonymised
        WHERE tenant = $1 AND id_index IN ($2, $3)";
    let values = values![ids.source.tenant.as_str(), ids.also.0, ids.also.1];
    let rows = on.query(sql, &values).await?;
    let time = |id: Option<Index>| {
        let is_its = |row: &&Row| {
            let found: Option<Vec<u8>> = row.get(0).ok();
            id.is_some_and(|id| found.as_deref() == Some(&id[..]))
        };
        let row = rows.iter().find(is_its);
        row.map(|row| row.get(1)).transpose().and_then(micros)
    };
    Ok([time(Some(ids.also.0))?, time(ids.also.1)?])
}

/// Erases the hires of a person, and remembers the person.
pub(super) fn plan(
    records: &Records,
    subject: &Subject,
    hires: Vec<Stored>,
    by: &Actor,
    now: Timestamp,
) -> Result<Plan<Vec<OnboardingId>>, StoreError> {
    let key = &subject.key;
    let mut ids: BTreeSet<ExternalId> = [key.external_id.clone()].into();
    ids.extend(subject.person.clone());
    let (mut writes, mut erased) = (Vec::new(), Vec::new());
    for before in hires {
        let mut after = before.onboarding.clone();
        let verdict = submission::anonymise(&mut after, subject.event_time, now);
        let also = HistoryEvent::of_statement(Kind::Anonymization, &verdict);
        let also = also.into_iter().collect();
        writes.extend(before.save_noting(records, &after, By::Outside, by, also, now)?);
        if !matches!(verdict, Verdict::Ignored(_)) {
            ids.extend(ids_of(&before.onboarding));
            erased.push(after.id);
        }
    }
    let time = subject.event_time.unwrap_or(now);
    let key_of = |id: &ExternalId| SourceKey {
        external_id: id.clone(),
        ..key.clone()
    };
    let keys: Vec<SourceKey> = ids.iter().map(key_of).collect();
    let remembered = keys.iter().map(|it| remember(records, it, time, now));
    writes.extend(remembered.map(Write::Statement));
    let sources = keys.iter().map(|it| {
        let source = records.source(it, &subject.account);
        Value::from(source.index)
    });
    let forgotten = early::forget_of(key.tenant.as_str(), sources.collect());
    writes.push(Write::Statement(forgotten));
    Ok(Plan {
        writes,
        answer: erased,
    })
}

/// All ids by which the source has named a hire.
fn ids_of(hire: &Onboarding) -> impl Iterator<Item = ExternalId> + '_ {
    let others = hire.person.iter().chain(&hire.also_known);
    let all = [&hire.key.external_id].into_iter().chain(others);
    all.filter(|id| !id.is_erased()).cloned()
}

fn remember(records: &Records, key: &SourceKey, said: Timestamp, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO anonymised (tenant, id_index, event_time, time) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant, id_index) DO UPDATE SET time = excluded.time, event_time = CASE
            WHEN anonymised.event_time > excluded.event_time THEN anonymised.event_time
            ELSE excluded.event_time END",
        values![
            key.tenant.as_str(),
            records.person(key),
            said.as_microsecond(),
            millis(now)
        ],
    )
}

/// Forgets whom nobody can name any more.
pub(super) fn forget_old(now: Timestamp) -> Statement {
    Statement::new(
        "DELETE FROM anonymised WHERE time < $1",
        values![millis(earlier(now, REMEMBERED))],
    )
}
