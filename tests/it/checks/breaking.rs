//! Each check turned red by breaking exactly the thing it looks at, and green again by the
//! fix it proposes.

use std::collections::BTreeMap;

use lucca_onboarding::{
    pb::v1::{
        self, Field, State,
        check_defaults_response::check::Status::{self, Fail, Pass, Unverified, Warn},
    },
    sandbox::{Control, DepartmentChange, EstablishmentChange, Fault, Kind, Options, Rights},
};
use serde_json::json;

use super::{change, check, check_in, generous, retry, status};
use crate::support::{House, collaborator, hire, webhook};

const PARIS: u64 = 11;
const LYON: u64 = 12;
const PRODUIT: u64 = 102;
const DESIGN: u64 = 105;
const PRESS: u64 = 123;
/// Somebody active.
const ACTIVE: u64 = 1001;
/// One of those who have left.
const FORMER: u64 = 1071;
const COLLABORATEUR: i64 = 51;
const STAGIAIRE: u64 = 56;

/// A change of the tenant: which fields, and their values.
type Setting = (&'static [&'static str], fn(&mut v1::Tenant));

/// Something that is done.
enum Deed {
    /// In Lucca.
    Lucca(fn(&Control)),
    /// To the settings of the tenant.
    Tenant(Setting),
}

use Deed::{Lucca, Tenant};

impl Deed {
    async fn be_done(&self, house: &House) {
        match self {
            Lucca(deed) => deed(&house.sandbox()),
            Tenant((paths, deed)) => {
                let mut tenant = v1::Tenant::default();
                deed(&mut tenant);
                change(house, paths, tenant).await;
            }
        }
    }
}

struct Case {
    id: &'static str,
    break_it: Deed,
    red: Status,
    /// What the sentence says in English and in French.
    says: [&'static str; 2],
    /// What the fix says in English.
    fix: &'static str,
    /// The checks that depend on it, which cannot tell any more.
    dependent: &'static [&'static str],
    fix_it: Deed,
}

fn rights(sandbox: &Control, change: impl FnOnce(&mut Rights)) {
    let key = &sandbox.keys()[0];
    let mut rights = key.rights;
    change(&mut rights);
    sandbox.set_rights(&key.id, rights).unwrap();
}

fn all_rights(sandbox: &Control) {
    rights(sandbox, |rights| *rights = Rights::default());
}

fn department(sandbox: &Control, id: u64, change: DepartmentChange) {
    sandbox.change_department(id, change).unwrap();
}

fn establishment(sandbox: &Control, id: u64, change: EstablishmentChange) {
    sandbox.change_establishment(id, change).unwrap();
}

fn active(is_active: bool) -> DepartmentChange {
    DepartmentChange {
        is_active: Some(is_active),
        ..DepartmentChange::default()
    }
}

fn head(id: u64) -> DepartmentChange {
    DepartmentChange {
        head_id: Some(Some(id)),
        ..DepartmentChange::default()
    }
}

fn archived(is_archived: bool) -> EstablishmentChange {
    EstablishmentChange {
        is_archived: Some(is_archived),
        ..EstablishmentChange::default()
    }
}

fn belongs_to(unit: Option<u64>) -> EstablishmentChange {
    EstablishmentChange {
        legal_unit_id: Some(unit),
        ..EstablishmentChange::default()
    }
}

fn label(field: Field, id: u64) -> v1::tenant::Label {
    v1::tenant::Label {
        field: field.into(),
        label: format!("label {id}"),
        lucca_id: i64::try_from(id).unwrap(),
    }
}

