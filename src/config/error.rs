//! What is wrong with the settings.

/// Everything that is wrong with the settings, one line each: the key as `section.key`, or the file
/// or variable it was found in, and what is wrong or expected. Never the value, which may be a
/// secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the settings cannot be used:\n  {}", .0.join("\n  "))]
pub struct ConfigError(pub(super) Vec<String>);

impl ConfigError {
    pub(super) fn unless_empty(problems: Vec<String>) -> Result<(), Self> {
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Self(problems)),
        }
    }

    /// The problems; there is at least one.
    pub fn problems(&self) -> &[String] {
        &self.0
    }
}
