//! The bad fields of a request, all at once.

use tonic_types::FieldViolation;

use super::ApiError;
use crate::pb::Faults;

/// The bad fields of a request, all of them.
#[derive(Debug, Default)]
pub struct Violations(pub(super) Vec<FieldViolation>);

impl Violations {
    /// Adds a bad field, by its proto path, with what is wrong.
    pub fn add(&mut self, field: impl Into<String>, description: impl ToString) {
        self.0
            .push(FieldViolation::new(field, description.to_string()));
    }

    /// The value, or the field added and nothing.
    pub fn keep<T, E: ToString>(
        &mut self,
        field: impl Into<String>,
        result: Result<T, E>,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.add(field, error.to_string());
                None
            }
        }
    }

    /// Nothing if nothing is bad.
    ///
    /// # Errors
    /// All that is bad.
    pub fn check(self) -> Result<(), ApiError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ApiError::Invalid(self))
        }
    }

    /// Whether nothing is bad so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Violations> for ApiError {
    fn from(violations: Violations) -> Self {
        Self::Invalid(violations)
    }
}

impl From<Faults> for ApiError {
    fn from(faults: Faults) -> Self {
        let mut violations = Violations::default();
        for (path, what) in faults {
            violations.add(path, what);
        }
        violations.into()
    }
}