fn default_role(tenant: &mut v1::Tenant, id: i64) {
    tenant.defaults = Some(v1::tenant::Defaults {
        role_id: id,
        ..v1::tenant::Defaults::default()
    });
}

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    vec![
        Case {
            id: "tenant_enabled",
            break_it: Tenant((&["disabled"], |tenant| tenant.disabled = true)),
            red: Fail,
            says: ["is disabled", "est désactivé"],
            fix: "Enable the tenant",
            dependent: &[],
            fix_it: Tenant((&["disabled"], |tenant| tenant.disabled = false)),
        },
        Case {
            id: "reads_people",
            break_it: Lucca(|lucca| rights(lucca, |it| it.read_users = false)),
            red: Fail,
            says: ["not allowed to read the people", "n’a pas le droit de lire les collaborateurs"],
            fix: "see all employees",
            dependent: &["sees_future_and_former", "department_heads", "readable_extended_data"],
            fix_it: Lucca(all_rights),
        },
        Case {
            id: "reads_departments",
            break_it: Lucca(|lucca| rights(lucca, |it| it.read_departments = false)),
            red: Fail,
            says: ["not allowed to read the departments", "n’a pas le droit de lire les départements"],
            fix: "/organization/structure/roles",
            dependent: &["default_department", "department_heads", "labels"],
            fix_it: Lucca(all_rights),
        },
        Case {
            id: "reads_establishments",
            break_it: Lucca(|lucca| rights(lucca, |it| it.read_establishments = false)),
            red: Fail,
            says: ["not allowed to read the establishments", "n’a pas le droit de lire les établissements"],
            fix: "read establishments and legal units",
            dependent: &["default_establishment", "labels", "dpae_legal_units"],
            fix_it: Lucca(all_rights),
        },
        Case {
            id: "reads_roles",
            break_it: Lucca(|lucca| rights(lucca, |it| it.read_roles = false)),
            red: Warn,
            says: ["not allowed to read the roles", "n’a pas le droit de lire les rôles"],
            fix: "read roles",
            dependent: &["default_role"],
            fix_it: Lucca(all_rights),
        },
        Case {
            id: "reads_definitions",
            break_it: Lucca(|lucca| rights(lucca, |it| it.read_definitions = false)),
            red: Warn,
            says: ["the definitions of custom data", "les définitions des données personnalisées"],
            fix: "read the set-up of the HR file",
            dependent: &["readable_extended_data"],
            fix_it: Lucca(all_rights),
        },
        Case {
            id: "sees_future_and_former",
            break_it: Lucca(|lucca| rights(lucca, |it| it.see_former = false)),
            red: Warn,
            says: ["does not see anybody who has left", "ne voit pas d’anciens collaborateurs"],
            fix: "“See former employees”",
            dependent: &[],
            fix_it: Lucca(all_rights),
        },
        Case {
            id: "sees_future_and_former",
            break_it: Lucca(|lucca| rights(lucca, |it| it.see_future = false)),
            red: Warn,
            says: ["anybody who starts in the future", "de futurs collaborateurs"],
            fix: "“See future employees”",
            dependent: &[],
            fix_it: Lucca(all_rights),
        },
        Case {
            id: "default_establishment",
            break_it: Lucca(|lucca| establishment(lucca, PARIS, archived(true))),
            red: Fail,
            says: ["“Siège Paris” (id 11) is no longer used", "« Siège Paris » (identifiant 11) n’est plus utilisé"],
            fix: "reactivate this one",
            dependent: &[],
            fix_it: Lucca(|lucca| establishment(lucca, PARIS, archived(false))),
        },
        Case {
            id: "default_department",
            break_it: Lucca(|lucca| department(lucca, PRODUIT, active(false))),
            red: Fail,
            says: ["“Produit” (id 102) is no longer used", "« Produit » (identifiant 102) n’est plus utilisé"],
            fix: "reactivate this one",
            dependent: &[],
            fix_it: Lucca(|lucca| department(lucca, PRODUIT, active(true))),
        },
        Case {
            id: "default_role",
            break_it: Lucca(|lucca| lucca.delete_unit(STAGIAIRE).unwrap()),
            red: Fail,
            says: ["with id 56 is not in Lucca", "d’identifiant 56 n’existe pas dans Lucca"],
            fix: "defaults.role_id",
            dependent: &[],
            fix_it: Tenant((&["defaults.role_id"], |tenant| default_role(tenant, COLLABORATEUR))),
        },
        Case {
            id: "default_culture",
            break_it: Tenant((&["defaults.culture_id"], |tenant| {
                tenant.defaults = Some(v1::tenant::Defaults {
                    culture_id: 2060,
                    ..v1::tenant::Defaults::default()
                });
            })),
            red: Unverified,
            says: ["culture is 2060; Lucca does not show", "est 2060 ; on ne peut pas lire"],
            fix: "1036 means French",
            dependent: &[],
            fix_it: Tenant((&["defaults.culture_id"], |tenant| {
                tenant.defaults = Some(v1::tenant::Defaults {
                    culture_id: 1036,
                    ..v1::tenant::Defaults::default()
                });
            })),
        },
        Case {
            id: "department_heads",
            break_it: Lucca(|lucca| department(lucca, PRODUIT, head(FORMER))),
            red: Warn,
            says: ["has left: “Produit”.", "a quitté l’entreprise : « Produit »."],
            fix: "give these departments an active head",
            dependent: &[],
            fix_it: Lucca(|lucca| department(lucca, PRODUIT, head(ACTIVE))),
        },
        Case {
            id: "labels",
            break_it: Lucca(|lucca| department(lucca, DESIGN, active(false))),
            red: Fail,
            says: ["“label 105” (department 105, no longer used)", "« label 105 » (département 105, plus utilisé)"],
            fix: "or remove them",
            dependent: &[],
            fix_it: Tenant((&["labels"], |tenant| {
                tenant.labels = vec![label(Field::Establishment, LYON)];
            })),
        },
        Case {
            id: "readable_extended_data",
            break_it: Tenant((&["readable_extended_data"], |tenant| {
                tenant.readable_extended_data = vec!["e_badge".into(), "e_gone".into()];
            })),
            red: Warn,
            says: ["these codes: “e_gone”.", "ces codes : « e_gone »."],
            fix: "e_badge (Numéro de badge)",
            dependent: &[],
            fix_it: Tenant((&["readable_extended_data"], |tenant| {
                tenant.readable_extended_data = vec!["e_badge".into()];
            })),
        },
        Case {
            id: "readable_extended_data",
            break_it: Lucca(|lucca| lucca.hide_data("first", vec!["e_badge".into()]).unwrap()),
            red: Unverified,
            says: ["sees no value of them", "n’en voit aucune valeur"],
            fix: "consult the HR file",
            dependent: &[],
            fix_it: Lucca(|lucca| lucca.hide_data("first", Vec::new()).unwrap()),
        },
        Case {
            id: "dpae_legal_units",
            break_it: Lucca(|lucca| establishment(lucca, LYON, belongs_to(None))),
            red: Warn,
            says: ["who declares their hires: “Lyon Part-Dieu”.", "qui déclare leurs embauches : « Lyon Part-Dieu »."],
            fix: "choose the legal unit of each",
            dependent: &[],
            fix_it: Lucca(|lucca| establishment(lucca, LYON, belongs_to(Some(1)))),
        },
        Case {
            id: "webhook_auth",
            break_it: Tenant((&["webhook"], |_| {})),
            red: Warn,
            says: ["every webhook is refused", "tous les webhooks sont refusés"],
            fix: "Agree on a secret",
            dependent: &[],
            fix_it: Tenant((&["webhook"], |tenant| {
                tenant.webhook = Some(v1::Webhook {
                    auth: vec![webhook::proof()],
                    ..v1::Webhook::default()
                });
            })),
        },
        Case {
            id: "lucca_key",
            break_it: Lucca(|lucca| lucca.revoke_key("first").unwrap()),
            red: Fail,
            says: ["does not accept the API key", "refuse la clé API"],
            fix: "make a new key",
            dependent: &WITHOUT_LUCCA,
            fix_it: Tenant((&["lucca_api_key"], |tenant| {
                tenant.lucca_api_key = "another-key".into();
            })),
        },
        Case {
            id: "lucca_reachable",
            break_it: Lucca(|lucca| lucca.inject(Fault::on_reads(Kind::CutBefore, "/"))),
            red: Fail,
            says: ["does not answer at", "ne répond pas à l’adresse"],
            fix: "check again later",
            dependent: &[
                "lucca_key", "reads_people", "reads_departments", "reads_establishments",
                "reads_roles", "reads_definitions", "sees_future_and_former",
                "default_establishment", "default_department", "default_role",
                "department_heads", "labels", "readable_extended_data", "dpae_legal_units",
            ],
            fix_it: Lucca(Control::clear_faults),
        },
    ]
}

