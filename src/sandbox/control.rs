//! Steering a running sandbox, and asking what it saw.

use std::sync::{Arc, MutexGuard};

use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::{
    clock::Moment,
    company::{Company, ExtensionDefinition},
    fault::Fault,
    keys::{Key, Rights},
    ledger::{Counters, Ledger},
    refusal::Refusal,
    state::{Shared, State},
    switches::Switches,
    user::User,
    v3::{self, person},
};

/// Why the control interface refuses something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// What was asked for would not make a person Lucca could have.
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
        Self::Refused(refusal.message)
    }
}

/// A cheap handle to a sandbox. What it does is no call: it costs no budget and leaves no trace
/// in the ledger.
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

    /// Makes something go wrong. Faults strike in the order they were injected, one per call.
    pub fn inject(&self, fault: Fault) {
        self.shared.state().faults.inject(fault);
    }

    /// Makes nothing go wrong any more.
    pub fn clear_faults(&self) {
        self.shared.state().faults.clear();
    }

    /// The switches as they stand.
    #[must_use]
    pub fn switches(&self) -> Switches {
        self.shared.state().switches.clone()
    }

    /// Sets all switches.
    pub fn set_switches(&self, switches: Switches) {
        self.shared.state().switches = switches;
    }

    /// Changes some switches.
    pub fn change_switches(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.shared.state().switches);
    }

    /// Everything that was asked so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.shared.state().ledger.clone()
    }

    /// Every person, by id.
    #[must_use]
    pub fn users(&self) -> Vec<User> {
        self.shared
            .state()
            .company
            .users
            .values()
            .cloned()
            .collect()
    }

    /// One person.
    #[must_use]
    pub fn user(&self, id: u64) -> Option<User> {
        self.shared.state().company.users.get(&id).cloned()
    }

    /// Adds a person as HR would by hand; returns the id.
    ///
    /// The members are those of Lucca (`lastName`, `dtContractStart`, …); underscores and case do
    /// not matter. What is left out is made up: the names `Camille Ajout`, a login, an e-mail,
    /// today as the first day, the first establishment, department and role. The manager is
    /// nobody unless given.
    ///
    /// # Errors
    ///
    /// If a member is unknown or wrong, or the person collides with another.
    pub fn add_user(&self, members: Value) -> Result<u64, ControlError> {
        let mut guard = self.shared.state();
        let state = &mut *guard;
        let now = Moment::now();
        let mut members = read(members, &state.company.definitions)?;
        make_up(&state.company, now, &mut members);
        let company = &mut state.company;
        Ok(person::create(
            company,
            &state.switches,
            now,
            members,
            true,
            false,
        )?)
    }

    /// Changes some members of a person as HR would by hand; moves `modifiedAt`.
    ///
    /// # Errors
    ///
    /// If there is no such person, or as for [`Control::add_user`].
    pub fn update_user(&self, id: u64, members: Value) -> Result<(), ControlError> {
        let mut guard = self.shared.state();
        let state = &mut *guard;
        let members = read(members, &state.company.definitions)?;
        let company = &mut state.company;
        Ok(person::update(
            company,
            &state.switches,
            Moment::now(),
            id,
            members,
        )?)
    }

    /// Removes a person, as a restored backup would.
    pub fn remove_user(&self, id: u64) -> Option<User> {
        self.shared.state().company.users.remove(&id)
    }

    /// The keys as they stand.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.shared.state().keys.clone()
    }

    /// Replaces all keys.
    pub fn set_keys(&self, keys: Vec<Key>) {
        self.shared.state().keys = keys;
    }

    /// Adds a key, or replaces the one with the same id.
    pub fn add_key(&self, key: Key) {
        let keys = &mut self.shared.state().keys;
        keys.retain(|known| known.id != key.id);
        keys.push(key);
    }

    /// Takes the key with this id away; the first one is called `first`.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn revoke_key(&self, id: &str) -> Result<(), ControlError> {
        let keys = &mut self.shared.state().keys;
        let before = keys.len();
        keys.retain(|known| known.id != id);
        if keys.len() == before {
            return Err(ControlError::NoSuchKey);
        }
        Ok(())
    }

    /// Sets what the key with this id may do; the first one is called `first`.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn set_rights(&self, id: &str, rights: Rights) -> Result<(), ControlError> {
        let mut state = self.shared.state();
        let key = state.keys.iter_mut().find(|known| known.id == id);
        key.ok_or(ControlError::NoSuchKey)?.rights = rights;
        Ok(())
    }

    /// Sets which custom data the key with this id is not shown, by their codes.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn hide_data(&self, id: &str, codes: Vec<String>) -> Result<(), ControlError> {
        let mut state = self.shared.state();
        let key = state.keys.iter_mut().find(|known| known.id == id);
        key.ok_or(ControlError::NoSuchKey)?.hidden_data = codes;
        Ok(())
    }

    /// Which custom fields people have.
    #[must_use]
    pub fn extension_definitions(&self) -> Vec<ExtensionDefinition> {
        self.shared.state().company.definitions.clone()
    }

    /// Sets which custom fields people have. With none, any `e_…` is taken.
    pub fn set_extension_definitions(&self, definitions: Vec<ExtensionDefinition>) {
        self.shared.state().company.definitions = definitions;
    }

    /// Follows how far things have come, to wait for something without sleeping.
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
        // The sender lives in what this handle holds: the wait cannot fail.
        let _ = self.subscribe().wait_for(condition).await;
    }
}

/// Members as Lucca names them, from members named without regard to case and underscores.
fn read(
    members: Value,
    definitions: &[ExtensionDefinition],
) -> Result<Map<String, Value>, ControlError> {
    let Value::Object(members) = members else {
        return Err(ControlError::NotAnObject);
    };
    let plain = |name: String| {
        let chosen_by_company = ["e_", "profile_", "userAxisValues_"];
        if chosen_by_company
            .iter()
            .any(|prefix| name.starts_with(prefix))
        {
            name
        } else {
            name.replace('_', "")
        }
    };
    let members = members
        .into_iter()
        .map(|(name, value)| (plain(name), value));
    Ok(v3::check(members.collect(), definitions)?)
}

fn make_up(company: &Company, now: Moment, members: &mut Map<String, Value>) {
    members.entry("firstName").or_insert(json!("Camille"));
    members.entry("lastName").or_insert(json!("Ajout"));
    members
        .entry("dtContractStart")
        .or_insert(json!(format!("{}T00:00:00", now.today())));
    members.entry("managerId").or_insert(Value::Null);
    let text = |name: &str| {
        members
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let login = person::free_login(company, text("firstName"), text("lastName"));
    members
        .entry("mail")
        .or_insert(json!(format!("{login}@example.com")));
    members.entry("login").or_insert(json!(login));
    let firsts = [
        (
            "legalEntityId",
            company.establishments.first().map(|it| it.id),
        ),
        ("departmentId", company.departments.first().map(|it| it.id)),
        ("rolePrincipalId", company.roles.first().map(|it| it.id)),
    ];
    for (name, id) in firsts {
        if let Some(id) = id {
            members.entry(name).or_insert(json!(id));
        }
    }
}
