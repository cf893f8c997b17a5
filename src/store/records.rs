//! How things become rows: what is sealed, what is found by a blind index, and what stands in the
//! clear. The same for every store.

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use strum::IntoStaticStr;

use super::{SourceKey, StoreError, WaitingCount, chain::Head, quarantine::Noticed};
use crate::{
    db::{BlindIndex, DataKey, Keyring, SealContext, SealError},
    domain::{
        attempt::{Attempt, EvidenceEntry, Intent},
        dates::CivilDate,
        email::EmailAddress,
        ids::{Account, OnboardingId, SystemName, TenantId},
        matching_key::{MatchKey, full_name_keys},
        onboarding::{
            Onboarding, State,
            acceptance::{Acceptance, AcceptanceSubject},
        },
        tenant::Tenant,
    },
};

/// A value of a blind index.
pub(super) type Index = [u8; 16];

/// What an index value is for. The word is hashed with the text, so the same text has another
/// value for each purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Purpose {
    /// The external id of a source.
    Source,
    /// A caller's request id.
    Request,
    /// The content of a request.
    Content,
    /// A full name in either order, or a family name.
    Name,
    /// An e-mail address.
    Email,
    /// A reserved login.
    #[strum(serialize = "claim")]
    Login,
    /// A person's id in the system a hire comes from.
    Person,
    /// An entry of the history, and the one before it.
    History,
}

/// A column of sealed values. Each value is bound to the word of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Column {
    Tenant,
    Onboarding,
    Intent,
    Evidence,
    DataKey,
}

/// A hire of a source on an account, by its index value.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub tenant: TenantId,
    pub account: Account,
    pub system: SystemName,
    pub index: Index,
}

impl Source {
    /// What stands in the columns `tenant`, `account`, `system` and `source_index`.
    pub(super) fn columns(&self) -> (&str, &str, &str, &[u8]) {
        (
            self.tenant.as_str(),
            self.account.as_str(),
            self.system.as_str(),
            &self.index,
        )
    }
}

/// What is sealed in the document of an onboarding. The onboarding keeps no attempts there, so the
/// document says how many entries of evidence each has: a missing row is noticed.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    onboarding: &'a Onboarding,
    attempts: Vec<usize>,
    history: &'a Head,
}

/// The part of a [`Document`] that is not the onboarding's. Older versions did not store it.
#[derive(Deserialize)]
pub(super) struct Kept {
    /// How many entries of evidence each attempt has.
    pub attempts: Option<Vec<usize>>,
    /// The end of the chain of its history.
    #[serde(default)]
    pub history: Head,
}

/// Seals, opens and indexes.
#[derive(Debug)]
pub(super) struct Records {
    keyring: Keyring,
    index: BlindIndex,
    /// What it noticed in this process.
    pub noticed: Noticed,
}

/// Milliseconds since 1970.
pub(super) fn millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// Milliseconds since 1970, rounded up: nothing that has to wait begins too early.
pub(super) fn millis_up(time: Timestamp) -> i64 {
    let up = millis(time) + i64::from(time.subsec_nanosecond().rem_euclid(1_000_000) > 0);
    up.min(millis(Timestamp::MAX))
}

/// The time of milliseconds since 1970.
pub(super) fn time(millis: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(millis).map_err(|_| StoreError::Malformed)
}

/// The time of microseconds since 1970, if there is one.
pub(super) fn micros(micros: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
    let time = micros.map(Timestamp::from_microsecond).transpose();
    time.map_err(|_| StoreError::Malformed)
}

/// The id of an onboarding as it is stored.
pub(super) fn onboarding_id(text: String) -> Result<OnboardingId, StoreError> {
    OnboardingId::parse(&text).map_err(|_| StoreError::Malformed)
}

/// An account as it is stored.
pub(super) fn account(text: String) -> Result<Account, StoreError> {
    Account::parse(&text).map_err(|_| StoreError::Malformed)
}

