//! What every store must do.
//!
//! Each check takes a store with nothing in it. [`checks!`](crate::store::conformance)
//! runs all but those of the budget, which want a clock that they can move:
//! [`budget_checks!`](crate::store::conformance).

pub(crate) mod budget;
pub(crate) mod claims;
pub(crate) mod damage;
pub(crate) mod decisions;
pub(crate) mod evidence;
pub(crate) mod hires;
pub(crate) mod leases;
pub(crate) mod lessons;
pub(crate) mod lists;
pub(crate) mod resealing;
pub(crate) mod retention;
pub(crate) mod tenants;

use super::{
    Actor, LeaseGrant, Lookup, NewHistoryEntry, Replaced, SourceKey, Stepped, Store, Submitted,
};
use crate::domain::{
    attempt::Evidence,
    ids::OnboardingId,
    onboarding::{
        Onboarding,
        fixtures::{EMAIL, FAMILY_NAME, GIVEN_NAME, account, begin, id, moment},
        progress::{Sighting, Step},
        submission::Hire,
    },
};

/// Makes a test of every check that needs no clock: `checks!(run)`, where
/// `run(check).await` gives the check an empty store.
macro_rules! checks {
    ($run:ident) => {
        $crate::store::conformance::tests_of! { $run hires:
            a_hire_is_stored_once_and_read_back
            whatever_an_edge_accepts_is_read_back
            newer_content_replaces_older
            an_unexpected_revision_is_refused
            a_request_id_stands_for_one_content
            a_request_for_one_account_says_nothing_about_another
            a_difference_after_creation_is_told
            numbers_in_extended_data_stay_the_same
            a_withdrawal_is_kept
            a_withdrawal_of_what_is_unknown_leaves_a_tombstone
            a_tombstone_keeps_its_latest_time
            a_tombstone_keeps_the_whole_of_its_time
            every_account_and_tenant_has_its_own_hires
            what_waits_for_a_person_is_resumed
        }
        $crate::store::conformance::tests_of! { $run leases:
            the_longest_due_is_claimed_first
            a_lease_is_exclusive_until_it_ends
            a_lost_creation_comes_back_to_be_verified
            an_old_token_moves_nothing
            a_step_gives_the_claim_back
            an_amendment_fences_the_worker_that_resolves
            a_repetition_fences_nobody
            an_amendment_waits_for_the_worker_that_creates
            a_withdrawal_leaves_a_look_to_its_worker
            nothing_is_claimed_before_it_is_due
            what_is_due_is_told_by_account
            the_place_in_the_queue_is_told
            the_place_in_a_long_queue_is_told
            changes_are_told
            a_recovery_is_told
        }
        $crate::store::conformance::tests_of! { $run claims:
            a_login_has_one_creator_at_a_time
            a_login_is_free_once_absence_is_proven
            a_login_stays_taken_for_a_while_after_creation
            a_call_whose_worker_vanished_holds_nothing_once_the_employee_exists
        }
        $crate::store::conformance::tests_of! { $run evidence:
            evidence_counts_whoever_saw_it
            evidence_that_follows_a_settled_attempt_is_kept
            attempts_are_read_back_whole
        }
        $crate::store::conformance::tests_of! { $run lessons:
            what_a_creation_teaches_is_remembered
            what_no_longer_counts_is_forgotten
            a_change_that_is_refused_forgets_nothing
        }
        $crate::store::conformance::tests_of! { $run decisions:
            a_decision_is_carried_out_and_noted
            a_decision_that_is_refused_changes_nothing
            who_is_forgotten_is_not_found_any_more
            what_was_seen_of_an_employee_is_kept_and_noted
            the_episodes_of_a_hire_are_told_in_their_order
            the_hires_of_a_person_are_found_by_the_persons_id
            the_history_is_told_in_pages_the_latest_first
        }
        $crate::store::conformance::tests_of! { $run retention:
            who_was_created_is_forgotten_when_the_time_is_over
            a_forgotten_hire_said_again_is_the_same_and_nobody_is_created
            what_was_cancelled_is_forgotten_when_the_time_is_over
            what_waits_for_a_person_in_vain_expires
            what_is_under_way_or_in_doubt_is_kept
            each_tenant_has_its_own_time_and_a_batch_its_bounds
        }
        $crate::store::conformance::tests_of! { $run lists:
            the_urgent_come_first
            what_has_no_start_date_stands_where_it_would_if_it_had_begun_when_it_came
            what_has_not_ended_is_counted_by_state_and_start
            every_problem_is_counted_beside_the_others
            the_latest_change_comes_first
            every_filter_filters
            what_was_amended_is_found_by_its_new_name_only
        }
        $crate::store::conformance::tests_of! { $run tenants:
            a_tenant_is_stored_once
            a_tenant_is_replaced_only_as_it_was_read
            a_tenant_is_removed_once_all_its_hires_have_ended
            a_change_of_a_tenant_is_noted_if_it_is_made
            a_tenant_made_again_counts_its_keys_on_and_finds_its_hires
            tenants_are_listed_in_order
            open_attempts_are_known_by_tenant
            a_tenant_with_an_open_attempt_keeps_its_account
            visibility_is_proven_per_account_tenant_and_key
        }
    };
}

