//! Steering a running sandbox, and reading what it recorded.

use std::sync::Arc;

use parking_lot::MutexGuard;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::{
    answer::Refusal,
    clock::Moment,
    company::{Company, ExtensionDefinition, Switches, UnitKind},
    fault::Fault,
    keys::{Key, Rights},
    ledger::{Counters, Ledger},
    state::{Shared, State},
    user::User,
    v3::{self, person},
};

/// Why the control interface refuses something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// Lucca would not have such a person.
    #[error("{0}")]
    Refused(String),
    /// Members of a person are a JSON object.
    #[error("the members of a person are a JSON object")]
    NotAnObject,
    /// No key has this id.
    #[error("there is no key with this id")]
    NoSuchKey,
    /// No department, establishment, role or head has this id.
    #[error("there is nothing with this id")]
    NoSuchThing,
}

impl From<Refusal> for ControlError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

/// A cheap handle to a sandbox. It makes no calls: what it does counts towards no rate limit and
/// is not in the ledger.
#[derive(Debug, Clone)]
pub struct Control {
    shared: Arc<Shared>,
}

impl Control {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// Makes something go wrong. Each call is affected by the oldest fault that matches it.
    pub fn inject(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// Changes some switches.
    pub fn change_switches(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.state().switches);
    }

    /// The record of every call so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.state().ledger.clone()
    }

    /// Every person, by id.
    #[must_use]
    pub fn users(&self) -> Vec<User> {
        self.state().company.users.values().cloned().collect()
    }

    /// One person.
    #[must_use]
    pub fn user(&self, id: u64) -> Option<User> {
        self.state().company.users.get(&id).cloned()
    }

    /// Adds a person as HR would by hand; returns the id.
    ///
    /// The members are those of Lucca (`lastName`, `dtContractStart`, …); underscores and case do
    /// not matter. What is left out is made up: the names `Camille Ajout`, a login, an e-mail,
    /// today as the first day, the first establishment, department and role. There is no manager
    /// unless one is given.
    ///
    /// # Errors
    ///
    /// If a member is unknown or wrong, or the person collides with another.
    pub fn add_user(&self, members: Value) -> Result<u64, ControlError> {
        let state = &mut *self.state();
        let now = Moment::now();
        let mut members = read(members, &state.company.definitions)?;
        make_up(&state.company, now, &mut members);
        Ok(person::create(state, now, members, true, false)?)
    }

    /// Changes some members of a person as HR would by hand; moves `modifiedAt`.
    ///
    /// # Errors
    ///
    /// If there is no such person, or as for [`Control::add_user`].
    pub fn update_user(&self, id: u64, members: Value) -> Result<(), ControlError> {
        let state = &mut *self.state();
        let members = read(members, &state.company.definitions)?;
        Ok(person::update(state, Moment::now(), id, members)?)
    }

    /// Removes a person, as a restored backup would.
    pub fn remove_user(&self, id: u64) -> Option<User> {
        self.state().company.users.remove(&id)
    }

    /// The keys as they stand.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.state().keys.clone()
    }

    /// Adds a key, or replaces the one with the same id.
    pub fn add_key(&self, key: Key) {
        let keys = &mut self.state().keys;
        keys.retain(|known| known.id != key.id);
        keys.push(key);
    }

    /// Removes the key with this id; the first one is called `first`.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn revoke_key(&self, id: &str) -> Result<(), ControlError> {
        let keys = &mut self.state().keys;
        let position = keys.iter().position(|known| known.id == id);
        keys.remove(position.ok_or(ControlError::NoSuchKey)?);
        Ok(())
    }

    /// Sets what the key with this id may do; the first one is called `first`.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn set_rights(&self, id: &str, rights: Rights) -> Result<(), ControlError> {
        self.change_key(id, |key| key.rights = rights)
    }

    /// Sets which custom data the key with this id is not shown, by their codes.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn hide_data(&self, id: &str, codes: Vec<String>) -> Result<(), ControlError> {
        self.change_key(id, |key| key.hidden_data = codes)
    }

    fn change_key(&self, id: &str, change: impl FnOnce(&mut Key)) -> Result<(), ControlError> {
        let keys = &mut self.state().keys;
        let key = keys.iter_mut().find(|known| known.id == id);
        key.map(change).ok_or(ControlError::NoSuchKey)
    }

    /// Sets which custom fields people have. With none, any `e_…` is accepted.
    pub fn set_extension_definitions(&self, definitions: Vec<ExtensionDefinition>) {
        self.state().company.definitions = definitions;
    }

    /// Follows the counters, to wait for something without sleeping.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Counters> {
        self.shared.counters.subscribe()
    }

    /// Waits until so many calls have arrived since the start.
    pub async fn wait_for_calls(&self, calls: u64) {
        self.wait_for(|counters| counters.calls >= calls).await;
    }

    /// Waits until so many users have been created by calls since the start.
    pub async fn wait_for_users(&self, users: u64) {
        self.wait_for(|counters| counters.users_created >= users)
            .await;
    }

    /// Waits until the counters satisfy the condition.
    pub async fn wait_for(&self, condition: impl FnMut(&Counters) -> bool) {
        // This handle keeps the sender alive, so the wait cannot fail.
        let _ = self.subscribe().wait_for(condition).await;
    }
}

/// Checked members with Lucca's names, from members named without regard to case and underscores.
fn read(
    members: Value,
    definitions: &[ExtensionDefinition],
) -> Result<Map<String, Value>, ControlError> {
    let Value::Object(members) = members else {
        return Err(ControlError::NotAnObject);
    };
    let plain = |name: String| match name.starts_with("e_") {
        true => name,
        false => name.replace('_', ""),
    };
    let members = members.into_iter();
    let members = members.map(|(name, value)| (plain(name), value)).collect();
    Ok(v3::check(members, definitions)?)
}

/// Fills in what a creation needs.
fn make_up(company: &Company, now: Moment, members: &mut Map<String, Value>) {
    let mut put = |name: &str, value: Value| {
        let value = members.entry(name).or_insert(value);
        value.as_str().unwrap_or_default().to_owned()
    };
    let first = put("firstName", json!("Camille"));
    let last = put("lastName", json!("Ajout"));
    let login = person::free_login(company, &first, &last);
    put("mail", json!(format!("{login}@example.com")));
    put("login", json!(login));
    put(
        "dtContractStart",
        json!(format!("{}T00:00:00", now.today())),
    );
    put("managerId", Value::Null);
    for (name, kind) in [
        ("legalEntityId", UnitKind::Establishment),
        ("departmentId", UnitKind::Department),
        ("rolePrincipalId", UnitKind::Role),
    ] {
        if let Some(unit) = company.units(kind).next() {
            put(name, json!(unit.id));
        }
    }
}