/// A number of rows as SQL takes it.
pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// A learned acceptance, from its subject and times in milliseconds.
pub(super) fn acceptance(
    subject: &str,
    accepted: Option<i64>,
    refused: Option<i64>,
) -> Result<Acceptance, StoreError> {
    Ok(Acceptance {
        subject: AcceptanceSubject::parse(subject).ok_or(StoreError::Malformed)?,
        accepted: accepted.map(time).transpose()?,
        refused: refused.map(time).transpose()?,
    })
}

impl Records {
    pub(super) fn new(keyring: Keyring, index: BlindIndex) -> Self {
        Self {
            keyring,
            index,
            noticed: Noticed::default(),
        }
    }

    pub(super) fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    pub(super) fn index(&self, purpose: Purpose, text: &str) -> Index {
        self.index.of(purpose.into(), text)
    }

    /// The same of one tenant, so that it shows nothing across tenants.
    pub(super) fn index_in(&self, tenant: &str, purpose: Purpose, text: &str) -> Index {
        self.index(purpose, &format!("{tenant}\n{text}"))
    }

    /// A hire on an account. The index value is one per tenant, so that it shows nothing across
    /// tenants.
    pub(super) fn source(&self, key: &SourceKey, account: &Account) -> Source {
        let (tenant, text) = (key.tenant.as_str(), key.external_id.as_str());
        Source {
            tenant: key.tenant.clone(),
            account: account.clone(),
            system: key.system.clone(),
            index: self.index_in(tenant, Purpose::Source, text),
        }
    }

    /// The index value of a person, whose id is the external id of the key.
    pub(super) fn person(&self, key: &SourceKey) -> Index {
        let (tenant, system) = (key.tenant.as_str(), key.system.as_str());
        let text = format!("{system}\n{}", key.external_id.as_str());
        self.index_in(tenant, Purpose::Person, &text)
    }

    /// A value as it is sealed, if it can be read back as a `T`.
    fn plain<T: DeserializeOwned>(&self, value: &impl Serialize) -> Result<Vec<u8>, StoreError> {
        let plain = serde_json::to_vec(value).map_err(|_| StoreError::Malformed)?;
        if serde_json::from_slice::<T>(&plain).is_err() {
            self.noticed.refuse_write();
            return Err(StoreError::NotReadBack);
        }
        Ok(plain)
    }

    /// Opens what the data key of an onboarding has sealed, or what an older version has sealed with
    /// a key of the ring.
    fn open(
        &self,
        key: Option<&DataKey>,
        context: &SealContext<'_>,
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        Ok(match (DataKey::has_sealed(sealed), key) {
            (true, Some(key)) => key.open(context, sealed)?,
            (true, None) => return Err(StoreError::Malformed),
            (false, _) => self.keyring.open(context, sealed)?,
        })
    }

    /// Makes a data key for an onboarding; also as it is stored.
    pub(super) fn data_key(&self, of: &Onboarding) -> Result<(DataKey, Vec<u8>), StoreError> {
        let id = of.id.to_string();
        let context = context(of.key.tenant.as_str(), &id, Column::DataKey);
        Ok(DataKey::make(&self.keyring, &context)?)
    }

    /// Opens the data key of an onboarding.
    pub(super) fn open_data_key(
        &self,
        tenant: &str,
        id: &str,
        sealed: &[u8],
    ) -> Result<DataKey, StoreError> {
        let context = context(tenant, id, Column::DataKey);
        Ok(DataKey::unseal(&self.keyring, &context, sealed)?)
    }

    /// Seals with the newest key what an older one has sealed.
    pub(super) fn reseal(
        &self,
        tenant: &str,
        record: &str,
        column: Column,
        sealed: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let context = context(tenant, record, column);
        self.keyring
            .seal(&context, &self.keyring.open(&context, sealed)?)
    }

    pub(super) fn seal_tenant(&self, tenant: &Tenant) -> Result<Vec<u8>, StoreError> {
        let id = tenant.id.as_str();
        let plain = self.plain::<Tenant>(tenant)?;
        let context = context(id, id, Column::Tenant);
        Ok(self.keyring.seal(&context, &plain)?)
    }

    pub(super) fn open_tenant(&self, id: &str, sealed: &[u8]) -> Result<Tenant, StoreError> {
        let plain = self
            .keyring
            .open(&context(id, id, Column::Tenant), sealed)?;
        read(&plain)
    }

