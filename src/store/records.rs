//! How things become rows: what is sealed, what is found by a blind index, and what stands in the
//! clear. The same for every store.

mod rank;
mod sealing;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use super::{SourceKey, StoreError, quarantine::Noticed};
use crate::{
    db::{BlindIndex, Keyring},
    domain::{
        email::EmailAddress,
        ids::{Account, OnboardingId, SystemName, TenantId},
        matching_key::{MatchKey, full_name_keys},
        onboarding::{
            Onboarding,
            acceptance::{Acceptance, AcceptanceSubject},
        },
    },
};

pub(super) use rank::{ENDED, rank, waiting_counts};
pub(super) use sealing::{Column, Kept, record};

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
    /// Another id of a hire than the one it goes by, such as its person's.
    Person,
    /// An entry of the history, and the one before it.
    History,
}

/// A hire of a source on an account, by its index value.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub tenant: TenantId,
    pub account: Account,
    pub system: SystemName,
    pub index: Index,
}

/// The ids of an erased hire, as keyed hashes: it is found by them although the ids are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HashedIds {
    source: Index,
    /// Those beside the one it went by.
    others: Vec<Index>,
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

    /// The hire of an onboarding; `ids` are those of an erased one.
    pub(super) fn source_of(&self, of: &Onboarding, ids: Option<&HashedIds>) -> Source {
        let source = self.source(&SourceKey::of(&of.key), &of.key.account);
        match ids {
            Some(ids) => Source {
                index: ids.source,
                ..source
            },
            None => source,
        }
    }

    /// The ids of an onboarding that is about to be erased.
    pub(super) fn hashed_ids(&self, of: &Onboarding) -> HashedIds {
        HashedIds {
            source: self.source_of(of, None).index,
            others: self.others_of(of),
        }
    }

    /// The ids of an onboarding beside the one it goes by.
    fn others_of(&self, of: &Onboarding) -> Vec<Index> {
        let ids = of.person.iter().chain(&of.also_known);
        let index = ids.map(|id| {
            self.person(&SourceKey {
                external_id: id.clone(),
                ..SourceKey::of(&of.key)
            })
        });
        index.collect()
    }

    /// The index value of a person, whose id is the external id of the key.
    pub(super) fn person(&self, key: &SourceKey) -> Index {
        let (tenant, system) = (key.tenant.as_str(), key.system.as_str());
        let text = format!("{system}\n{}", key.external_id.as_str());
        self.index_in(tenant, Purpose::Person, &text)
    }

    /// By what an onboarding is found: purposes and index values. `ids` are those of an erased one.
    pub(super) fn lookups(
        &self,
        onboarding: &Onboarding,
        ids: Option<&HashedIds>,
    ) -> Vec<(&'static str, Index)> {
        let draft = onboarding.draft();
        let others = match ids {
            Some(ids) => ids.others.clone(),
            None => self.others_of(onboarding),
        };
        let others = others
            .into_iter()
            .map(|index| (Purpose::Person.into(), index));
        let mut list: Vec<(&'static str, Index)> = others.collect();
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