/// What cannot be told when nothing can be read.
const WITHOUT_LUCCA: [&str; 13] = [
    "reads_people",
    "reads_departments",
    "reads_establishments",
    "reads_roles",
    "reads_definitions",
    "sees_future_and_former",
    "default_establishment",
    "default_department",
    "default_role",
    "department_heads",
    "labels",
    "readable_extended_data",
    "dpae_legal_units",
];

/// A tenant of whom everything can be said to be in order, but for what only creations show.
async fn tidy() -> House {
    let house = generous(Options::default(), |tenant| {
        tenant.defaults = Some(v1::tenant::Defaults {
            establishment_id: i64::try_from(PARIS).unwrap(),
            department_id: i64::try_from(PRODUIT).unwrap(),
            role_id: i64::try_from(STAGIAIRE).unwrap(),
            culture_id: 1036,
        });
        tenant.labels = vec![
            label(Field::Establishment, LYON),
            label(Field::Department, DESIGN),
        ];
        tenant.readable_extended_data = vec!["e_badge".into()];
    })
    .await;
    let lucca = house.sandbox();
    lucca.add_key(lucca_onboarding::sandbox::Key::new("second", "another-key"));
    department(&lucca, PRESS, head(ACTIVE));
    let badge = json!({"e_badge": {"value": "B-7"}});
    lucca.update_user(ACTIVE, badge).unwrap();
    assert!(!lucca.user(FORMER).unwrap().text("dtContractEnd").is_empty());
    house
}

async fn statuses(house: &House) -> BTreeMap<String, Status> {
    let report = check(house, None).await;
    let checks = report.checks.iter();
    checks.map(|it| (it.id.clone(), it.status())).collect()
}

