//! What every store must do.
//!
//! Each check takes a store with nothing in it. [`checks!`](crate::store::conformance)
//! runs all but those of the budget, which want a clock that they can move:
//! [`budget_checks!`](crate::store::conformance).

pub(crate) mod acceptances;
pub(crate) mod budget;
pub(crate) mod chain;
pub(crate) mod damage;
pub(crate) mod decisions;
pub(crate) mod erasure;
pub(crate) mod evidence;
pub(crate) mod hires;
pub(crate) mod indexes;
pub(crate) mod leases;
pub(crate) mod lists;
pub(crate) mod mending;
pub(crate) mod pruning;
pub(crate) mod quarantine;
pub(crate) mod resealing;
pub(crate) mod reservations;
pub(crate) mod retention;
pub(crate) mod statements;
pub(crate) mod tables;
pub(crate) mod tenants;
pub(crate) mod versions;

use super::{
    Actor, Lane, LeaseGrant, Lookup, NewHistoryEntry, Replaced, SourceKey, Stepped, Store, Subject,
    Submitted,
};
use jiff::Timestamp;

use crate::domain::{
    attempt::Evidence,
    ids::{Account, OnboardingId},
    onboarding::{
        Onboarding,
        fixtures::{EMAIL, FAMILY_NAME, GIVEN_NAME, account, begin, hire, id, moment},
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
            a_difference_after_creation_is_reported
            numbers_in_extended_data_stay_the_same
            a_withdrawal_is_kept
            a_withdrawal_of_an_unknown_hire_leaves_a_tombstone
            a_tombstone_keeps_its_latest_time
            a_tombstone_keeps_the_whole_of_its_time
            every_account_and_tenant_has_its_own_hires
            a_hire_that_waits_for_a_person_is_resumed
        }
        $crate::store::conformance::tests_of! { $run statements:
            every_statement_finds_its_hire_by_either_id
            a_second_person_under_an_application_overwrites_nobody
            an_anonymised_person_is_remembered
            an_anonymisation_reaches_every_id_and_hire_of_the_person
            the_anonymised_are_remembered_for_longer_than_a_year
            an_update_that_overtakes_its_confirmation_is_applied
            what_waits_for_its_hire_is_erased_bounded_and_forgotten
            an_update_of_a_withdrawn_hire_waits_for_its_next_confirmation
        }
        $crate::store::conformance::tests_of! { $run leases:
            the_longest_due_is_leased_first
            a_lease_is_exclusive_until_it_ends
            a_lost_creation_comes_back_to_be_verified
            an_old_token_moves_nothing
            a_step_releases_the_lease
            an_amendment_fences_the_worker_that_resolves
            a_repetition_fences_nobody
            an_amendment_waits_for_the_worker_that_creates
            a_withdrawal_leaves_a_look_to_its_worker
            nothing_is_leased_before_it_is_due
            due_times_are_known_by_account_and_tenant
            the_position_in_a_queue_is_counted
            the_position_in_a_long_queue_is_counted
            changes_are_notified
            a_recovery_is_notified
            what_waits_for_an_account_is_found_and_made_due
        }
        $crate::store::conformance::tests_of! { $run reservations:
            a_login_has_one_creator_at_a_time
            a_login_is_free_once_absence_is_proven
            a_login_stays_taken_for_a_while_after_creation
            a_lost_call_reserves_nothing_once_the_employee_exists
            a_link_is_not_taken_back_while_another_hire_has_the_login
        }
        $crate::store::conformance::tests_of! { $run evidence:
            evidence_counts_whoever_saw_it
            evidence_that_follows_a_settled_attempt_is_kept
            attempts_are_read_back_whole
        }
        $crate::store::conformance::tests_of! { $run acceptances:
            acceptances_are_learned_from_creations
            acceptances_that_no_longer_count_are_forgotten
            a_change_that_is_refused_forgets_nothing
        }
        $crate::store::conformance::tests_of! { $run erasure:
            an_erased_hire_is_found_by_ids_that_are_not_kept
        }
        $crate::store::conformance::tests_of! { $run decisions:
            a_decision_is_carried_out_and_noted
            a_decision_that_is_refused_changes_nothing
            an_erased_person_is_not_found_any_more
            a_refresh_is_stored_and_noted
            the_episodes_of_a_hire_are_listed_in_order
            the_hires_of_a_person_are_found_by_the_persons_id
            the_history_is_listed_in_pages_the_latest_first
        }
        $crate::store::conformance::tests_of! { $run retention:
            a_created_hire_is_forgotten_after_the_retention_time
            a_forgotten_hire_sent_again_creates_nobody
            a_cancelled_hire_is_forgotten_after_the_retention_time
            a_hire_that_nobody_answers_expires
            a_hire_in_progress_or_of_unknown_outcome_is_kept
            each_tenant_has_its_own_retention_time_and_a_batch_its_limit
        }
        $crate::store::conformance::tests_of! { $run pruning:
            entries_about_no_onboarding_are_kept_for_their_time
            withdrawals_and_request_ids_outlive_every_redelivery
        }
        $crate::store::conformance::tests_of! { $run lists:
            the_urgent_come_first
            a_hire_without_a_start_date_is_sorted_by_the_day_it_arrived
            what_has_not_ended_is_counted_by_state_and_start
            every_problem_is_counted_beside_the_others
            a_hire_with_several_problems_is_found_and_counted_by_each
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
            an_account_accepts_a_key_per_tenant_and_version_and_counts_its_tenants
            the_newest_deliveries_are_kept_with_their_tenant
        }
    };
}

