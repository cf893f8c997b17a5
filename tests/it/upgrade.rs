//! A database that a released version has written is read and goes on.
//!
//! How the files came to be, and what is in them, is in `tests/data/released/README.md`.

mod files;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use lucca_onboarding::{
    config::StoreUrl,
    pb::v1::{
        self, State, attempt::Outcome, cancellation::Reason, get_status_request::Key,
        resolve_onboarding_request::Decision, retry_onboardings_request::Selection,
    },
    sandbox::{Key as LuccaKey, Options as SandboxOptions, Rights},
};
use serde_json::json;

use crate::{
    harness::postgres::{connect, with_database},
    support::{House, TENANT, collaborator, hire, source},
};

/// What the version that wrote the files said of each onboarding.
const TOLD: &str = include_str!("../data/released/0.1/onboardings.txt");

/// More people than the Lucca of the files had: nobody gets an id that an onboarding has.
const PEOPLE: usize = 500;

/// A service that has not been given its database yet, and a Lucca that allows many calls.
async fn empty_house() -> House {
    let options = SandboxOptions {
        people: PEOPLE,
        requests_per_window: 1_000,
        ..SandboxOptions::default()
    };
    let mut house = House::with(options, |settings| {
        settings.lucca.window = Duration::from_secs(1);
    })
    .await;
    house.stop_service().await;
    let port = house.lucca_url().rsplit(':').next().unwrap().to_owned();
    let by_name = format!("localhost:{port}");
    house.settings.lucca.allow_insecure(&by_name).unwrap();
    house.settings.store.encryption_keys = vec![files::KEY.to_owned().into()];
    house.settings.adapter.encryption_keys = vec![files::KEY.to_owned().into()];
    let key = |digit: &str, rights| {
        let value = format!("{}-0000-0000-0000-000000000000", digit.repeat(8));
        house.sandbox().add_key(LuccaKey {
            rights,
            ..LuccaKey::new(digit, value)
        });
    };
    let all = Rights::default();
    key(
        "7",
        Rights {
            see_future: false,
            see_former: false,
            ..all
        },
    );
    key(
        "8",
        Rights {
            read_definitions: false,
            ..all
        },
    );
    key(
        "9",
        Rights {
            write_users: false,
            ..all
        },
    );
    // Before the service looks for her.
    add_found(&house);
    house
}

/// The service on the SQLite database of the files.
async fn sqlite_house() -> House {
    let mut house = empty_house().await;
    let path = house.data.path().join("released.db");
    files::sqlite(&path, &house.lucca_url());
    house.settings.store.url = StoreUrl::Sqlite(path);
    house.start_service().await;
    house
}

/// The employee whom one of the calls in doubt had created.
fn add_found(house: &House) {
    let address = "verifying-found@example.com";
    let members = json!({
        "firstName": "Éloïse", "lastName": "Verifying-found",
        "dtContractStart": "2027-01-04T00:00:00",
        "login": address, "mail": address, "personalEmail": address,
    });
    house.sandbox().add_user(members).unwrap();
}

/// Runs a test on the service database of either kind.
async fn on_each_store(test: impl AsyncFn(House)) {
    test(sqlite_house().await).await;
    with_database(async |url| {
        let mut house = empty_house().await;
        files::postgres(&connect(url).await, &house.lucca_url()).await;
        house.settings.store.url = StoreUrl::Postgres(url.to_owned().into());
        house.start_service().await;
        test(house).await;
    })
    .await;
}

async fn all(house: &House) -> Vec<v1::Onboarding> {
    let request = v1::ListOnboardingsRequest {
        page_size: 500,
        ..v1::ListOnboardingsRequest::default()
    };
    let answer = house.operations().list_onboardings(request).await.unwrap();
    answer.into_inner().onboardings
}

fn name(it: &v1::Onboarding) -> String {
    let source = it.source.as_ref().unwrap();
    let (system, id) = (&source.system, &source.external_id);
    format!("{} {system}/{id} {}", it.tenant, it.episode)
}

fn joined(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(",")
}

/// The name of a field as JSON has it, which leaves out that there is none.
fn field(field: v1::Field) -> &'static str {
    match field {
        v1::Field::Unspecified => "",
        other => other.as_str_name(),
    }
}