    /// Seals an onboarding without its attempts.
    pub(super) fn seal_onboarding(
        &self,
        key: &DataKey,
        onboarding: &Onboarding,
        history: &Head,
    ) -> Result<Vec<u8>, StoreError> {
        let id = onboarding.id.to_string();
        let tenant = onboarding.key.tenant.as_str();
        let attempts = onboarding.attempts.iter();
        let document = Document {
            onboarding,
            attempts: attempts.map(|attempt| attempt.seen.len()).collect(),
            history,
        };
        let plain = self.plain::<Onboarding>(&document)?;
        Ok(key.seal(&context(tenant, &id, Column::Onboarding), &plain)?)
    }

    pub(super) fn seal_intent(
        &self,
        key: &DataKey,
        of: &Onboarding,
        attempt: &Attempt,
    ) -> Result<Vec<u8>, StoreError> {
        let (tenant, record) = (of.key.tenant.as_str(), record(of.id, attempt.number));
        let plain = self.plain::<Intent>(&attempt.intent)?;
        Ok(key.seal(&context(tenant, &record, Column::Intent), &plain)?)
    }

    pub(super) fn seal_evidence(
        &self,
        key: &DataKey,
        of: &Onboarding,
        attempt: u32,
        seen: &EvidenceEntry,
    ) -> Result<Vec<u8>, StoreError> {
        let (tenant, record) = (of.key.tenant.as_str(), record(of.id, attempt));
        let plain = self.plain::<EvidenceEntry>(seen)?;
        Ok(key.seal(&context(tenant, &record, Column::Evidence), &plain)?)
    }

    /// Opens the document of an onboarding, whose attempts it lacks, and what else is sealed in it.
    pub(super) fn open_document(
        &self,
        key: Option<&DataKey>,
        tenant: &str,
        id: &str,
        sealed: &[u8],
    ) -> Result<(Onboarding, Kept), StoreError> {
        let context = context(tenant, id, Column::Onboarding);
        let plain = self.open(key, &context, sealed)?;
        let read = serde_json::from_slice(&plain)
            .and_then(|onboarding| Ok((onboarding, serde_json::from_slice(&plain)?)));
        read.map_err(|_| StoreError::Malformed)
    }

    pub(super) fn open_intent(
        &self,
        key: Option<&DataKey>,
        of: &Onboarding,
        attempt: u32,
        sealed: &[u8],
    ) -> Result<Intent, StoreError> {
        let (tenant, record) = (of.key.tenant.as_str(), record(of.id, attempt));
        read(&self.open(key, &context(tenant, &record, Column::Intent), sealed)?)
    }

    pub(super) fn open_evidence(
        &self,
        key: Option<&DataKey>,
        of: &Onboarding,
        attempt: u32,
        sealed: &[u8],
    ) -> Result<EvidenceEntry, StoreError> {
        let (tenant, record) = (of.key.tenant.as_str(), record(of.id, attempt));
        read(&self.open(key, &context(tenant, &record, Column::Evidence), sealed)?)
    }

    /// By what an onboarding is found: purposes and index values.
    pub(super) fn lookups(&self, onboarding: &Onboarding) -> Vec<(&'static str, Index)> {
        let draft = onboarding.draft();
        let mut list = Vec::new();
        if let Some(person) = &onboarding.person {
            let key = SourceKey {
                external_id: person.clone(),
                ..SourceKey::of(&onboarding.key)
            };
            list.push((Purpose::Person.into(), self.person(&key)));
        }
        let mut add = |purpose: Purpose, text: &str| {
            let index = self.index_in(onboarding.key.tenant.as_str(), purpose, text);
            let entry = (purpose.into(), index);
            if !list.contains(&entry) {
                list.push(entry);
            }
        };
        if let Some(family) = &draft.family_name {
            add(Purpose::Name, MatchKey::of(family.as_str()).as_str());
            if let Some(given) = &draft.given_name {
                for key in full_name_keys(given.as_str(), family.as_str()) {
                    add(Purpose::Name, key.as_str());
                }
            }
        }
        let emails = [&draft.personal_email, &draft.professional_email];
        for email in emails.into_iter().flatten() {
            add(Purpose::Email, &EmailAddress::folded(email));
        }
        list
    }
}