/// Makes a test of every check of the budget: `budget_checks!(run)`, where
/// `run(check).await` gives the check an empty store and the clock by which it measures.
macro_rules! budget_checks {
    ($run:ident) => {
        $crate::store::conformance::tests_of! { $run budget:
            a_window_holds_no_more_than_the_limit
            a_place_is_free_one_window_after_the_end
            a_call_that_was_never_made_takes_no_place
            the_end_is_not_counted_too_early
            a_call_without_end_takes_its_place_for_as_long_as_it_can
            accounts_do_not_share_a_budget
            a_pause_holds_everything_back
            the_wall_clock_does_not_matter
            no_window_ever_holds_more_than_the_limit
        }
    };
}

/// The same of the checks of a budget that is measured by the clock of this machine's boot.
macro_rules! reboot_checks {
    ($run:ident) => {
        $crate::store::conformance::tests_of! { $run budget:
            after_a_reboot_a_full_window_passes
            after_a_reboot_the_budget_comes_back_without_a_call
        }
    };
}

macro_rules! tests_of {
    ($run:ident $module:ident: $($check:ident)*) => {
        $(#[tokio::test]
        async fn $check() {
            $run(async |subject| $crate::store::conformance::$module::$check(subject).await).await;
        })*
    };
}

pub(crate) use {budget_checks, checks, reboot_checks, tests_of};

/// Names, e-mail addresses, logins and titles of the checks, in every form that is compared.
pub(crate) fn personal() -> [&'static str; 8] {
    [
        FAMILY_NAME,
        GIVEN_NAME,
        "eloise",
        EMAIL.split('@').next().unwrap(),
        "le goff",
        "legoff",
        "yann",
        "cheffe",
    ]
}

fn source(hire: &Hire) -> SourceKey {
    SourceKey::of(&hire.key)
}

/// Hands a hire in, without a request id.
async fn say(store: &dyn Store, hire: &Hire, number: u128, seconds: i64) -> Onboarding {
    let now = moment(seconds).now;
    match store
        .submit(hire.clone(), None, id(number), Actor::payroll(), now)
        .await
    {
        Ok(Submitted::Stored(onboarding)) => *onboarding,
        other => panic!("not stored: {other:?}"),
    }
}

async fn read(store: &dyn Store, id: OnboardingId) -> Onboarding {
    store.onboarding(Lookup::Id(id)).await.unwrap().unwrap()
}

/// Claims up to 10 of the account of [`crate::domain::onboarding::fixtures::hire`].
async fn claim(store: &dyn Store, seconds: i64) -> Vec<LeaseGrant> {
    let account = account("acme.ilucca.example");
    store.lease(&account, 10, moment(seconds)).await.unwrap()
}

pub(crate) async fn claim_one(store: &dyn Store, seconds: i64) -> LeaseGrant {
    let mut claimed = claim(store, seconds).await;
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

async fn take(store: &dyn Store, claimed: &LeaseGrant, step: Step, seconds: i64) -> Stepped {
    let id = claimed.onboarding.id;
    let moment = moment(seconds);
    store.step(id, claimed.token, step, moment).await.unwrap()
}

/// Takes a step that must be taken.
pub(crate) async fn done(
    store: &dyn Store,
    claimed: &LeaseGrant,
    step: Step,
    seconds: i64,
) -> Onboarding {
    match take(store, claimed, step, seconds).await {
        Stepped::Done(onboarding) => *onboarding,
        other => panic!("not taken: {other:?}"),
    }
}

async fn see(store: &dyn Store, id: OnboardingId, evidence: Evidence, seconds: i64) -> Onboarding {
    let url = Some("https://acme.ilucca.example/people/7".to_owned());
    let seen = store.see(id, 1, evidence, url, moment(seconds)).await;
    seen.unwrap().unwrap()
}

/// A hire whose attempt with this claim is under way since this second.
pub(crate) async fn creating(
    store: &dyn Store,
    hire: &Hire,
    number: u128,
    login: &str,
    seconds: i64,
) -> LeaseGrant {
    say(store, hire, number, seconds).await;
    let claimed = claim_one(store, seconds).await;
    done(store, &claimed, begin(login, seconds), seconds).await;
    claimed
}

/// Lets an attempt that ended at this second be found absent by looks 40 s and 90 s later.
async fn look_twice(store: &dyn Store, seconds: i64) -> Onboarding {
    let mut last = None;
    for at in [seconds + 40, seconds + 90] {
        let claimed = claim_one(store, at).await;
        let look = Step::Looked {
            at: moment(at).now,
            sighting: Sighting::Nobody,
            visibility_proven: true,
        };
        last = Some(done(store, &claimed, look, at).await);
    }
    last.unwrap()
}
