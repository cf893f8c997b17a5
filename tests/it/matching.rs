//! The right manager among everybody, and how many calls a burst of hires costs.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use lucca_onboarding::{
    clock::{SharedClock, SystemClock},
    db::Keyring,
    directory::{DirectoryCache, Snapshot},
    domain::{
        collaborator::ManagerReference,
        ids::TenantId,
        resolve::{Lookups as _, Match, nobody_active},
    },
    lucca::{Gate, GateRules, HttpRules, LuccaClient, Priority, SystemLookup},
    pb::v1::{self, State},
    sandbox::{Control, Fault, Kind, Options as SandboxOptions, User},
    store::{TenantStore as _, sqlite::SqliteStore},
    telemetry::Metrics,
};
use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio::time::timeout;
use tonic::{Code, Request};
use unicode_normalization::UnicodeNormalization as _;

use crate::support::{House, TENANT, collaborator, hire, tenant};

/// The directory of the house's tenant, as its engine would read it; stops the service.
async fn directory(house: &mut House) -> Arc<Snapshot> {
    house.stop_service().await;
    let clock: SharedClock = Arc::new(SystemClock::new());
    let keys = &house.settings.store.encryption_keys;
    let keyring = Keyring::from_base64(keys.iter().map(|key| key.expose_secret())).unwrap();
    let path = house.data.path().join("onboarding.db");
    let store = SqliteStore::open(&path, keyring, Arc::clone(&clock)).await;
    let store = Arc::new(store.unwrap());
    let tenant = store.tenant(&TenantId::parse(TENANT).unwrap()).await;
    let rules = GateRules {
        limit: 45,
        window: Duration::from_secs(60),
        longest: Duration::from_secs(10),
    };
    let rules_of_calls = HttpRules {
        hosts: house.settings.lucca.hosts().clone(),
        lookup: Arc::new(SystemLookup),
        request_timeout: Duration::from_secs(10),
        connect_timeout: Duration::from_secs(3),
    };
    let gate = Arc::new(Gate::new(store, Arc::clone(&clock), rules));
    let client = LuccaClient::new(gate, &rules_of_calls, Metrics::new()).unwrap();
    let directories = Arc::new(DirectoryCache::new(Arc::new(client), clock));
    let tenant = tenant.unwrap().unwrap();
    let view = directories.fresh(&tenant, Timestamp::MIN, Priority::Interactive);
    view.await.unwrap().snapshot
}

fn text<'a>(user: &'a User, member: &str) -> &'a str {
    user.members[member].as_str().unwrap()
}

/// In letters of a typewriter: no accents, no ligatures, straight apostrophes.
fn typed(text: &str) -> String {
    let letters = text.chars().flat_map(|letter| match letter {
        'œ' => "oe".chars().collect(),
        'æ' => "ae".chars().collect(),
        'ß' => "ss".chars().collect(),
        'ı' => vec!['i'],
        'ø' => vec!['o'],
        'ł' => vec!['l'],
        '’' => vec!['\''],
        letter => letter.nfd().collect::<Vec<char>>(),
    });
    letters.filter(char::is_ascii).collect()
}

/// Letters only: how people are the same to the eye.
fn bare(text: &str) -> String {
    let lower = typed(&text.to_lowercase());
    lower.chars().filter(char::is_ascii_lowercase).collect()
}

/// Without accents, and with spaces where hyphens and apostrophes were.
fn plain(text: &str) -> String {
    typed(text).replace(['-', '\''], " ")
}

fn spellings(first: &str, last: &str) -> Vec<String> {
    let caps = last.to_uppercase();
    vec![
        format!("{first} {last}"),
        format!("{first} {caps}"),
        format!("{caps} {first}"),
        format!("{} {}", plain(first), plain(last)),
        format!("{} {}", plain(last).to_uppercase(), plain(first)),
        format!("{first} {caps}").nfd().collect(),
        format!("{caps}, {first}"),
        format!("Mme {first} {last}"),
        format!("M. {caps} {first}"),
        format!(
            "  {}\u{a0}{} ",
            first.replace('-', "\u{2011}"),
            caps.replace('\'', "’")
        ),
    ]
}

fn is_active(user: &User, today: &str) -> bool {
    let ended = user.members.get("dtContractEnd").and_then(|it| it.as_str());
    &text(user, "dtContractStart")[..10] <= today && ended.is_none_or(|end| &end[..10] >= today)
}

