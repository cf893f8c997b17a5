//! `GetStatus` with `refresh`: a look at the employee in Lucca.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::SignedDuration;
use prost_types::Value as WireValue;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{ApiError, call::Call, guard::Deadline, shared::Shared};
use crate::{
    directory::DirectoryCache,
    domain::{
        dates::today,
        employee::Employee,
        extension::ExtensionDefinition,
        field::Field,
        finding::{Warning, WarningKind},
        onboarding::{BusinessKey, LuccaUser, Onboarding, State, refresh::Observation},
        tenant::Tenant,
    },
    lucca::{Access, LuccaClient, Priority},
    pb::{onboarding::warning, v1, values},
    store::{Actor, Lookup, SourceKey},
};

/// How old the names of list entries may be: they rarely change, and reading them costs calls.
const NAMES_AGE: SignedDuration = SignedDuration::from_hours(24);

/// The longest retry delay in the answer when the account's calls are used up.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long a confirmation waits for a look at the employee.
const LONGEST_LOOK: Duration = Duration::from_secs(3);

/// Looks at employees in Lucca.
#[derive(Clone)]
pub struct Refresher {
    shared: Shared,
    client: Arc<LuccaClient>,
    directories: Arc<DirectoryCache>,
}

/// Custom data read back, and warnings about them.
#[derive(Debug, Default, PartialEq)]
struct Custom {
    data: HashMap<String, WireValue>,
    warnings: Vec<Warning>,
}

impl Refresher {
    /// With what it needs.
    pub fn new(shared: Shared, client: Arc<LuccaClient>, directories: Arc<DirectoryCache>) -> Self {
        Self {
            shared,
            client,
            directories,
        }
    }

    /// The onboarding after a look at its employee. Without an employee, or once the person's
    /// data is erased, nothing is read.
    ///
    /// # Errors
    /// Lucca cannot be read by the deadline or refuses the key, the tenant points to another
    /// Lucca by now, or the store does not answer.
    pub async fn show(
        &self,
        call: &Call,
        onboarding: Onboarding,
    ) -> Result<v1::Onboarding, ApiError> {
        let is_created = onboarding.state() == State::Created && !onboarding.erased;
        let Some(user) = onboarding.lucca_user().filter(|_| is_created).cloned() else {
            return self.shared.show(call, &onboarding, None).await;
        };
        let tenant = self.tenant_of(&onboarding).await?;
        let (onboarding, employee) = self.observe(call, &onboarding, &user, &tenant).await?;
        let custom = match &employee {
            Some(employee) => self.custom(&tenant, employee, call.deadline).await,
            None => Custom::default(),
        };
        let mut shown = self.shared.show(call, &onboarding, Some(&tenant)).await?;
        shown.extended_data = custom.data;
        let warnings = custom.warnings.iter();
        let warnings = warnings.map(|it| warning(it, call.language));
        shown.warnings.extend(warnings);
        Ok(shown)
    }