/// What an onboarding is, in codes, as `onboardings.txt` has it after the name.
fn line(it: &v1::Onboarding) -> String {
    let problem = it.problem.clone().unwrap_or_default();
    let warnings = it.warnings.iter();
    let follow_ups = it.follow_ups.iter();
    let attempts = it.attempts.iter();
    let resolution = it.resolution.iter();
    let cancellation = it.cancellation.as_ref();
    let columns = [
        it.state().as_str_name().to_owned(),
        problem.code,
        problem.candidates.len().to_string(),
        joined(warnings.map(|it| format!("{}={}", it.code, field(it.field())))),
        joined(follow_ups.map(|it| format!("{}={}", it.code, field(it.field())))),
        joined(attempts.map(|it| it.outcome().as_str_name().to_owned())),
        joined(resolution.map(|it| {
            let origin = it.origin().as_str_name();
            format!("{}={origin}={}", field(it.field()), it.value)
        })),
        cancellation
            .map_or("", |it| it.reason().as_str_name())
            .to_owned(),
    ];
    columns.join(" | ").trim_end().to_owned()
}

/// Whether a worker moves it as soon as the service runs.
fn is_under_way(line: &str) -> bool {
    let state = line.split(" | ").next().unwrap();
    ["STATE_ACCEPTED", "STATE_CREATING", "STATE_VERIFYING"].contains(&state)
}

/// Every sentence that people read is there.
fn assert_said(it: &v1::Onboarding) {
    let problem = it.problem.iter();
    let candidates = problem.clone().flat_map(|it| &it.candidates);
    let candidates = candidates.chain(it.warnings.iter().flat_map(|it| &it.candidates));
    let sentences = problem
        .flat_map(|it| [&it.message, &it.fix])
        .chain(candidates.flat_map(|it| [&it.label, &it.reason]))
        .chain(it.warnings.iter().map(|it| &it.message))
        .chain(it.follow_ups.iter().map(|it| &it.title))
        .chain(it.resolution.iter().map(|it| &it.reason))
        .chain(it.cancellation.iter().map(|it| &it.message));
    for sentence in sentences {
        assert!(!sentence.trim().is_empty(), "{it:#?}");
    }
}

async fn history(house: &House, request: v1::ListHistoryRequest) -> Vec<v1::HistoryEntry> {
    let request = v1::ListHistoryRequest {
        page_size: 500,
        ..request
    };
    let answer = house.operations().list_history(request).await.unwrap();
    answer.into_inner().entries
}

/// An erased hire of this name: it is found by its id, and shows none once the sweep has been there.
async fn erased(house: &House, name: &str) -> v1::Onboarding {
    let source = name.split(' ').nth(1).unwrap();
    let (system, id) = source.split_once('/').unwrap();
    let found = house.status_of(system, id).await.unwrap();
    assert!(found.erased, "{name}");
    found
}

