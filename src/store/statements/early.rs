//! Updates that come before the confirmation of their hire. They are kept sealed for a while, and
//! applied when it comes.

use std::time::Duration;

use jiff::Timestamp;

use super::Ids;
use crate::{
    domain::{
        ids::OnboardingId,
        onboarding::{
            Onboarding, earlier,
            submission::{self, Hire, Kind, Verdict},
        },
    },
    store::{
        StoreError,
        events::HistoryEvent,
        records::{Purpose, Records, millis},
        session::Session,
        sql::{Row, Statement, Value, Values, one, values},
    },
};

/// The most updates of a tenant that are kept.
const MOST: u32 = 1000;

/// For how long they are kept: as long as the adapter keeps what it could not hand over.
const KEPT: Duration = Duration::from_hours(24 * 30);

/// An update that is kept.
#[derive(Debug)]
pub(in crate::store) struct Early {
    seq: i64,
    hire: Hire,
}

/// Whether one more update of the tenant can be kept.
pub(in crate::store) async fn has_room(on: &impl Session, ids: &Ids) -> Result<bool, StoreError> {
    let sql = "SELECT count(*) FROM early WHERE tenant = $1";
    let kept: u32 = one(&on.query(sql, &values![ids.source.tenant.as_str()]).await?)?;
    Ok(kept < MOST)
}

/// The updates that a confirmation with these ids may be followed by, in the order of their
/// arrival.
pub(in crate::store) async fn load(on: &impl Session, ids: &Ids) -> Result<Vec<Early>, StoreError> {
    let (tenant, account, system, index) = ids.source.columns();
    let person = ids.person.as_ref().map(|it| it.index);
    let sql = "SELECT seq, id, document FROM early
        WHERE tenant = $1 AND account = $2 AND system = $3
            AND (source_index IN ($4, $5) OR person_index = $4) ORDER BY seq";
    let rows = on
        .query(sql, &values![tenant, account, system, index, person])
        .await?;
    let read = |row: &Row| {
        let (id, sealed): (String, Vec<u8>) = (row.get(1)?, row.get(2)?);
        let hire = on.records().open_early(tenant, &id, &sealed)?;
        Ok::<_, StoreError>(Early {
            seq: row.get(0)?,
            hire,
        })
    };
    let all = rows.iter().filter_map(|row| {
        let read = read(row);
        let noted = read.inspect_err(|error| {
            tracing::error!(%error, tenant, "an update that waits for its hire cannot be read");
        });
        noted.ok()
    });
    Ok(all.collect())
}

/// Keeps an update under a new id.
pub(super) fn keep(
    records: &Records,
    ids: &Ids,
    hire: &Hire,
    id: OnboardingId,
    now: Timestamp,
) -> Result<Statement, StoreError> {
    let (tenant, account, system, index) = ids.source.columns();
    let id = id.to_string();
    let document = records.seal_early(tenant, &id, hire)?;
    let content = serde_json::to_string(hire).map_err(|_| StoreError::Malformed)?;
    Ok(Statement::new(
        "INSERT INTO early (id, tenant, account, system, source_index, person_index, content_index,
            time, document)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (tenant, content_index) DO NOTHING",
        values![
            id,
            tenant,
            account,
            system,
            index,
            ids.person.as_ref().map(|it| it.index),
            records.index_in(tenant, Purpose::Content, &content),
            millis(now),
            document
        ],
    ))
}

/// What becomes of a hire when what was kept is applied to it.
#[derive(Default)]
pub(super) struct Applied {
    /// What the history says of it.
    pub events: Vec<HistoryEvent>,
    /// Another episode that follows from it.
    pub next: Option<Box<Onboarding>>,
    /// Forgets what was applied.
    pub forget: Option<Statement>,
}

/// Applies what was kept to the hire that has just been confirmed. `id` is that of another episode.
pub(super) fn apply(
    kept: &[Early],
    confirmation: &Hire,
    onboarding: &mut Onboarding,
    id: OnboardingId,
    now: Timestamp,
) -> Applied {
    let is_meant = |it: &&Early| match (&it.hire.person, &confirmation.person) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    let mut meant: Vec<&Early> = kept.iter().filter(is_meant).collect();
    meant.sort_by_key(|it| it.hire.event_time);
    let mut applied = Applied::default();
    let (mut places, mut values) = (Vec::new(), Values::default());
    for early in meant {
        let hire = applied.next.as_deref_mut().unwrap_or(onboarding);
        match submission::submit(Some(hire), None, &early.hire, id, now) {
            // It waits for another confirmation.
            Verdict::NotKnown => break,
            Verdict::New(next) => applied.next = Some(next),
            verdict => {
                let ignored = HistoryEvent::of_statement(Kind::Update, &verdict);
                applied.events.extend(ignored);
            }
        }
        places.push(values.add(early.seq));
    }
    if !places.is_empty() {
        let sql = format!("DELETE FROM early WHERE seq IN ({})", places.join(", "));
        applied.forget = Some(Statement::new(sql, values.0));
    }
    applied
}

/// Forgets the updates of these hires and persons.
pub(super) fn forget_of(tenant: &str, sources: Vec<Value>) -> Statement {
    let mut values = Values(values![tenant]);
    let sources: Vec<String> = sources.into_iter().map(|it| values.add(it)).collect();
    let sources = sources.join(", ");
    let sql = format!(
        "DELETE FROM early WHERE tenant = $1
            AND (source_index IN ({sources}) OR person_index IN ({sources}))"
    );
    Statement::new(sql, values.0)
}

/// Forgets the updates whose hire has not come for too long.
pub(super) fn forget_old(now: Timestamp) -> Statement {
    Statement::new(
        "DELETE FROM early WHERE time < $1",
        values![millis(earlier(now, KEPT))],
    )
}