/// Makes a test of every check of the budget: `budget_checks!(run)`, where
/// `run(check).await` gives the check an empty store and the clock by which it measures.
macro_rules! budget_checks {
    ($run:ident) => {
        $crate::store::conformance::tests_of! { $run budget:
            a_window_holds_no_more_than_the_limit
            a_call_counts_until_one_window_after_its_end
            a_call_that_was_never_made_does_not_count
            the_end_is_not_counted_too_early
            a_call_without_an_end_counts_for_as_long_as_it_may_take
            accounts_do_not_share_a_budget
            a_pause_stops_every_call
            the_wall_clock_does_not_matter
            calls_and_pauses_of_long_ago_are_forgotten
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
async fn lease_due(store: &dyn Store, seconds: i64) -> Vec<LeaseGrant> {
    let lane = lane(&account("acme.ilucca.example"));
    store.lease(&lane, 10, moment(seconds)).await.unwrap()
}

/// The hires of the tenant of [`hire`] at an account.
pub(crate) fn lane(account: &Account) -> Lane {
    Lane {
        account: account.clone(),
        tenant: hire("a-1").key.tenant,
    }
}

/// When something is due next in any lane.
pub(crate) async fn next_due(store: &dyn Store) -> Option<Timestamp> {
    let times = store.due_times().await.unwrap();
    times.into_iter().map(|(_, due)| due).min()
}

pub(crate) async fn lease_one(store: &dyn Store, seconds: i64) -> LeaseGrant {
    let mut leased = lease_due(store, seconds).await;
    assert_eq!(leased.len(), 1);
    leased.remove(0)
}

async fn take(store: &dyn Store, leased: &LeaseGrant, step: Step, seconds: i64) -> Stepped {
    let id = leased.onboarding.id;
    let moment = moment(seconds);
    store.step(id, leased.token, step, moment).await.unwrap()
}

/// Takes a step that must be taken.
pub(crate) async fn done(
    store: &dyn Store,
    leased: &LeaseGrant,
    step: Step,
    seconds: i64,
) -> Onboarding {
    match take(store, leased, step, seconds).await {
        Stepped::Done(onboarding) => *onboarding,
        other => panic!("not taken: {other:?}"),
    }
}

async fn see(store: &dyn Store, id: OnboardingId, evidence: Evidence, seconds: i64) -> Onboarding {
    let url = Some("https://acme.ilucca.example/people/7".to_owned());
    let seen = store.see(id, 1, evidence, url, moment(seconds)).await;
    seen.unwrap().unwrap()
}

/// A hire whose attempt with this login is under way since this second.
pub(crate) async fn creating(
    store: &dyn Store,
    hire: &Hire,
    number: u128,
    login: &str,
    seconds: i64,
) -> LeaseGrant {
    say(store, hire, number, seconds).await;
    let leased = lease_one(store, seconds).await;
    done(store, &leased, begin(login, seconds), seconds).await;
    leased
}

/// Lets an attempt that ended at this second be found absent by looks 40 s and 90 s later.
async fn look_twice(store: &dyn Store, seconds: i64) -> Onboarding {
    let mut last = None;
    for at in [seconds + 40, seconds + 90] {
        let leased = lease_one(store, at).await;
        let look = Step::Looked {
            at: moment(at).now,
            sighting: Sighting::Nobody,
            visibility_proven: true,
        };
        last = Some(done(store, &leased, look, at).await);
    }
    last.unwrap()
}
