//! What is wrong with a person, when all is at rest.

use lucca_onboarding::{
    pb::v1::{Field, Onboarding, State},
    sandbox::User,
};

use super::{
    model::{End, end},
    player::{Part, Sight},
    story::{DEPARTMENTS, Place, Word},
};

/// The departments' ids in the sandbox.
const DEPARTMENT_IDS: [u64; DEPARTMENTS.len()] = [102, 106, 111];

/// Every sentence is something wrong.
pub fn judge(part: &Part, sight: &Sight) -> Vec<String> {
    let (expected, ignored) = end(&part.arrived);
    let mut wrong = Vec::new();
    let mut check = |holds: bool, sentence: &str| {
        if !holds {
            wrong.push(sentence.to_owned());
        }
    };
    check(sight.living.len() <= 1, "there are two employees");
    check(
        sight.created <= 1 + part.deleted.len(),
        "somebody was created twice",
    );
    check(
        is_nobody_created_in_vain(part, sight),
        "somebody was created although nobody was wanted",
    );
    for onboarding in &sight.latest {
        let user = u64::try_from(onboarding.lucca_user_id).unwrap();
        let exists = sight.living.iter().any(|it| it.id == user) || part.deleted.contains(&user);
        let is_created = onboarding.state() == State::Created;
        check(
            !is_created || exists,
            "CREATED, and Lucca never had this employee",
        );
    }
    check(
        sight.living.is_empty() || expected == End::Forgotten || sight.latest.iter().any(is_told),
        "nothing tells of the employee",
    );
    match expected {
        End::Nobody => check(
            sight.created == 0 && sight.latest.is_empty(),
            "there is a hire that nobody confirmed",
        ),
        End::Wanted(place) => {
            let answers = sight.latest.iter().map(|it| wanted(part, sight, it, place));
            let answer = any_or_all(answers);
            check(answer.is_ok(), &answer.err().unwrap_or_default());
        }
        End::Unwanted => {
            for onboarding in &sight.latest {
                check(
                    is_taken_back(onboarding),
                    "it does not say that the hire was taken back",
                );
            }
        }
        End::Forgotten => check(!sight.is_shown, "personal data are kept"),
    }
    let silent = ignored.saturating_sub(sight.ignored);
    check(
        silent == 0,
        &format!("{silent} statements were ignored in silence"),
    );
    if !wrong.is_empty() {
        wrong.push(format!(
            "after {} statements {expected:?} is expected; {sight}",
            part.arrived.len()
        ));
    }
    wrong
}

/// Nobody is created in a time in which nobody was wanted.
fn is_nobody_created_in_vain(part: &Part, sight: &Sight) -> bool {
    let (arrived, created) = part.at_rest;
    let mut ends = (arrived..=part.arrived.len()).map(|count| end(&part.arrived[..count]).0);
    sight.created == created || ends.any(|end| matches!(end, End::Wanted(_)))
}

/// Whether an onboarding tells of an employee: it has one, or asks about one, or says that one is
/// not wanted.
fn is_told(onboarding: &Onboarding) -> bool {
    matches!(onboarding.state(), State::Created | State::NeedsAttention)
        || has_follow_up(onboarding, "WITHDRAWN_AFTER_CREATION", None)
}

fn is_taken_back(onboarding: &Onboarding) -> bool {
    match onboarding.state() {
        State::Created => {
            onboarding.erased || has_follow_up(onboarding, "WITHDRAWN_AFTER_CREATION", None)
        }
        state => state == State::Cancelled,
    }
}

fn has_follow_up(onboarding: &Onboarding, code: &str, field: Option<Field>) -> bool {
    let mut list = onboarding.follow_ups.iter();
    list.any(|it| it.code == code && field.is_none_or(|field| it.field() == field))
}

/// Succeeds if any answer does; otherwise all that is wrong.
fn any_or_all(answers: impl Iterator<Item = Result<(), String>>) -> Result<(), String> {
    let mut all = vec!["a hire that is wanted:".to_owned()];
    for answer in answers {
        match answer {
            Ok(()) => return Ok(()),
            Err(sentence) => all.push(sentence),
        }
    }
    Err(all.join(" "))
}

/// Whether an onboarding is what became of a hire that is wanted.
fn wanted(part: &Part, sight: &Sight, onboarding: &Onboarding, place: Place) -> Result<(), String> {
    let living = sight.living.first();
    match onboarding.state() {
        State::NeedsAttention => {
            let has_ground = living.map_or(!part.deleted.is_empty(), |it| {
                !differences(it, place).is_empty()
            });
            if has_ground {
                return Ok(());
            }
            return Err("a question without ground".to_owned());
        }
        State::Created => {}
        state => return Err(format!("it is {state:?}")),
    }
    if has_follow_up(onboarding, "WITHDRAWN_AFTER_CREATION", None) {
        return Err("it is said to be withdrawn".to_owned());
    }
    let Some(living) = living else {
        let confirmed_since = part.seen_gone.is_some_and(|seen| {
            (seen..part.arrived.len()).any(|nth| {
                let counts = end(&part.arrived[..nth]).0 != end(&part.arrived[..=nth]).0;
                counts && matches!(part.arrived[nth].word, Word::Confirm(_))
            })
        });
        return match confirmed_since {
            true => Err("confirmed after a deletion, and nobody is there".to_owned()),
            false => Ok(()),
        };
    };
    if onboarding.erased {
        return Ok(());
    }
    for field in differences(living, place) {
        if !has_follow_up(onboarding, "CHANGED_AFTER_CREATION", Some(field)) {
            return Err(format!("{field:?} is not what was said last"));
        }
    }
    Ok(())
}

/// What of an employee is not as it is wanted.
fn differences(user: &User, place: Place) -> Vec<Field> {
    let department = DEPARTMENTS.iter().position(|it| *it == place.department);
    let department = department.map(|nth| DEPARTMENT_IDS[nth]);
    let day = user.day("dtContractStart").map(|day| day.to_string());
    let mut fields = Vec::new();
    if user.number("departmentId") != department {
        fields.push(Field::Department);
    }
    if day.as_deref() != Some(place.day) {
        fields.push(Field::ContractStartDate);
    }
    fields
}

impl std::fmt::Display for Sight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let living: Vec<u64> = self.living.iter().map(|it| it.id).collect();
        write!(f, "{} created, living {living:?}", self.created)?;
        for it in &self.latest {
            let (source, follow_ups) = (it.source.clone().unwrap_or_default(), &it.follow_ups);
            let follow_ups: Vec<&str> = follow_ups.iter().map(|it| it.code.as_str()).collect();
            write!(
                f,
                "; {}/{} episode {} {:?} user {} problem {:?} erased {} {follow_ups:?}",
                source.external_id,
                source.person_id,
                it.episode,
                it.state(),
                it.lucca_user_id,
                it.problem.as_ref().map(|it| it.code.as_str()),
                it.erased,
            )?;
        }
        Ok(())
    }
}