#[tokio::test]
async fn every_one_of_300_people_is_found_however_a_manager_is_written_and_homonyms_never_are() {
    let mut house = House::start().await;
    let snapshot = directory(&mut house).await;
    let today = Timestamp::now().strftime("%Y-%m-%d").to_string();
    let users = house.sandbox().users();
    assert_eq!(users.len(), 300);
    let active: Vec<&User> = users.iter().filter(|it| is_active(it, &today)).collect();
    let name = |user: &User| {
        bare(&format!(
            "{}{}",
            text(user, "firstName"),
            text(user, "lastName")
        ))
    };
    let mut bearers: HashMap<String, usize> = HashMap::new();
    for user in &active {
        *bearers.entry(name(user)).or_default() += 1;
    }
    let (mut found, mut homonyms) = (0, 0);
    for user in &active {
        for spelling in spellings(text(user, "firstName"), text(user, "lastName")) {
            let reference = ManagerReference::Name(spelling.clone());
            match snapshot.find_manager(&reference, None, None) {
                Match::One { id, .. } if bearers[&name(user)] == 1 => {
                    assert_eq!(id.get(), i64::try_from(user.id).unwrap(), "{spelling}");
                    found += 1;
                }
                Match::Several(candidates) if bearers[&name(user)] > 1 => {
                    assert_eq!(candidates.len(), bearers[&name(user)], "{spelling}");
                    homonyms += 1;
                }
                other => panic!("{spelling}: {other:?}"),
            }
        }
    }
    assert!(found > 250 * 10 && homonyms >= 2 * 10, "{found} {homonyms}");
    // Who is not there yet, or any more, manages nobody.
    for user in users.iter().filter(|it| !is_active(it, &today)) {
        if bearers.contains_key(&name(user)) {
            continue;
        }
        let spelling = format!("{} {}", text(user, "firstName"), text(user, "lastName"));
        let met = snapshot.find_manager(&ManagerReference::Name(spelling), None, None);
        let Match::None(candidates) = met else {
            panic!("{met:?}")
        };
        assert!(
            candidates
                .iter()
                .any(|it| it.id.get() == i64::try_from(user.id).unwrap())
        );
        assert!(nobody_active(&candidates), "{candidates:?}");
    }
}

#[tokio::test]
async fn people_of_one_name_are_told_apart_for_whom_has_to_choose() {
    let house = House::start().await;
    let mut person = collaborator("Dupont");
    person.manager = Some(v1::ManagerReference {
        target: Some(v1::manager_reference::Target::Name("Nicolas Martin".into())),
    });
    let created = house.create(hire("a-1", person)).await.unwrap();
    assert_eq!(created.state(), State::Created);
    let warnings = created.warnings.iter();
    let unclear: Vec<_> = warnings.filter(|it| it.code == "MANAGER_UNCLEAR").collect();
    let [one, other] = &unclear[0].candidates[..] else {
        panic!("{unclear:?}")
    };
    assert_eq!(one.label, other.label);
    let mut departments = [one.department.as_str(), other.department.as_str()];
    departments.sort_unstable();
    assert_eq!(departments, ["Comptabilité", "Grands comptes"]);
    let users = house.sandbox().users();
    for candidate in [one, other] {
        let id = u64::try_from(candidate.lucca_id).unwrap();
        let user = users.iter().find(|it| it.id == id).unwrap();
        assert_eq!(candidate.employee_number, text(user, "employeeNumber"));
        assert_eq!(
            candidate.contract_start_date,
            text(user, "dtContractStart")[..10]
        );
        assert!(!candidate.establishment.is_empty());
        assert_eq!(candidate.presence(), v1::candidate::Presence::Active);
        assert!(!candidate.has_login);
    }
}

#[tokio::test]
async fn who_left_and_who_has_the_login_is_told_of_those_who_may_be_the_person() {
    let house = House::start().await;
    let left = json!({
        "firstName": "Zoé", "lastName": "Dupont", "login": "zdupont",
        "mail": "zoe@example.org", "personalEmail": "dupont@example.com",
        "dtContractStart": "2019-03-01T00:00:00", "dtContractEnd": "2021-02-28T00:00:00",
    });
    house.sandbox().add_user(left).unwrap();
    let former = house.create(hire("a-1", collaborator("Dupont"))).await;
    let problem = former.unwrap().problem.unwrap();
    assert_eq!(problem.code, "REHIRE");
    let [person] = &problem.candidates[..] else {
        panic!("{problem:?}")
    };
    assert_eq!(person.presence(), v1::candidate::Presence::Former);
    assert_eq!(person.contract_start_date, "2019-03-01");
    assert_eq!(person.contract_end_date, "2021-02-28");
    assert_eq!(
        (person.has_login, person.reason.as_str()),
        (false, "Has the same e-mail address.")
    );
}