#[tokio::test]
async fn what_a_released_version_has_stored_reads_as_it_did() {
    on_each_store(async |house| {
        let all = all(&house).await;
        assert_eq!(all.len(), TOLD.lines().count());
        let found: BTreeMap<String, v1::Onboarding> =
            all.into_iter().map(|it| (name(&it), it)).collect();
        for told in TOLD.lines() {
            let (name, told) = told.split_once(" | ").unwrap();
            let listed = match found.get(name) {
                Some(listed) => listed.clone(),
                None => erased(&house, name).await,
            };
            assert_said(&listed);
            if is_under_way(told) {
                continue;
            }
            assert_eq!(line(&listed), told, "{name}");
            let asked = house.status(Key::OnboardingId(listed.id.clone())).await;
            assert_eq!(line(&asked.unwrap()), told, "{name}");
            let of_it = v1::ListHistoryRequest {
                onboarding_id: listed.id.clone(),
                verify: true,
                ..v1::ListHistoryRequest::default()
            };
            let answer = house.operations().list_history(of_it).await.unwrap();
            let answer = answer.into_inner();
            let verified = answer.verification.unwrap();
            assert!(verified.intact && verified.unproven_count > 0, "{told}");
            let entries = answer.entries;
            assert!(!entries.is_empty(), "{told}");
            let asks =
                |it: &v1::HistoryEntry| it.event == "NEEDS_ATTENTION" && it.detail.is_empty();
            assert!(!entries.iter().any(asks), "{entries:#?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_said_beside_the_codes_is_still_there() {
    on_each_store(async |house| {
        let refused = house.status_of("test", "refused").await.unwrap();
        assert!(refused.last_error.contains("Le matricule est déjà pris."));
        let full = house.status_of("test", "full").await.unwrap();
        let person = full.collaborator.unwrap();
        assert_eq!(person.job_title, "Développeuse");
        assert!(person.extended_data.contains_key("e_badge"));
        assert!(full.lucca_user_id > 0 && !full.lucca_user_url.is_empty());
        let refreshed = house.status_of("test", "refreshed").await.unwrap();
        assert!(refreshed.refresh_time.is_some());
        let done = |it: &v1::FollowUp| {
            it.code == "REPLACE_LOGIN" && it.status() == v1::follow_up::Status::Done
        };
        assert!(refreshed.follow_ups.iter().any(done));
        let taken = house.status_of("test", "logintaken").await.unwrap();
        assert!(taken.problem.unwrap().candidates[0].has_login);
        let erased = house.status_of("test", "erased").await.unwrap();
        assert!(erased.erased && erased.collaborator.unwrap().family_name.is_empty());
        let of_tenant = v1::ListHistoryRequest {
            tenant: TENANT.to_owned(),
            ..v1::ListHistoryRequest::default()
        };
        let entries = history(&house, of_tenant).await;
        let events: BTreeSet<&str> = entries.iter().map(|it| it.event.as_str()).collect();
        for event in [
            "ACCEPTED",
            "CREATED",
            "CANCELLED",
            "ERASED",
            "CALLED",
            "EVENT_UNREADABLE",
        ] {
            assert!(events.contains(event), "{event} is not in {events:?}");
        }
        let tenants = house
            .tenants()
            .list_tenants(v1::ListTenantsRequest::default())
            .await;
        assert_eq!(tenants.unwrap().into_inner().tenants.len(), 6);
    })
    .await;
}

#[tokio::test]
async fn calls_that_were_under_way_are_found_out_and_nobody_is_created_twice() {
    use Outcome::{Executed, NotExecuted};
    on_each_store(async |house| {
        // The service has been up for a moment, and the first look proves nothing yet.
        for name in ["retrying", "verifying", "verifying-changed", "creating"] {
            let created = house.until("test", name, State::Created).await;
            let outcomes: Vec<Outcome> = created.attempts.iter().map(|it| it.outcome()).collect();
            let (last, earlier) = outcomes.split_last().unwrap();
            assert_eq!(*last, Executed, "{name}");
            assert!(
                !earlier.is_empty() && earlier.iter().all(|it| *it == NotExecuted),
                "{name}"
            );
        }
        let found = house.until("test", "verifying-found", State::Created).await;
        let created = house.sandbox().ledger();
        let created = created.creations().into_iter();
        let again = created.filter(|it| format!("{it:?}").contains("Verifying-found"));
        assert_eq!(again.count(), 0, "she was created again");
        assert_eq!(found.attempts[0].outcome(), Executed);
        let withdrawn = house
            .until("test", "verifying-withdrawn", State::Cancelled)
            .await;
        assert_eq!(withdrawn.cancellation.unwrap().reason(), Reason::Withdrawn);

        let ledger = house.sandbox().ledger();
        let mut logins: Vec<&str> = ledger
            .creations()
            .into_iter()
            .map(|it| it.body.as_ref().unwrap()["login"].as_str().unwrap())
            .collect();
        logins.sort_unstable();
        // In the SQLite file it has been created already, in the other one it waits for its turn.
        assert!(house.created_by_calls("Retrying") <= 1);
        logins.retain(|it| *it != "retrying@example.com");
        let expected = ["creating", "verifying-changed", "verifying"];
        assert_eq!(logins, expected.map(|it| format!("{it}@example.com")));
        let changed = house.status_of("test", "verifying-changed").await.unwrap();
        assert_eq!((changed.revision, changed.pending_revision), (2, 0));
        assert_eq!(changed.collaborator.unwrap().job_title, "Comptable");
    })
    .await;
}

async fn resolve(house: &House, name: &str, tenant: &str, decision: Decision) {
    let key = Key::SourceKey(v1::SourceKey {
        tenant: tenant.to_owned(),
        source: Some(source("test", name)),
    });
    let request = v1::ResolveOnboardingRequest {
        onboarding_id: house.status(key).await.unwrap().id,
        decision: Some(decision),
    };
    house
        .operations()
        .resolve_onboarding(request)
        .await
        .unwrap();
}

/// Waits until the onboarding of a tenant other than the first is in this state.
async fn until_of(house: &House, tenant: &str, name: &str, state: State) {
    let key = Key::SourceKey(v1::SourceKey {
        tenant: tenant.to_owned(),
        source: Some(source("test", name)),
    });
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    loop {
        let it = house.status(key.clone()).await.unwrap();
        if it.state() == state {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{it:#?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn questions_are_answered_and_their_hires_created() {
    on_each_store(async |house| {
        let amend = Decision::Amend(v1::resolve_onboarding_request::Amend {
            collaborator: Some(v1::Collaborator {
                personal_email: "incomplete@example.com".into(),
                contract_start_date: "2027-01-04".into(),
                ..v1::Collaborator::default()
            }),
            update_mask: Some(prost_types::FieldMask {
                paths: vec!["personal_email".into(), "contract_start_date".into()],
            }),
        });
        resolve(&house, "incomplete", TENANT, amend).await;
        house.until("test", "incomplete", State::Created).await;

        let anyway = v1::resolve_onboarding_request::CreateAnyway {
            acknowledged_attempts: vec![1],
        };
        resolve(&house, "unknown", "blind", Decision::CreateAnyway(anyway)).await;
        until_of(&house, "blind", "unknown", State::Created).await;

        let link = v1::resolve_onboarding_request::LinkExisting {
            lucca_user_id: 1_050,
            confirm_difference: true,
        };
        resolve(&house, "personexists", TENANT, Decision::LinkExisting(link)).await;
        let linked = house.until("test", "personexists", State::Created).await;
        assert_eq!(linked.lucca_user_id, 1_050);

        let retry = v1::RetryOnboardingsRequest {
            selection: Some(Selection::Problem(
                v1::retry_onboardings_request::ProblemFilter {
                    tenant: "moved".into(),
                    problem_code: "LUCCA_UNAVAILABLE".into(),
                },
            )),
        };
        let retried = house.operations().retry_onboardings(retry).await.unwrap();
        assert_eq!(retried.into_inner().retried_count, 1);
        until_of(&house, "moved", "unavailable", State::Created).await;

        let update = v1::UpdateTenantRequest {
            tenant: Some(v1::Tenant {
                id: "strict".into(),
                defaults: Some(v1::tenant::Defaults {
                    department_id: 102,
                    role_id: 51,
                    ..v1::tenant::Defaults::default()
                }),
                ..v1::Tenant::default()
            }),
            update_mask: Some(prost_types::FieldMask {
                paths: vec!["defaults".into()],
            }),
            ..v1::UpdateTenantRequest::default()
        };
        house.tenants().update_tenant(update).await.unwrap();
        until_of(&house, "strict", "default", State::Created).await;

        for name in ["Incomplete", "Unknown", "Unavailable", "Default"] {
            assert_eq!(house.created_by_calls(name), 1, "{name}");
        }
        assert_eq!(house.created_by_calls("Personexists"), 0);
    })
    .await;
}

#[tokio::test]
async fn sources_go_on_speaking_of_their_hires() {
    on_each_store(async |house| {
        let withdraw = v1::WithdrawHireRequest {
            tenant: TENANT.into(),
            source: Some(source("test", "unlikely")),
        };
        let withdrawn = house.onboardings().withdraw_hire(withdraw).await.unwrap();
        let withdrawn = withdrawn.into_inner().onboarding.unwrap();
        assert_eq!(withdrawn.state(), State::Cancelled);

        for name in ["cancelled-by-source", "cancelled-by-operator"] {
            let before = house.status_of("test", name).await.unwrap();
            let again = house.create(hire(name, collaborator(name))).await.unwrap();
            assert_eq!(
                (again.state(), again.episode),
                (State::Created, 2),
                "{name}"
            );
            assert_ne!(again.id, before.id);
            assert_eq!(house.created_by_calls(name), 1);
        }

        // The same as it was said before, so that nothing changes.
        let bare = house.status_of("test", "bare").await.unwrap();
        let same = hire("bare", bare.collaborator.clone().unwrap());
        assert_eq!(house.create(same).await.unwrap(), bare);
        let other = v1::Collaborator {
            job_title: "Comptable".into(),
            ..bare.collaborator.unwrap()
        };
        let refused = house.create(hire("bare", other.clone())).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::AlreadyExists);
        let noted = v1::CreateCollaboratorRequest {
            note_differences: true,
            ..hire("bare", other)
        };
        let changed = house.create(noted).await.unwrap();
        let changes = |it: &v1::FollowUp| it.code == "CHANGED_AFTER_CREATION";
        assert!(changed.follow_ups.iter().any(changes));
        assert_eq!(house.created_by_calls("Bare"), 0);
    })
    .await;
}

#[tokio::test]
async fn webhooks_that_waited_in_the_spool_are_handed_over_once() {
    let mut house = sqlite_house().await;
    house.settings.adapter.spool = house.data.path().join("released-spool.db");
    files::spool(&house.settings.adapter.spool);
    for _ in 0..2 {
        house.start_adapter().await;
        house
            .until("werecruit", "hook-waiting", State::Created)
            .await;
        house.until_told("evt-shapeless", TENANT).await;
        house.stop_adapter().await;
    }
    assert_eq!(house.created_by_calls("Waiting"), 1);
    let of_tenant = v1::ListHistoryRequest {
        tenant: TENANT.to_owned(),
        ..v1::ListHistoryRequest::default()
    };
    let entries = history(&house, of_tenant).await;
    // The version before has reported the first.
    for event in ["evt-nameless", "evt-shapeless"] {
        let told = entries.iter().filter(|it| it.detail.contains(event));
        assert_eq!(told.count(), 1, "{event}");
    }
    for again in ["Asked", "Unasked", "Timed"] {
        assert_eq!(house.created_by_calls(again), 0, "{again}");
    }
}
