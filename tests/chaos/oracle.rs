//! What has to be true after a round, judged by what the sandbox saw.

use std::{collections::BTreeMap, path::Path, time::Duration};

use lucca_onboarding::{
    pb::v1::{self, State},
    sandbox::{Call, Ledger, User},
};

use super::{
    hires::{Hire, Person, START_DATE},
    hostile,
    tally::{Tally, count},
};

/// The length of the budget's window in a round.
pub const WINDOW: Duration = Duration::from_secs(3);

/// Problems that are Lucca's: once it works again a retry solves them.
pub const PASSING: [&str; 3] = ["LUCCA_KEY_REFUSED", "LUCCA_REFUSED", "LUCCA_UNAVAILABLE"];

/// How a hire ended.
#[derive(Clone, Debug)]
pub struct End {
    pub hire: Hire,
    /// How many words were acknowledged.
    pub acknowledged: usize,
    /// Why the next one was not.
    pub refused: Option<String>,
    /// What `GetStatus` said last, or its error.
    pub status: Result<v1::Onboarding, String>,
}

/// Whether nothing will move any more without a person.
pub fn is_settled(hire: &Hire, onboarding: &v1::Onboarding) -> bool {
    match onboarding.state() {
        State::Created | State::NeedsAttention => true,
        // Of a hire that is on again the adapter may not have told yet.
        State::Cancelled => !hire.is_wanted(),
        _ => false,
    }
}

/// Everything that is wrong, one sentence each; counts what there is.
pub fn judge(ends: &[End], ledger: &Ledger, lucca_limit: u32, tally: &mut Tally) -> Vec<String> {
    let mut wrong = Vec::new();
    for end in ends {
        if let Some(why) = &end.refused {
            wrong.push(format!("{}: not acknowledged: {why}", end.hire.id));
        }
        if end.acknowledged == 0 {
            continue;
        }
        tally.acknowledged += 1;
        if let Err(sentence) = judge_end(end, ends, ledger, tally) {
            tally.lost += 1;
            let calls = calls_about(&end.hire.person, ledger);
            let status = shown(end);
            wrong.push(format!("{}: {sentence}\n{status}{calls}", end.hire.id));
        }
    }
    for user in &ledger.users_created {
        if !ends.iter().any(|end| is(user, &end.hire.person)) {
            wrong.push(format!("user {} is nobody's hire", user.id));
        }
    }
    // One that is found in two ways counts once.
    let twice: BTreeMap<u64, u64> = ledger
        .second_posts()
        .iter()
        .map(|post| (post.second, post.first))
        .collect();
    for (second, first) in &twice {
        wrong.push(format!(
            "call {second} asks again for what call {first} created"
        ));
    }
    tally.second_posts += twice.len() as u64;
    let over = ledger.windows_over_budget(lucca_limit as usize, WINDOW);
    if over > 0 {
        wrong.push(format!("{over} windows above Lucca's {lucca_limit} calls"));
    }
    tally.over_budget += over as u64;
    tally.employees += ledger.users_created.len() as u64;
    tally.calls += ledger.calls.len() as u64;
    tally.creations += ledger.creations().len() as u64;
    for fault in ledger.calls.iter().filter_map(|call| call.fault.as_ref()) {
        count(&mut tally.faults, fault, 1);
    }
    wrong
}