#[tokio::test]
async fn what_is_broken_turns_its_check_red_and_the_proposed_fix_turns_it_green() {
    let house = tidy().await;
    let mut base = statuses(&house).await;
    let open: Vec<&str> = base
        .iter()
        .filter(|(_, status)| **status != Pass)
        .map(|(id, _)| id.as_str())
        .collect();
    assert_eq!(
        open,
        ["dpae_data", "webhooks_arrive", "writes"],
        "what only time shows"
    );
    for case in cases() {
        let id = case.id;
        case.break_it.be_done(&house).await;
        let mut expected = base.clone();
        expected.insert(id.to_owned(), case.red);
        for dependent in case.dependent {
            expected.insert((*dependent).to_owned(), Unverified);
        }
        assert_eq!(statuses(&house).await, expected, "{id} broken");
        for (language, says) in ["en", "fr"].into_iter().zip(case.says) {
            let report = check_in(&house, language, None).await;
            let found = super::the(&report, id);
            // French has no-break spaces beside its marks.
            let message = found.message.replace('\u{a0}', " ");
            assert!(message.contains(says), "{id}: {message}");
            assert!(!found.fix.is_empty(), "{id}");
            if language == "en" {
                assert!(found.fix.contains(case.fix), "{id}: {}", found.fix);
                let ready = !expected.values().any(|status| *status == Fail);
                assert_eq!(report.ready, ready, "{id}");
            }
        }
        case.fix_it.be_done(&house).await;
        base = statuses(&house).await;
        let left: Vec<&str> = base
            .iter()
            .filter(|(_, status)| **status != Pass)
            .map(|(id, _)| id.as_str())
            .collect();
        assert_eq!(
            left,
            ["dpae_data", "webhooks_arrive", "writes"],
            "{id} put right"
        );
    }
}

#[tokio::test]
async fn every_check_is_broken_by_a_test() {
    let house = tidy().await;
    let mut broken: Vec<&str> = cases().iter().map(|case| case.id).collect();
    // In this file, in `unreachable`, in `learned`, in `quarantine`, in `senders`; a zone that is none can only be stored by
    // another version, and the last one is never in order.
    broken.extend([
        "writes",
        "lucca_url",
        "budget",
        "records",
        "default_login",
        "time_zone",
        "dpae_data",
        "webhooks_arrive",
    ]);
    for id in statuses(&house).await.keys() {
        assert!(broken.contains(&id.as_str()), "{id}");
    }
}

#[tokio::test]
async fn a_key_that_may_not_write_is_told_with_the_day_and_the_fix_frees_the_hire() {
    let house = tidy().await;
    let lucca = house.sandbox();
    assert_eq!(status(&check(&house, None).await, "writes"), Unverified);
    rights(&lucca, |it| it.write_users = false);
    let waiting = house
        .create(hire("a-1", collaborator("Beauregard")))
        .await
        .unwrap();
    assert_eq!(waiting.state(), State::NeedsAttention);
    let report = check(&house, None).await;
    let found = super::the(&report, "writes");
    assert_eq!(found.status(), Fail);
    let zone = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
    let today = jiff::Timestamp::now().to_zoned_datetime(zone).date();
    let yesterday = today.yesterday().unwrap();
    let says = |day| found.message.contains(&format!("On {day} Lucca refused"));
    assert!(says(today) || says(yesterday), "{}", found.message);
    assert!(!report.ready);
    all_rights(&lucca);
    retry(&house, "LUCCA_KEY_REFUSED").await;
    house.until("test", "a-1", State::Created).await;
    let report = check(&house, None).await;
    assert_eq!(status(&report, "writes"), Pass);
    assert!(report.ready);
}

#[tokio::test]
async fn a_budget_that_is_used_up_is_told_and_passes() {
    use lucca_onboarding::sandbox::RetryAfter;
    let house = tidy().await;
    house.sandbox().inject(Fault {
        times: Some(1),
        ..Fault::on_reads(
            Kind::TooManyRequests {
                retry_after: Some(RetryAfter::Seconds),
                seconds: Some(2),
            },
            "/",
        )
    });
    let report = check(&house, None).await;
    assert_eq!(status(&report, "lucca_reachable"), Unverified);
    assert_eq!(status(&report, "budget"), Pass);
    assert!(!report.ready, "nobody knows");
    for id in ["lucca_reachable", "default_role", "reads_people", "labels"] {
        let found = super::the(&report, id);
        let says = "Lucca’s limit of calls is used up";
        assert!(found.message.contains(says), "{id}: {}", found.message);
    }
    // Lucca has asked for a pause of two seconds, which the next check waits for.
    let report = check(&house, None).await;
    assert_eq!(status(&report, "budget"), Warn);
    assert_eq!(status(&report, "lucca_reachable"), Pass);
    let report = check(&house, None).await;
    assert_eq!(status(&report, "budget"), Pass);
}
