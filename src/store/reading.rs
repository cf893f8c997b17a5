//! Reads onboardings from rows, and notices damage.
//!
//! What stands in a clear column is repeated in the sealed document and compared with it. Sort keys
//! and the retention time are not: older versions stored other values.

use super::{
    StoreError,
    change::Stored,
    quarantine::{Damaged, Kind},
    records::{Kept, Records, millis, millis_up, time},
    sql::{FromValue, Row, Value},
};
use crate::{
    db::DataKey,
    domain::{
        attempt::Attempt,
        finding::Problem,
        onboarding::{Onboarding, lease::Lease},
    },
};

/// The columns of an onboarding that both back ends read first, in this order. The last one is the
/// part for which it is in quarantine.
const COLUMNS: [&str; 18] = [
    "seq",
    "id",
    "tenant",
    "account",
    "system",
    "source_index",
    "episode",
    "state",
    "problem",
    "lucca_user",
    "update_time",
    "wake",
    "token",
    "urgency",
    "document",
    DATA_KEY,
    "(SELECT part FROM quarantine WHERE kind = 'onboarding' AND quarantine.id = onboardings.id)",
    "(SELECT since FROM quarantine WHERE kind = 'onboarding' AND quarantine.id = onboardings.id)",
];

/// Reads the data key of an onboarding.
const DATA_KEY: &str = "(SELECT key FROM data_keys WHERE onboarding = onboardings.seq)";

/// Reads onboardings: [`COLUMNS`], and then these of the back end.
pub(super) fn select(then: &str) -> String {
    format!("SELECT {}, {then} FROM onboardings", COLUMNS.join(", "))
}

/// The place of the first column of the back end.
pub(super) const THEN: usize = COLUMNS.len();

/// What a row of an onboarding does not hold.
pub(super) struct Beside {
    /// Whether a worker holds the lease.
    pub held: bool,
    /// Its attempts by number: number, whether open, intent.
    pub attempts: Vec<Row>,
    /// Their evidence in order: attempt, evidence.
    pub evidence: Vec<Row>,
}

/// Which onboardings are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// Those that are whole and not in quarantine.
    Whole,
    /// Those that can be opened, whatever their clear columns say: an operator wants to take one
    /// out of quarantine.
    Opened,
}

/// Reads the onboardings of rows; `open` says for each what is stored beside it.
///
/// # Errors
/// [`StoreError::Damaged`] with every row that cannot be read.
pub(super) fn all(
    found: impl IntoIterator<Item = Result<Stored, Box<Damaged>>>,
) -> Result<Vec<Stored>, StoreError> {
    let (mut whole, mut damaged) = (Vec::new(), Vec::new());
    for one in found {
        match one {
            Ok(stored) => whole.push(stored),
            Err(one) => damaged.push(*one),
        }
    }
    match damaged.is_empty() {
        true => Ok(whole),
        false => Err(StoreError::Damaged(damaged)),
    }
}

/// The onboarding of a row that begins with [`COLUMNS`].
pub(super) fn onboarding(
    records: &Records,
    row: &Row,
    beside: &Beside,
    read: Read,
) -> Result<Stored, Box<Damaged>> {
    let damaged = |part: &str, error, source| {
        Box::new(Damaged {
            kind: Kind::Onboarding,
            seq: get(row, "seq").ok(),
            id: get(row, "id").unwrap_or_default(),
            tenant: get(row, "tenant").unwrap_or_default(),
            part: part.to_owned(),
            since: row.get(THEN - 1).ok().flatten(),
            error,
            source,
        })
    };
    let known: Option<String> = row.get(THEN - 2).ok().flatten();
    if let (Some(part), Read::Whole) = (known, read) {
        return Err(damaged(&part, None, None));
    }
    let opened = open(records, row, beside).map_err(|(part, error)| damaged(part, error, None))?;
    let is_whole = |part: &&str| *part == "attempts" || read == Read::Whole;
    if let Some(part) = difference(records, row, beside, &opened).filter(is_whole) {
        let source = records.source_of(&opened.onboarding, opened.kept.ids.as_ref());
        let episode = opened.onboarding.key.episode;
        return Err(damaged(part, None, Some((source, episode))));
    }
    stored(row, beside, opened).map_err(|(part, error)| damaged(part, error, None))
}