fn judge_end(end: &End, ends: &[End], ledger: &Ledger, tally: &mut Tally) -> Result<(), String> {
    let onboarding = end
        .status
        .as_ref()
        .map_err(|status| format!("acknowledged, and the service does not tell of it: {status}"))?;
    let person = &end.hire.person;
    let employees: Vec<&User> = ledger
        .users_created
        .iter()
        .filter(|user| is(user, person))
        .collect();
    if employees.len() > 1 {
        return Err(format!("{} employees of one person", employees.len()));
    }
    let shared = ends.iter().filter(|other| other.hire.person == *person);
    let shared = shared.count() > 1;
    match onboarding.state() {
        State::Created => {
            tally.created += 1;
            let id = employees.first().map(|user| user.id.cast_signed());
            if id != Some(onboarding.lucca_user_id) {
                let named = onboarding.lucca_user_id;
                return Err(format!("CREATED as user {named}, and Lucca has {id:?}"));
            }
        }
        State::Cancelled => {
            tally.cancelled += 1;
            if end.hire.is_wanted() && end.refused.is_none() {
                return Err("CANCELLED, and nobody has withdrawn it".to_owned());
            }
            if !employees.is_empty() && !shared {
                return Err("CANCELLED, and Lucca has the employee".to_owned());
            }
        }
        State::NeedsAttention => {
            let problem = onboarding.problem.clone().unwrap_or_default();
            if problem.code.is_empty() || problem.message.is_empty() || problem.fix.is_empty() {
                return Err("NEEDS_ATTENTION without a reason".to_owned());
            }
            count(&mut tally.attention, &problem.code, 1);
            if PASSING.contains(&&*problem.code) {
                return Err(format!("{} in spite of a retry", problem.code));
            }
            let doubts_identity = matches!(&*problem.code, "LOGIN_TAKEN" | "PERSON_EXISTS");
            if doubts_identity && !has_namesake(person, ends) {
                let code = problem.code;
                return Err(format!("{code}, and nobody else has that address"));
            }
        }
        state => return Err(format!("it stays {}", state.as_str_name())),
    }
    Ok(())
}

/// Whether somebody else is hired with the same address.
fn has_namesake(person: &Person, ends: &[End]) -> bool {
    let mut others = ends.iter().map(|end| &end.hire.person);
    others.any(|other| other != person && other.email == person.email)
}

/// Whether the sandbox's user is this person.
fn is(user: &User, person: &Person) -> bool {
    user.text("lastName").to_lowercase() == person.family_name.to_lowercase()
        && user.text("firstName") == person.given_name
        && user.text("personalEmail") == person.email
        && user.text("dtContractStart").starts_with(START_DATE)
}

fn shown(end: &End) -> String {
    let words: Vec<_> = end.hire.words.iter().map(|(_, word)| *word).collect();
    let mut text = format!(
        "    {:?} {words:?}, {} acknowledged\n",
        end.hire.route, end.acknowledged
    );
    if let Ok(onboarding) = &end.status {
        let problem = onboarding.problem.clone().unwrap_or_default();
        text.push_str(&format!(
            "    {} {} {} last_error={:?} attempts={:?}\n",
            onboarding.id,
            onboarding.state().as_str_name(),
            problem.code,
            onboarding.last_error,
            onboarding
                .attempts
                .iter()
                .map(|attempt| (attempt.number, attempt.outcome()))
                .collect::<Vec<_>>()
        ));
    }
    text
}

/// The creations of a person, a line each.
fn calls_about(person: &Person, ledger: &Ledger) -> String {
    let is_about = |call: &&&Call| {
        let name = call.body.as_ref().and_then(|body| body.get("lastName"));
        name.and_then(|name| name.as_str()) == Some(&person.family_name)
    };
    let creations = ledger.creations();
    creations
        .iter()
        .filter(is_about)
        .map(|call| line(call))
        .collect()
}

fn line(call: &Call) -> String {
    format!(
        "    {} call {} {} {} fault={:?} status={:?} executed={} user={:?}\n",
        call.time,
        call.sequence,
        call.method,
        call.path,
        call.fault,
        call.status,
        call.executed,
        call.created_user
    )
}

/// The whole ledger, a line each, into the round's directory.
pub fn write_ledger(ledger: &Ledger, directory: &Path) {
    let lines: String = ledger.calls.iter().map(line).collect();
    // It helps whoever looks; the verdict stands without it.
    let _ = std::fs::write(directory.join("ledger.txt"), lines);
}

/// Names and addresses of people that stand in the children's logs.
pub fn leaks(ends: &[End], directory: &Path) -> Vec<String> {
    let logs = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let logs = logs.filter(|entry| entry.path().extension().is_some_and(|it| it == "log"));
    let mut found = Vec::new();
    for log in logs {
        let text = std::fs::read_to_string(log.path()).unwrap_or_default();
        if text.contains(hostile::FAMILY_NAME) {
            found.push("a log names a person of the hostile customer".to_owned());
        }
        for Person {
            family_name, email, ..
        } in ends.iter().map(|end| &end.hire.person)
        {
            if text.contains(family_name) || text.contains(email) {
                let name = log.file_name().to_string_lossy().into_owned();
                found.push(format!("{name} names a person"));
                break;
            }
        }
    }
    found
}
