//! How things become rows: what is sealed, what is looked up by a blind index, what is
//! in the clear. The same for every store.

use jiff::{Timestamp, tz::TimeZone};
use serde::{Serialize, de::DeserializeOwned};

use super::{Standing, StoreError};
use crate::{
    db::{BlindIndex, Keyring, Place, SealError},
    domain::{
        attempt::{Attempt, Intent, Seen},
        dates::CivilDate,
        email::EmailAddress,
        finding::ProblemCode,
        ids::{ExternalId, OnboardingId, SystemName, TenantId},
        matching_key::MatchKey,
        onboarding::{
            Onboarding, State,
            lesson::{Subject, Taught},
        },
        tenant::Tenant,
    },
};

/// What an index value is for; the same text has another value in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The external id of a source.
    Source,
    /// A caller's request id.
    Request,
    /// A full name in either order, or a family name.
    Name,
    /// An e-mail address.
    Email,
    /// A claimed login.
    Claim,
    /// The content of a request.
    Content,
    /// A person's id in the system a hire comes from.
    Person,
}

impl Purpose {
    /// Its name, which is part of the value.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Request => "request",
            Self::Name => "name",
            Self::Email => "email",
            Self::Claim => "claim",
            Self::Content => "content",
            Self::Person => "person",
        }
    }
}

/// Seals, opens and indexes.
#[derive(Debug)]
pub struct Records {
    keyring: Keyring,
    index: BlindIndex,
}

/// An onboarding as a row.
#[derive(Debug)]
pub struct OnboardingRow {
    /// Everything, sealed.
    pub document: Vec<u8>,
    /// Sorts what has not ended first, then by start date.
    pub urgency: String,
    /// The problem's code.
    pub problem: Option<&'static str>,
    /// The user id in Lucca.
    pub lucca_user: Option<i64>,
    /// When a worker should look at it; `None`: never.
    pub wake: Option<i64>,
    /// From when the retention time counts; `None`: it does not.
    pub retain_from: Option<i64>,
    /// The claim that must be held.
    pub claim: Option<[u8; 16]>,
    /// By what it is found: purpose and index value.
    pub lookups: Vec<(&'static str, [u8; 16])>,
}

/// Milliseconds since 1970.
pub fn millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// Milliseconds since 1970, rounded up: nothing that has to wait begins too early.
pub fn millis_up(time: Timestamp) -> i64 {
    millis(time) + i64::from(time.subsec_nanosecond().rem_euclid(1_000_000) > 0)
}

/// The time of milliseconds since 1970.
pub fn time(millis: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(millis).map_err(|_| StoreError::Malformed)
}

/// What is known about a subject, from its name and times.
pub fn taught(
    subject: &str,
    accepted: Option<i64>,
    refused: Option<i64>,
) -> Result<Taught, StoreError> {
    Ok(Taught {
        subject: Subject::parse(subject).ok_or(StoreError::Malformed)?,
        accepted: accepted.map(time).transpose()?,
        refused: refused.map(time).transpose()?,
    })
}

impl Records {
    /// With these keys.
    pub fn new(keyring: Keyring, index: BlindIndex) -> Self {
        Self { keyring, index }
    }

    /// The index value of a text.
    pub fn index(&self, purpose: Purpose, text: &str) -> [u8; 16] {
        self.index.of(purpose.name(), text)
    }

    /// The index value of a source's external id, which is one per tenant and system.
    pub fn source(&self, tenant: &TenantId, external_id: &ExternalId) -> [u8; 16] {
        self.index(
            Purpose::Source,
            &format!("{}\n{}", tenant.as_str(), external_id.as_str()),
        )
    }

    /// The index value of a person's id, which is one per tenant and system.
    pub fn person(&self, tenant: &TenantId, system: &SystemName, id: &ExternalId) -> [u8; 16] {
        let (tenant, system) = (tenant.as_str(), system.as_str());
        let text = format!("{tenant}\n{system}\n{}", id.as_str());
        self.index(Purpose::Person, &text)
    }

    fn seal<T: Serialize>(&self, place: &Place<'_>, value: &T) -> Result<Vec<u8>, StoreError> {
        let plain = serde_json::to_vec(value).map_err(|_| StoreError::Malformed)?;
        Ok(self.keyring.seal(place, &plain)?)
    }

    fn open<T: DeserializeOwned>(&self, place: &Place<'_>, sealed: &[u8]) -> Result<T, StoreError> {
        let plain = self.keyring.open(place, sealed)?;
        serde_json::from_slice(&plain).map_err(|_| StoreError::Malformed)
    }

    /// The keys.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Seals with the newest key what an older one has sealed.
    pub fn seal_anew(
        &self,
        tenant: &str,
        record: &str,
        column: &str,
        sealed: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let place = place(tenant, record, column);
        self.keyring
            .seal(&place, &self.keyring.open(&place, sealed)?)
    }

    /// Seals a tenant.
    pub fn seal_tenant(&self, tenant: &Tenant) -> Result<Vec<u8>, StoreError> {
        let id = tenant.id.as_str();
        self.seal(&place(id, id, "tenant"), tenant)
    }

    /// Opens a tenant.
    pub fn open_tenant(&self, id: &str, sealed: &[u8]) -> Result<Tenant, StoreError> {
        self.open(&place(id, id, "tenant"), sealed)
    }

