//! What is sealed of records, and what each sealed value is bound to.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use strum::IntoStaticStr;

use super::{HashedIds, Records};
use crate::{
    db::{DataKey, SealContext, SealError},
    domain::{
        attempt::{Attempt, EvidenceEntry, Intent},
        onboarding::{Onboarding, submission::Hire},
        tenant::Tenant,
    },
    store::{StoreError, chain::Head},
};

/// A column of sealed values. Each value is bound to the word of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(in crate::store) enum Column {
    Tenant,
    TenantVersion,
    Onboarding,
    Intent,
    Evidence,
    DataKey,
    Early,
}

/// What is sealed in the document of a tenant.
#[derive(Serialize)]
struct TenantDocument<'a> {
    #[serde(flatten)]
    tenant: &'a Tenant,
    #[serde(rename = "row_version")]
    version: u64,
}

/// The part of a [`TenantDocument`] that is not the tenant's. Older versions did not store it.
#[derive(Deserialize)]
struct KeptVersion {
    #[serde(default, rename = "row_version")]
    version: u64,
}

/// What is sealed in the document of an onboarding. The onboarding keeps no attempts there, so the
/// document says how many entries of evidence each has: a missing row is noticed.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    onboarding: &'a Onboarding,
    attempts: Vec<usize>,
    history: &'a Head,
    #[serde(skip_serializing_if = "Option::is_none")]
    ids: Option<&'a HashedIds>,
}

/// The part of a [`Document`] that is not the onboarding's. Older versions did not store it.
#[derive(Deserialize)]
pub(in crate::store) struct Kept {
    /// How many entries of evidence each attempt has.
    pub attempts: Option<Vec<usize>>,
    /// The end of the chain of its history.
    #[serde(default)]
    pub history: Head,
    /// The ids of an erased hire.
    #[serde(default)]
    pub ids: Option<HashedIds>,
}

impl Records {
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
    pub(in crate::store) fn data_key(
        &self,
        of: &Onboarding,
    ) -> Result<(DataKey, Vec<u8>), StoreError> {
        let id = of.id.to_string();
        let context = context(of.key.tenant.as_str(), &id, Column::DataKey);
        Ok(DataKey::make(&self.keyring, &context)?)
    }

    /// Opens the data key of an onboarding.
    pub(in crate::store) fn open_data_key(
        &self,
        tenant: &str,
        id: &str,
        sealed: &[u8],
    ) -> Result<DataKey, StoreError> {
        let context = context(tenant, id, Column::DataKey);
        Ok(DataKey::unseal(&self.keyring, &context, sealed)?)
    }

    /// Seals with the newest key what an older one has sealed.
    pub(in crate::store) fn reseal(
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

    pub(in crate::store) fn seal_tenant(
        &self,
        tenant: &Tenant,
        version: u64,
    ) -> Result<Vec<u8>, StoreError> {
        let id = tenant.id.as_str();
        let document = TenantDocument { tenant, version };
        let plain = self.plain::<Tenant>(&document)?;
        let context = context(id, id, Column::Tenant);
        Ok(self.keyring.seal(&context, &plain)?)
    }

    /// Opens the document of a tenant, and the version of its row.
    pub(in crate::store) fn open_tenant(
        &self,
        id: &str,
        sealed: &[u8],
    ) -> Result<(Tenant, u64), StoreError> {
        let plain = self
            .keyring
            .open(&context(id, id, Column::Tenant), sealed)?;
        Ok((read(&plain)?, read::<KeptVersion>(&plain)?.version))
    }

    /// Seals the version of a tenant for the register.
    pub(in crate::store) fn seal_version(
        &self,
        id: &str,
        version: u64,
    ) -> Result<Vec<u8>, StoreError> {
        let plain = self.plain::<u64>(&version)?;
        let context = context(id, id, Column::TenantVersion);
        Ok(self.keyring.seal(&context, &plain)?)
    }

    pub(in crate::store) fn open_version(
        &self,
        id: &str,
        sealed: &[u8],
    ) -> Result<u64, StoreError> {
        let context = context(id, id, Column::TenantVersion);
        read(&self.keyring.open(&context, sealed)?)
    }

    /// Seals an update that waits for its hire, which has no data key yet.
    pub(in crate::store) fn seal_early(
        &self,
        tenant: &str,
        id: &str,
        hire: &Hire,
    ) -> Result<Vec<u8>, StoreError> {
        let plain = self.plain::<Hire>(hire)?;
        let context = context(tenant, id, Column::Early);
        Ok(self.keyring.seal(&context, &plain)?)
    }

    pub(in crate::store) fn open_early(
        &self,
        tenant: &str,
        id: &str,
        sealed: &[u8],
    ) -> Result<Hire, StoreError> {
        let context = context(tenant, id, Column::Early);
        read(&self.keyring.open(&context, sealed)?)
    }

    /// Seals an onboarding without its attempts.
    pub(in crate::store) fn seal_onboarding(
        &self,
        key: &DataKey,
        onboarding: &Onboarding,
        history: &Head,
        ids: Option<&HashedIds>,
    ) -> Result<Vec<u8>, StoreError> {
        let id = onboarding.id.to_string();
        let tenant = onboarding.key.tenant.as_str();
        let attempts = onboarding.attempts.iter();
        let document = Document {
            onboarding,
            attempts: attempts.map(|attempt| attempt.seen.len()).collect(),
            history,
            ids,
        };
        let plain = self.plain::<Onboarding>(&document)?;
        Ok(key.seal(&context(tenant, &id, Column::Onboarding), &plain)?)
    }

    pub(in crate::store) fn seal_intent(
        &self,
        key: &DataKey,
        of: &Onboarding,
        attempt: &Attempt,
    ) -> Result<Vec<u8>, StoreError> {
        let (tenant, record) = (of.key.tenant.as_str(), record(of.id, attempt.number));
        let plain = self.plain::<Intent>(&attempt.intent)?;
        Ok(key.seal(&context(tenant, &record, Column::Intent), &plain)?)
    }

    pub(in crate::store) fn seal_evidence(
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
    pub(in crate::store) fn open_document(
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

    pub(in crate::store) fn open_intent(
        &self,
        key: Option<&DataKey>,
        of: &Onboarding,
        attempt: u32,
        sealed: &[u8],
    ) -> Result<Intent, StoreError> {
        let (tenant, record) = (of.key.tenant.as_str(), record(of.id, attempt));
        read(&self.open(key, &context(tenant, &record, Column::Intent), sealed)?)
    }

    pub(in crate::store) fn open_evidence(
        &self,
        key: Option<&DataKey>,
        of: &Onboarding,
        attempt: u32,
        sealed: &[u8],
    ) -> Result<EvidenceEntry, StoreError> {
        let (tenant, record) = (of.key.tenant.as_str(), record(of.id, attempt));
        read(&self.open(key, &context(tenant, &record, Column::Evidence), sealed)?)
    }
}

/// A value from its JSON.
fn read<T: DeserializeOwned>(plain: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(plain).map_err(|_| StoreError::Malformed)
}

/// The record that a value of an attempt is bound to.
pub(in crate::store) fn record(id: impl std::fmt::Display, attempt: u32) -> String {
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
    use crate::db::BlindIndex;

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
}
