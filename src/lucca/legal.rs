//! Legal units: the companies that establishments belong to.
//!
//! An establishment has a `legalUnitId`, and a `legalUnit` with a name
//! (`organization/establishments/list-establishments`); which members that has is not
//! documented in full.

use serde_json::Value;

use super::{
    Access, LuccaClient, ReadError,
    answer::{id, member, number, owned},
};
use crate::domain::lucca_id::LuccaId;

/// A legal unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegalUnit {
    /// Its id.
    pub id: LuccaId,
    /// Its name; empty if Lucca does not give it.
    pub name: String,
}

impl LegalUnit {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            id: id(value)?,
            name: owned(value, "name").unwrap_or_default(),
        })
    }
}

/// The legal unit that an establishment names.
pub(super) fn unit_of(establishment: &Value) -> Option<LegalUnit> {
    let named = member(establishment, "legalUnit").and_then(LegalUnit::read);
    named.or_else(|| {
        let id = number(establishment, "legalUnitId")?;
        Some(LegalUnit {
            id: LuccaId::try_from(id).ok()?,
            name: String::new(),
        })
    })
}

impl LuccaClient {
    /// Every legal unit that is not archived.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn legal_units(&self, access: Access<'_>) -> Result<Vec<LegalUnit>, ReadError> {
        let path = "/organization/structure/api/legal-units";
        self.v4_list(access, path, None, LegalUnit::read).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_legal_unit_of_an_establishment_is_read_with_or_without_its_name() {
        for (establishment, expected) in [
            (
                json!({"legalUnitId": 2, "legalUnit": {"id": 2, "name": "SARL"}}),
                Some((2, "SARL")),
            ),
            (json!({"legalUnitId": 2}), Some((2, ""))),
            (json!({"legalUnitId": 2, "legalUnit": null}), Some((2, ""))),
            (json!({"LegalUnit": {"Id": 2}}), Some((2, ""))),
            (json!({"legalUnitId": null}), None),
            (json!({"legalUnitId": 0}), None),
            (json!({}), None),
        ] {
            let unit = unit_of(&establishment);
            let short = unit
                .as_ref()
                .map(|unit| (unit.id.get(), unit.name.as_str()));
            assert_eq!(short, expected, "{establishment}");
        }
    }
}