    /// An onboarding as a row.
    pub fn onboarding_row(&self, onboarding: &Onboarding) -> Result<OnboardingRow, StoreError> {
        let id = onboarding.id.to_string();
        let tenant = onboarding.key.tenant.as_str();
        let draft = onboarding.draft();
        Ok(OnboardingRow {
            document: self.seal(&place(tenant, &id, "onboarding"), onboarding)?,
            urgency: rank(onboarding, draft.contract_start_date),
            problem: onboarding.problem().as_ref().map(|it| it.code.as_str()),
            lucca_user: onboarding.lucca_user().as_ref().map(|user| user.id.get()),
            wake: onboarding.due().map(millis_up),
            retain_from: onboarding.retained_from().map(millis_up),
            claim: onboarding
                .claim()
                .map(|claim| self.index(Purpose::Claim, claim)),
            lookups: self.lookups(onboarding),
        })
    }

    fn lookups(&self, onboarding: &Onboarding) -> Vec<(&'static str, [u8; 16])> {
        let draft = onboarding.draft();
        let mut list = Vec::new();
        if let Some(person) = &onboarding.person {
            let (tenant, system) = (&onboarding.key.tenant, &onboarding.key.system);
            list.push((Purpose::Person.name(), self.person(tenant, system, person)));
        }
        let mut add = |purpose: Purpose, text: &str| {
            let entry = (purpose.name(), self.index(purpose, text));
            if !list.contains(&entry) {
                list.push(entry);
            }
        };
        if let Some(family) = &draft.family_name {
            add(Purpose::Name, MatchKey::of(family.as_str()).as_str());
            if let Some(given) = &draft.given_name {
                for key in
                    crate::domain::matching_key::full_name_keys(given.as_str(), family.as_str())
                {
                    add(Purpose::Name, key.as_str());
                }
            }
        }
        for email in [&draft.personal_email, &draft.professional_email]
            .into_iter()
            .flatten()
        {
            add(Purpose::Email, &EmailAddress::folded(email));
        }
        list
    }

    /// Opens an onboarding; its attempts come apart.
    pub fn open_onboarding(
        &self,
        tenant: &str,
        id: &str,
        sealed: &[u8],
    ) -> Result<Onboarding, StoreError> {
        self.open(&place(tenant, id, "onboarding"), sealed)
    }

    /// Seals an attempt's intent.
    pub fn seal_intent(&self, at: &Onboarding, attempt: &Attempt) -> Result<Vec<u8>, StoreError> {
        let record = record(at.id, attempt.number);
        self.seal(
            &place(at.key.tenant.as_str(), &record, "intent"),
            &attempt.intent,
        )
    }

    /// Opens an attempt's intent.
    pub fn open_intent(
        &self,
        at: &Onboarding,
        number: u32,
        sealed: &[u8],
    ) -> Result<Intent, StoreError> {
        let record = record(at.id, number);
        self.open(&place(at.key.tenant.as_str(), &record, "intent"), sealed)
    }

    /// Seals a piece of evidence.
    pub fn seal_seen(
        &self,
        at: &Onboarding,
        number: u32,
        seen: &Seen,
    ) -> Result<Vec<u8>, StoreError> {
        let record = record(at.id, number);
        self.seal(&place(at.key.tenant.as_str(), &record, "evidence"), seen)
    }

    /// Opens a piece of evidence.
    pub fn open_seen(
        &self,
        at: &Onboarding,
        number: u32,
        sealed: &[u8],
    ) -> Result<Seen, StoreError> {
        let record = record(at.id, number);
        self.open(&place(at.key.tenant.as_str(), &record, "evidence"), sealed)
    }
}

/// Marks the rank of what has no start date.
const UNDATED: char = '?';

/// By what lists are ordered: what somebody has to see to first, then by start date. What has
/// none stands where it would if it started on the day it came (in UTC): after those who
/// should have started by then, and before those who start later, however long it waits.
fn rank(of: &Onboarding, start: Option<CivilDate>) -> String {
    let ended = u8::from(!of.is_waited_for());
    match start {
        Some(start) => format!("{ended}{start}"),
        None => {
            let came = of.create_time.to_zoned_datetime(TimeZone::UTC).date();
            format!("{ended}{came}{UNDATED}")
        }
    }
}

/// The ranks of what somebody has to see to are below this.
pub const ENDED: &str = "1";

/// What stands in a state with a rank.
///
/// # Errors
/// The state, the rank or the problem is none.
pub fn standing(
    state: &str,
    rank: &str,
    problem: Option<&str>,
    count: i64,
) -> Result<Standing, StoreError> {
    let known = |code: &str| {
        code.parse::<ProblemCode>()
            .map_err(|_| StoreError::Malformed)
    };
    let problem = problem.map(known).transpose()?;
    let state = state.parse::<State>().map_err(|_| StoreError::Malformed)?;
    let start = match rank.get(1..) {
        Some(undated) if undated.ends_with(UNDATED) => None,
        Some(date) => Some(CivilDate::parse_iso(date).map_err(|_| StoreError::Malformed)?),
        None => return Err(StoreError::Malformed),
    };
    Ok(Standing {
        state,
        start,
        problem,
        count: u64::try_from(count).map_err(|_| StoreError::Malformed)?,
    })
}

fn record(id: OnboardingId, attempt: u32) -> String {
    format!("{id}/{attempt}")
}

fn place<'a>(tenant: &'a str, record: &'a str, column: &'a str) -> Place<'a> {
    Place {
        tenant,
        record,
        column,
    }
}