/// The part that cannot be read, and why.
type Fault = (&'static str, Option<StoreError>);

/// What was sealed of an onboarding.
struct Opened {
    key: Option<DataKey>,
    onboarding: Onboarding,
    kept: Kept,
}

/// Opens everything of an onboarding that is sealed.
fn open(records: &Records, row: &Row, beside: &Beside) -> Result<Opened, Fault> {
    let (id, tenant): (String, String) = (get(row, "id")?, get(row, "tenant")?);
    let document: Vec<u8> = get(row, "document")?;
    let key: Option<Vec<u8>> = get(row, DATA_KEY)?;
    let key = key.map(|key| records.open_data_key(&tenant, &id, &key));
    let key = key.transpose().map_err(at("data key"))?;
    let document = records.open_document(key.as_ref(), &tenant, &id, &document);
    let (mut onboarding, kept) = document.map_err(at("document"))?;
    for row in &beside.attempts {
        let number = row.get(0).map_err(at("attempts"))?;
        let intent: Vec<u8> = row.get(2).map_err(at("intent"))?;
        let intent = records.open_intent(key.as_ref(), &onboarding, number, &intent);
        onboarding.attempts.push(Attempt {
            number,
            intent: intent.map_err(at("intent"))?,
            seen: Vec::new(),
        });
    }
    for row in &beside.evidence {
        let number = row.get(0).map_err(at("evidence"))?;
        let sealed: Vec<u8> = row.get(1).map_err(at("evidence"))?;
        let seen = records.open_evidence(key.as_ref(), &onboarding, number, &sealed);
        let seen = seen.map_err(at("evidence"))?;
        let mut attempts = onboarding.attempts.iter_mut();
        let attempt = attempts.find(|attempt| attempt.number == number);
        attempt.ok_or(("attempts", None))?.seen.push(seen);
    }
    Ok(Opened {
        key,
        onboarding,
        kept,
    })
}

/// The first part in which the row differs from what was sealed.
fn difference(
    records: &Records,
    row: &Row,
    beside: &Beside,
    Opened {
        onboarding, kept, ..
    }: &Opened,
) -> Option<&'static str> {
    let counts = onboarding.attempts.iter().map(|it| it.seen.len());
    let ids = kept.ids.as_ref();
    let kept = kept.attempts.as_ref();
    if kept.is_some_and(|kept| !counts.eq(kept.iter().copied())) {
        return Some("attempts");
    }
    let mut attempts = onboarding.attempts.iter().zip(&beside.attempts);
    if !attempts.all(|(attempt, row)| row.get(1).ok() == Some(attempt.is_open())) {
        return Some("open");
    }
    let key = &onboarding.key;
    let index = records.source_of(onboarding, ids).index;
    // Version 0.2 stored the first code alone.
    let first = onboarding.problem().map(|it| it.code.as_str());
    let problem = match column(row, "problem") == Some(&first.into()) {
        true => first.map(str::to_owned),
        false => onboarding.problem().map(Problem::codes_as_text),
    };
    let mut sealed = vec![
        ("account", Value::from(key.account.as_str())),
        ("system", key.system.as_str().into()),
        ("source_index", index.into()),
        ("episode", key.episode.into()),
        ("state", onboarding.state().as_str().into()),
        ("problem", problem.into()),
        (
            "lucca_user",
            onboarding.lucca_user().map(|it| it.id.get()).into(),
        ),
        ("update_time", millis(onboarding.update_time).into()),
    ];
    if !beside.held {
        sealed.push(("wake", onboarding.due().map(millis_up).into()));
    }
    let differs = |(name, sealed): &(&str, Value)| column(row, name) != Some(sealed);
    sealed.into_iter().find(differs).map(|(name, _)| name)
}

fn stored(row: &Row, beside: &Beside, opened: Opened) -> Result<Stored, Fault> {
    let wake: Option<i64> = get(row, "wake")?;
    Ok(Stored {
        seq: get(row, "seq")?,
        lease: Lease {
            token: get(row, "token")?,
            held: beside.held,
            wake: wake.map(time).transpose().map_err(at("wake"))?,
        },
        urgency: get(row, "urgency")?,
        update_time: get(row, "update_time")?,
        key: opened.key,
        history: opened.kept.history,
        ids: opened.kept.ids,
        onboarding: opened.onboarding,
    })
}

fn column<'a>(row: &'a Row, name: &str) -> Option<&'a Value> {
    let place = COLUMNS.iter().position(|column| *column == name)?;
    row.0.get(place)
}

fn get<T: FromValue>(row: &Row, name: &'static str) -> Result<T, Fault> {
    column(row, name)
        .and_then(T::from_value)
        .ok_or((name, None))
}

fn at(part: &'static str) -> impl Fn(StoreError) -> Fault {
    move |error| (part, Some(error))
}