    /// Looks whether the employee of a withdrawn hire is still there before the hire is confirmed
    /// again: the file was to be deleted. If Lucca does not answer in time, the last look counts.
    pub async fn look_before(&self, call: &Call, key: &BusinessKey) {
        let look = async {
            let lookup = Lookup::Source(SourceKey::of(key), key.account.clone());
            let latest = self.shared.store().onboarding(lookup).await?;
            let withdrawn = latest.filter(|it| it.is_withdrawn() && !it.erased);
            if let Some(latest) = withdrawn
                && let Some(user) = latest.lucca_user()
            {
                let tenant = self.tenant_of(&latest).await?;
                self.observe(call, &latest, user, &tenant).await?;
            }
            Ok::<_, ApiError>(())
        };
        match tokio::time::timeout(LONGEST_LOOK, look).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => {
                tracing::warn!(tenant = %key.tenant, "the employee of a withdrawn hire could not be looked at");
            }
        }
    }

    /// The tenant, if it still points to the Lucca of the employee.
    async fn tenant_of(&self, onboarding: &Onboarding) -> Result<Tenant, ApiError> {
        let tenant = self.shared.tenant(&onboarding.key.tenant).await?;
        if tenant.account != onboarding.key.account {
            return Err(ApiError::AccountChanged(onboarding.id.to_string()));
        }
        if tenant.disabled {
            return Err(ApiError::TenantDisabled(tenant.id.to_string()));
        }
        Ok(tenant)
    }

    /// Reads the employee and stores what that says about the follow-ups.
    async fn observe(
        &self,
        call: &Call,
        onboarding: &Onboarding,
        user: &LuccaUser,
        tenant: &Tenant,
    ) -> Result<(Onboarding, Option<Employee>), ApiError> {
        let store = self.shared.store();
        let at = self.shared.now();
        let custom = !tenant.readable_extended_data.is_empty()
            || onboarding
                .follow_ups()
                .any(|item| item.is_change() && item.field() == Some(Field::ExtendedData));
        let gate = self.client.gate();
        let priority = priority(gate.left(tenant).await?, gate.limit(tenant));
        let access = Access::new(tenant, priority);
        let read = self.client.employee(access, user.id, custom);
        let employee = match tokio::time::timeout_at(soon(call.deadline), read).await {
            Ok(read) => read?,
            Err(_) => return Err(self.late(tenant).await),
        };
        if employee.is_some() {
            self.directories.shown(tenant, user.id).await;
        }
        let visibility_proven = store
            .visibility_proven(&tenant.account, &tenant.id, tenant.api_key.version)
            .await?;
        let seen = Observation {
            user: user.id,
            employee: employee.clone(),
            visibility_proven,
            shown_before: false,
            at,
            today: today(at, &tenant.time_zone),
            labels: tenant.labels.clone(),
        };
        let id = onboarding.id;
        let observed = store
            .observe(id, Actor::named(&call.caller.name), seen)
            .await?;
        let observed = observed.ok_or_else(|| ApiError::OnboardingNotFound(id.to_string()))?;
        Ok((observed, employee))
    }

    /// Why Lucca did not answer by the deadline.
    async fn late(&self, tenant: &Tenant) -> ApiError {
        match self.client.gate().left(tenant).await {
            // Calls become available one by one.
            Ok(0) => {
                let window = self.client.gate().rules().window;
                ApiError::LuccaBudgetExhausted(window.min(LONGEST_PAUSE))
            }
            Ok(_) => ApiError::LuccaUnavailable,
            Err(error) => error.into(),
        }
    }

    /// The custom data that the tenant lists. Never an error: the status matters more.
    async fn custom(&self, tenant: &Tenant, employee: &Employee, deadline: Deadline) -> Custom {
        let codes = &tenant.readable_extended_data;
        if codes.is_empty() {
            return Custom::default();
        }
        let Some(data) = &employee.extended_data else {
            let codes = codes.clone();
            return Custom {
                warnings: vec![WarningKind::ExtendedDataNotReadable { codes }.into()],
                ..Custom::default()
            };
        };
        let shown = |code: &str| {
            let mut data = data.iter();
            data.find_map(|(name, value)| name.eq_ignore_ascii_case(code).then_some(value))
        };
        let has_choices = codes.iter().filter_map(|code| shown(code)).any(is_choice);
        let definitions = match has_choices {
            true => self.definitions(tenant, deadline).await,
            false => None,
        };
        let mut custom = Custom::default();
        for code in codes {
            let Some(value) = shown(code) else {
                let data = code.clone();
                let warning = WarningKind::ExtendedDataNotShown { data };
                custom.warnings.push(warning.into());
                continue;
            };
            let definition = definitions.iter().flat_map(|all| all.iter());
            let definition = definition.into_iter().find(|it| it.has_code(code));
            let value = definition.map_or_else(|| value.clone(), |it| named(it, value));
            custom.data.insert(code.clone(), values::value(&value));
        }
        custom
    }

    /// The lists that values are chosen from, if they can be read in time.
    async fn definitions(
        &self,
        tenant: &Tenant,
        deadline: Deadline,
    ) -> Option<Arc<[ExtensionDefinition]>> {
        let not_before = self.shared.now() - NAMES_AGE;
        let read = self
            .directories
            .definitions(tenant, not_before, Priority::Interactive);
        match tokio::time::timeout_at(soon(deadline), read).await {
            Ok(Ok(definitions)) => definitions,
            Ok(Err(error)) => {
                tracing::warn!(tenant = %tenant.id, %error,
                    "the names of list entries could not be read");
                None
            }
            Err(_) => None,
        }
    }
}

/// Refreshes have priority only while enough calls are left, so that a caller that refreshes again
/// and again does not delay hires.
fn priority(left: u32, limit: u32) -> Priority {
    match left > limit / 4 {
        true => Priority::Interactive,
        false => Priority::Background,
    }
}

/// Whether a value may be the id of a list entry.
fn is_choice(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_i64(),
        Value::Array(list) => list.iter().any(is_choice),
        _ => false,
    }
}

/// The value, with ids of list entries replaced by id and name.
fn named(definition: &ExtensionDefinition, value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(|value| named(definition, value)).collect(),
        value => value
            .as_i64()
            .and_then(|id| definition.entries.iter().find(|entry| entry.id == id))
            .map_or_else(
                || value.clone(),
                |entry| json!({ "id": entry.id, "name": entry.name }),
            ),
    }
}

/// Just before the deadline, so that there is time to answer with the cause.
fn soon(deadline: Deadline) -> Instant {
    deadline.before(Duration::from_millis(100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::extension::ListEntry;

    #[test]
    fn entries_of_lists_are_named_one_by_one_or_several() {
        let size = ExtensionDefinition {
            code: "e_size".into(),
            name: "Size".into(),
            entries: vec![ListEntry {
                id: 2,
                name: "M".into(),
            }],
        };
        let table = [
            (json!(2), json!({"id": 2, "name": "M"})),
            (json!([2, 3]), json!([{"id": 2, "name": "M"}, 3])),
            (json!(3), json!(3)),
            (json!("M"), json!("M")),
            (json!(null), json!(null)),
        ];
        for (value, expected) in table {
            assert_eq!(named(&size, &value), expected);
        }
    }

    #[test]
    fn a_look_takes_its_turn_among_the_hires_when_little_is_left() {
        use Priority::{Background, Interactive};
        for (left, limit, expected) in [
            (45, 45, Interactive),
            (12, 45, Interactive),
            (11, 45, Background),
            (0, 45, Background),
            (1, 1, Interactive),
            (0, 0, Background),
        ] {
            assert_eq!(priority(left, limit), expected, "{left} of {limit}");
        }
    }

    #[test]
    fn only_whole_numbers_may_be_entries() {
        for (value, expected) in [
            (json!(2), true),
            (json!(["a", 2]), true),
            (json!(1.5), false),
            (json!("2"), false),
            (json!({"a": 2}), false),
        ] {
            assert_eq!(is_choice(&value), expected, "{value}");
        }
    }
}