/// Fills the company up to this many people.
fn grow(sandbox: &Control, people: usize) {
    for number in sandbox.users().len()..people {
        let members = json!({
            "firstName": format!("Prénom{}", number % 40),
            "lastName": format!("Personne{number}"),
            "dtContractStart": "2020-01-06T00:00:00",
        });
        sandbox.add_user(members).unwrap();
    }
}

#[tokio::test]
async fn a_hundred_hires_with_twenty_managers_on_a_cold_account_of_a_thousand_cost_few_calls() {
    let options = SandboxOptions {
        window: Duration::from_secs(2),
        ..SandboxOptions::default()
    };
    let mut house = House::without_tenant(options).await;
    grow(&house.sandbox(), 1_000);
    house.settings.lucca.window = Duration::from_secs(2);
    house.stop_service().await;
    house.start_service().await;
    house
        .create_tenant(tenant(&house.lucca_url()))
        .await
        .unwrap();
    for number in 0..100 {
        let manager = 400 + number % 20;
        let mut person = collaborator(&format!("Recrue{number}"));
        person.manager = Some(v1::ManagerReference {
            target: Some(v1::manager_reference::Target::Name(format!(
                "PERSONNE{manager} Prenom{}",
                manager % 40
            ))),
        });
        let request = v1::CreateCollaboratorRequest {
            wait: None,
            ..hire(&format!("a-{number}"), person)
        };
        house.create(request).await.unwrap();
    }
    for number in 0..100 {
        let created = house
            .until("test", &format!("a-{number}"), State::Created)
            .await;
        let mut warnings = created.warnings.iter();
        let unclear = warnings.find(|it| it.code == "MANAGER_UNCLEAR");
        assert_eq!(unclear, None);
    }
    let ledger = house.sandbox().ledger();
    assert_eq!(ledger.creations().len(), 100);
    for call in ledger.creations() {
        assert!(call.body.as_ref().unwrap()["managerId"].is_i64());
    }
    let calls = ledger.calls.len();
    assert!(calls <= 115, "{calls} calls for 100 hires");
    // A lone hire on a warm directory.
    let lone = house.create(hire("lone", collaborator("Seule"))).await;
    assert_eq!(lone.unwrap().state(), State::Created);
    let more = house.sandbox().ledger().calls.len() - calls;
    assert!(more <= 2, "{more} calls for a lone hire");
}

#[tokio::test]
async fn pages_that_lucca_cuts_short_hide_nobody() {
    let mut house = House::start().await;
    house
        .sandbox()
        .change_switches(|switches| switches.people_per_page = 100);
    let snapshot = directory(&mut house).await;
    assert_eq!(snapshot.people.len(), 300);
    let ledger = house.sandbox().ledger();
    let pages = ledger.calls.iter();
    assert_eq!(pages.filter(|it| it.path == "/api/v3/users").count(), 3);
}

#[tokio::test]
async fn a_large_company_is_read_to_its_end_also_when_whoever_asked_has_gone() {
    const PAGES: usize = 15;
    let house = House::start().await;
    let sandbox = house.sandbox();
    sandbox.change_switches(|switches| switches.people_per_page = 300 / PAGES);
    sandbox.inject(Fault::on_reads(Kind::Delay { ms: 50 }, "/api/v3/users"));
    let mut request = Request::new(v1::CheckDefaultsRequest {
        tenant: TENANT.to_owned(),
        ..v1::CheckDefaultsRequest::default()
    });
    request.set_timeout(Duration::from_millis(300));
    let mut counters = sandbox.subscribe();
    let gone = house.onboardings().check_defaults(request).await;
    assert_eq!(gone.unwrap_err().code(), Code::DeadlineExceeded);
    let pages = || {
        let calls = sandbox.ledger().calls;
        let pages = calls.iter().filter(|it| it.path == "/api/v3/users");
        pages.count()
    };
    assert!(pages() < PAGES);
    let all = counters.wait_for(|_| pages() == PAGES);
    timeout(Duration::from_secs(30), all)
        .await
        .unwrap()
        .unwrap();
    // Whoever comes next begins where the read has ended.
    sandbox.clear_faults();
    let created = house.create(hire("a-1", collaborator("Dupont"))).await;
    assert_eq!(created.unwrap().state(), State::Created);
    assert!(pages() <= PAGES + 3, "{} pages", pages());
}