/// A value from its JSON.
fn read<T: DeserializeOwned>(plain: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(plain).map_err(|_| StoreError::Malformed)
}

/// Marks the rank of an onboarding without a start date.
const UNDATED: char = '?';

/// The sort key of lists: what somebody has to see to comes first, then by start date. An
/// onboarding without a start date sorts as if it started on the day it was stored (in UTC): after
/// those who should have started by then, and before those who start later, however long it waits.
pub(super) fn rank(of: &Onboarding) -> String {
    let ended = u8::from(!of.is_waited_for());
    match of.draft().contract_start_date {
        Some(start) => format!("{ended}{start}"),
        None => {
            let stored = of.create_time.to_zoned_datetime(TimeZone::UTC).date();
            format!("{ended}{stored}{UNDATED}")
        }
    }
}

/// The ranks of what somebody has to see to are below this.
pub(super) const ENDED: &str = "1";

/// What waits, from groups of rows: state, rank, problem and number of rows.
///
/// A word that this version does not know costs nobody the counts: a group of an unknown state or
/// rank is left out, one with an unknown problem counts without it, and the log says how many.
pub(super) fn waiting_counts(
    groups: impl IntoIterator<Item = (String, String, Option<String>, i64)>,
) -> Vec<WaitingCount> {
    let mut unknown = 0;
    let mut counts = Vec::new();
    for (state, rank, problem, count) in groups {
        let count = u64::try_from(count).unwrap_or_default();
        let code = problem.as_deref().and_then(|code| code.parse().ok());
        if code.is_none() && problem.is_some() {
            unknown += count;
        }
        match (state.parse::<State>().ok(), start_of(&rank)) {
            (Some(state), Some(start)) => counts.push(WaitingCount {
                state,
                start,
                problem: code,
                count,
            }),
            _ => unknown += count,
        }
    }
    if unknown > 0 {
        tracing::warn!(
            onboardings = unknown,
            "some onboardings have a state, start date or problem that this version does not know"
        );
    }
    counts
}

/// The start date of a rank, if it has one; `None` if it is no rank.
fn start_of(rank: &str) -> Option<Option<CivilDate>> {
    let date = rank.get(1..)?;
    if date.ends_with(UNDATED) {
        return Some(None);
    }
    CivilDate::parse_iso(date).ok().map(Some)
}

/// The record that a value of an attempt is bound to.
pub(super) fn record(id: impl std::fmt::Display, attempt: u32) -> String {
    format!("{id}/{attempt}")
}

fn context<'a>(tenant: &'a str, record: &'a str, column: Column) -> SealContext<'a> {
    SealContext {
        tenant,
        record,
        column: column.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::finding::ProblemCode;

    #[test]
    fn what_cannot_be_read_back_is_not_sealed() {
        let keyring = crate::store::conformance::resealing::keyring(&[1]);
        let records = Records::new(keyring, BlindIndex::new([1; 32]));
        assert!(records.plain::<u32>(&7).is_ok());
        let refused = records.plain::<u32>(&"a text");
        assert!(
            matches!(refused, Err(StoreError::NotReadBack)),
            "{refused:?}"
        );
        assert_eq!(records.noticed.refused_writes(), 1);
    }

    #[test]
    fn a_word_that_is_not_known_costs_nobody_the_counts() {
        let group = |state: &str, rank: &str, problem: Option<&str>| {
            (
                state.to_owned(),
                rank.to_owned(),
                problem.map(str::to_owned),
                2,
            )
        };
        let counts = waiting_counts([
            group("PARKED", "02027-03-01", None),
            group("ACCEPTED", "0soon", None),
            group("NEEDS_ATTENTION", "02027-03-01", Some("BAD_WEATHER")),
            group("NEEDS_ATTENTION", "02027-03-01?", Some("REHIRE")),
        ]);
        let found: Vec<_> = counts
            .iter()
            .map(|it| (it.start.is_some(), it.problem, it.count))
            .collect();
        assert_eq!(
            found,
            [(true, None, 2), (false, Some(ProblemCode::Rehire), 2)]
        );
    }
}
