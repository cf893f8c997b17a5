//! Everything that has to be asked of a hire is asked at once, and one answer sets it going.

use lucca_onboarding::{
    pb::v1::{
        self, Field, State,
        resolve_onboarding_request::{Amend, Decision},
        retry_onboardings_request::{ProblemFilter, Selection},
        tenant::unmatched::Policy,
    },
    sandbox::Options as SandboxOptions,
};
use serde_json::json;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::{
    House, ROLE, TENANT, collaborator, hire, named, tenant,
    webhook::{Webhook, event, nine_items},
};

async fn amend(
    house: &House,
    of: &v1::Onboarding,
    values: v1::Collaborator,
    fields: &[&str],
) -> Result<v1::Onboarding, Status> {
    let amend = Amend {
        collaborator: Some(values),
        update_mask: Some(mask(fields)),
    };
    let request = v1::ResolveOnboardingRequest {
        onboarding_id: of.id.clone(),
        decision: Some(Decision::Amend(amend)),
    };
    let answer = house.operations().resolve_onboarding(request).await?;
    Ok(answer.into_inner().onboarding.unwrap())
}

fn mask(fields: &[&str]) -> prost_types::FieldMask {
    prost_types::FieldMask {
        paths: fields.iter().map(|it| (*it).to_owned()).collect(),
    }
}

fn coded(code: &str) -> Option<v1::Reference> {
    Some(v1::Reference {
        target: Some(v1::reference::Target::Code(code.to_owned())),
    })
}

fn managed_by(target: v1::manager_reference::Target) -> Option<v1::ManagerReference> {
    Some(v1::ManagerReference {
        target: Some(target),
    })
}

fn codes(of: &v1::Onboarding) -> Vec<&str> {
    of.problems.iter().map(|it| it.code.as_str()).collect()
}

/// A house whose tenant has no defaults and wants to be asked.
async fn asking() -> House {
    let house = House::without_tenant(SandboxOptions::default()).await;
    let ask = |field: Field| v1::tenant::Unmatched {
        field: field.into(),
        policy: Policy::Ask.into(),
    };
    let fields = [Field::Establishment, Field::Department, Field::Manager];
    let tenant = v1::Tenant {
        defaults: None,
        unmatched: fields.map(ask).to_vec(),
        ..tenant(&house.lucca_url())
    };
    house.create_tenant(tenant).await.unwrap();
    house
}

/// A hire with which everything is wrong.
fn hopeless() -> v1::Collaborator {
    v1::Collaborator {
        given_name: String::new(),
        contract_start_date: "2027-09-01".into(),
        contract_end_date: "2027-06-30".into(),
        birth_date: "2020-01-01".into(),
        establishment: named("Atlantis"),
        department: coded("zzz"),
        manager: managed_by(v1::manager_reference::Target::Name("Nicolas Martin".into())),
        extended_data: [("e_none_such".to_owned(), text("B-7"))].into(),
        ..collaborator("Dupont")
    }
}

fn text(text: &str) -> prost_types::Value {
    prost_types::Value {
        kind: Some(prost_types::value::Kind::StringValue(text.to_owned())),
    }
}

#[tokio::test]
async fn everything_is_asked_at_once_and_one_amendment_sets_the_hire_going() {
    let house = asking().await;
    let mut request = hire("a-1", hopeless());
    request.accept_incomplete = true;
    let asked = house.create(request).await.unwrap();
    assert_eq!(asked.state(), State::NeedsAttention);
    let all = [
        "INCOMPLETE",
        "DATE_UNLIKELY",
        "UNMATCHED",
        "DEFAULT_MISSING",
        "MANAGER_UNCLEAR",
        "UNKNOWN_EXTENDED_DATA",
    ];
    assert_eq!(codes(&asked), all, "{:#?}", asked.problems);
    assert_eq!(asked.problem.as_ref(), asked.problems.first());
    let about: Vec<Vec<Field>> = asked
        .problems
        .iter()
        .map(|it| it.fields().collect())
        .collect();
    assert_eq!(about[0], [Field::GivenName]);
    assert!(about[1].contains(&Field::ContractEndDate) && about[1].contains(&Field::BirthDate));
    assert_eq!(about[2], [Field::Establishment, Field::Department]);
    assert_eq!(about[3], [Field::Role]);
    assert_eq!(about[4], [Field::Manager]);
    assert_eq!(about[5], [Field::ExtendedData]);
    let [_, _, unmatched, _, manager, _] = &asked.problems[..] else {
        panic!("{asked:#?}")
    };
    for words in ["name “Atlantis”", "code “zzz”"] {
        assert!(unmatched.message.contains(words), "{}", unmatched.message);
    }
    assert!(!manager.candidates.is_empty());
    for candidate in &manager.candidates {
        assert_eq!(candidate.field(), Field::Manager);
    }
    assert!(asked.problems.iter().all(|it| !it.fix.is_empty()));

    // Each of them counts, and any of them finds the hire.
    let retry = |code: &str| v1::RetryOnboardingsRequest {
        selection: Some(Selection::Problem(ProblemFilter {
            tenant: TENANT.to_owned(),
            problem_code: code.to_owned(),
        })),
    };
    for code in all {
        let answer = house.operations().retry_onboardings(retry(code)).await;
        let still_asking = answer.unwrap().into_inner().not_retried;
        assert_eq!(
            (still_asking.len(), still_asking[0].count),
            (1, 1),
            "{code}"
        );
        let still = house.status_of("test", "a-1").await.unwrap();
        assert_eq!(codes(&still), all, "{code}");
    }
    let none = house.operations().retry_onboardings(retry("UNMATCH")).await;
    assert_eq!(none.unwrap().into_inner(), Default::default());

    let right = v1::Collaborator {
        given_name: "Éloïse".into(),
        contract_end_date: "2027-12-31".into(),
        birth_date: "1990-01-01".into(),
        establishment: named("Siège Paris"),
        department: named("Produit"),
        role: Some(v1::Reference {
            target: Some(v1::reference::Target::LuccaId(ROLE)),
        }),
        manager: managed_by(v1::manager_reference::Target::LuccaId(
            manager.candidates[0].lucca_id,
        )),
        ..v1::Collaborator::default()
    };
    let fields = [
        "given_name",
        "contract_end_date",
        "birth_date",
        "establishment",
        "department",
        "role",
        "manager",
        "extended_data",
    ];
    amend(&house, &asked, right, &fields).await.unwrap();
    let created = house.until("test", "a-1", State::Created).await;
    assert!(created.problem.is_none() && created.problems.is_empty());
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}

#[tokio::test]
async fn an_amendment_that_answers_a_part_leaves_the_rest_asked_at_once() {
    let house = asking().await;
    let mut request = hire("a-1", hopeless());
    request.accept_incomplete = true;
    let asked = house.create(request).await.unwrap();
    let dates = v1::Collaborator {
        contract_end_date: "2027-12-31".into(),
        department: named("Produit"),
        ..v1::Collaborator::default()
    };
    let fields = ["contract_end_date", "department", "birth_date"];
    let still = amend(&house, &asked, dates, &fields).await.unwrap();
    let rest = [
        "INCOMPLETE",
        "UNMATCHED",
        "DEFAULT_MISSING",
        "MANAGER_UNCLEAR",
        "UNKNOWN_EXTENDED_DATA",
    ];
    assert_eq!(codes(&still), rest);
    assert_eq!(still.problems[1].fields, [i32::from(Field::Establishment)]);
    // So does an update of the source.
    let update = v1::CreateCollaboratorRequest {
        collaborator: Some(v1::Collaborator {
            establishment: named("Siège Paris"),
            ..v1::Collaborator::default()
        }),
        update_mask: Some(mask(&["establishment"])),
        ..hire("a-1", v1::Collaborator::default())
    };
    let still = house.create(update).await.unwrap();
    let rest: Vec<&str> = rest.into_iter().filter(|it| *it != "UNMATCHED").collect();
    assert_eq!(codes(&still), rest);
    assert_eq!(house.sandbox().ledger().creations().len(), 0);
}

#[tokio::test]
async fn a_hire_is_asked_about_while_lucca_is_away() {
    let mut house = asking().await;
    house.stop_sandbox().await;
    let mut request = hire("a-1", hopeless());
    request.accept_incomplete = true;
    let asked = house.create(request).await.unwrap();
    // Whether names match is not known, and so not asked.
    assert_eq!(
        codes(&asked),
        ["INCOMPLETE", "DATE_UNLIKELY", "DEFAULT_MISSING"]
    );
}

#[tokio::test]
async fn a_hire_whose_parts_contradict_each_other_is_a_question_however_they_came() {
    type Change = fn() -> (v1::Collaborator, &'static [&'static str]);
    let start: Change = || {
        let start = v1::Collaborator {
            contract_start_date: "2027-09-01".into(),
            ..v1::Collaborator::default()
        };
        (start, &["contract_start_date"])
    };
    let end: Change = || {
        let end = v1::Collaborator {
            contract_end_date: "2026-12-31".into(),
            ..v1::Collaborator::default()
        };
        (end, &["contract_end_date"])
    };
    let birth: Change = || {
        let birth = v1::Collaborator {
            birth_date: "2027-01-04".into(),
            ..v1::Collaborator::default()
        };
        (birth, &["birth_date"])
    };
    let house = House::start().await;
    house.hide_people();
    for (number, change) in [start, end, birth].into_iter().enumerate() {
        for way in ["update", "amend"] {
            let id = format!("{way}-{number}");
            let mut first = hire(&id, collaborator(&format!("Dupont{way}{number}")));
            first.wait = None;
            first.collaborator.as_mut().unwrap().contract_end_date = "2027-06-30".into();
            let waiting = house.create(first).await.unwrap();
            assert_eq!(waiting.state(), State::Accepted, "{id}");
            let (values, fields) = change();
            let asked = if way == "amend" {
                amend(&house, &waiting, values, fields).await.unwrap()
            } else {
                let update = v1::CreateCollaboratorRequest {
                    update_mask: Some(mask(fields)),
                    ..hire(&id, values)
                };
                house.create(update).await.unwrap()
            };
            assert_eq!(asked.state(), State::NeedsAttention, "{id}");
            assert_eq!(codes(&asked), ["DATE_UNLIKELY"], "{id}");
            let shown: Vec<Field> = asked.problems[0].fields().collect();
            let field = Field::from_str_name(&format!("FIELD_{}", fields[0].to_uppercase()));
            assert!(shown.contains(&field.unwrap()), "{id}: {shown:?}");
        }
    }
    assert!(house.sandbox().ledger().creations().is_empty());
}

#[tokio::test]
async fn an_update_of_the_sender_that_moves_only_the_start_is_a_question() {
    let house = House::start().await;
    house.hide_people();
    let mut data = nine_items("Dupont");
    data["contractEndDate"] = "2027-06-30".into();
    let confirmed = event("hire.confirmed", "a-1", data);
    assert_eq!(Webhook::of(&confirmed).send(&house).await, 200);
    house.until("werecruit", "a-1", State::Accepted).await;
    let moved = event(
        "hire.updated",
        "a-1",
        json!({"contractStartDate": "2027-09-01"}),
    );
    assert_eq!(Webhook::of(&moved).send(&house).await, 200);
    let asked = house.until("werecruit", "a-1", State::NeedsAttention).await;
    let problem = asked.problem.as_ref().unwrap();
    assert!(problem.message.contains("2027-06-30") && problem.message.contains("2027-09-01"));
    house.sandbox().clear_faults();
    let right = v1::Collaborator {
        contract_end_date: "2028-02-29".into(),
        ..v1::Collaborator::default()
    };
    amend(&house, &asked, right, &["contract_end_date"])
        .await
        .unwrap();
    house.until("werecruit", "a-1", State::Created).await;
    let ledger = house.sandbox().ledger();
    let body = ledger.creations()[0].body.as_ref().unwrap();
    assert_eq!(
        [&body["dtContractStart"], &body["dtContractEnd"]],
        ["2027-09-01T00:00:00", "2028-02-29T00:00:00"]
    );
}

#[tokio::test]
async fn a_message_that_contradicts_itself_is_refused_by_its_paths() {
    let house = House::start().await;
    let mut person = collaborator("Dupont");
    person.contract_end_date = "2027-01-03".into();
    person.birth_date = "2030-01-01".into();
    let refused = house.create(hire("a-1", person.clone())).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let paths = |status: &Status| -> Vec<String> {
        let details = status.get_details_bad_request().unwrap();
        details
            .field_violations
            .into_iter()
            .map(|it| it.field)
            .collect()
    };
    let named = ["contract_end_date", "birth_date"];
    assert_eq!(
        paths(&refused),
        named.map(|it| format!("collaborator.{it}"))
    );
    assert_eq!(
        house.status_of("test", "a-1").await.unwrap_err().code(),
        Code::NotFound
    );
    // Whoever wants it stored all the same has a question.
    let mut request = hire("a-1", person.clone());
    request.accept_incomplete = true;
    let asked = house.create(request).await.unwrap();
    assert_eq!(codes(&asked), ["DATE_UNLIKELY"]);
    let refused = amend(&house, &asked, person, &["birth_date"]).await;
    let named = named.map(|it| format!("amend.collaborator.{it}"));
    assert_eq!(paths(&refused.unwrap_err()), named);
}

#[tokio::test]
async fn a_hire_that_is_only_checked_is_told_what_it_would_wait_for() {
    let house = asking().await;
    let calls = || house.sandbox().ledger().calls.len();
    let before = calls();
    let check = |id: &str, person| v1::CreateCollaboratorRequest {
        validate_only: true,
        ..hire(id, person)
    };
    let mut bare = collaborator("Dupont");
    bare.establishment = None;
    bare.department = None;
    let shown = house.create(check("a-1", bare)).await.unwrap();
    assert_eq!(shown.state(), State::NeedsAttention);
    assert_eq!(codes(&shown), ["DEFAULT_MISSING"]);
    let fields: Vec<Field> = shown.problems[0].fields().collect();
    assert_eq!(
        fields,
        [Field::Establishment, Field::Department, Field::Role]
    );
    assert_eq!(shown.expected_creation_time, None);
    assert_eq!((shown.id.as_str(), shown.next_attempt_time), ("", None));
    let mut placed = collaborator("Dupont");
    placed.role = Some(v1::Reference {
        target: Some(v1::reference::Target::LuccaId(ROLE)),
    });
    let shown = house.create(check("a-1", placed.clone())).await.unwrap();
    assert_eq!((shown.state(), codes(&shown).len()), (State::Accepted, 0));
    assert!(shown.expected_creation_time.is_some());
    assert_eq!(calls(), before, "Lucca is not asked");

    // A key that Lucca refuses is known from the hires that wait for another.
    house.sandbox().revoke_key("first").unwrap();
    let refused = house.create(hire("a-2", placed.clone())).await.unwrap();
    assert_eq!(codes(&refused), ["LUCCA_KEY_REFUSED"]);
    let shown = house.create(check("a-1", placed.clone())).await.unwrap();
    assert_eq!(codes(&shown), ["LUCCA_KEY_REFUSED"]);

    let disabled = v1::UpdateTenantRequest {
        tenant: Some(v1::Tenant {
            id: TENANT.to_owned(),
            disabled: true,
            ..v1::Tenant::default()
        }),
        update_mask: Some(mask(&["disabled"])),
        ..v1::UpdateTenantRequest::default()
    };
    house.tenants().update_tenant(disabled).await.unwrap();
    let refused = house.create(check("a-1", placed)).await.unwrap_err();
    assert_eq!(
        refused.get_details_error_info().unwrap().reason,
        "TENANT_DISABLED"
    );
}

#[tokio::test]
async fn what_is_told_names_the_value_and_its_one_cause() {
    let house = House::start().await;
    for (number, (start, cause)) in [
        ("04/01/2027", "day and month cannot be told apart"),
        ("2020-01-04", "more than two years from today"),
        ("janvier", "does not have the form YYYY-MM-DD"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("a-{number}");
        let mut data = nine_items("Dupont");
        data["contractStartDate"] = start.into();
        let confirmed = event("hire.confirmed", &id, data);
        assert_eq!(Webhook::of(&confirmed).send(&house).await, 200);
        let asked = house.until("werecruit", &id, State::NeedsAttention).await;
        let message = &asked.problem.as_ref().unwrap().message;
        assert!(
            message.contains(start) && message.contains(cause),
            "{message}"
        );
        let causes = ["told apart", "two years", "YYYY-MM-DD"];
        let named = causes.iter().filter(|it| message.contains(**it)).count();
        assert_eq!(named, 1, "{message}");
    }
}

#[tokio::test]
async fn homonyms_are_followed_up() {
    let house = House::start().await;
    // Two people bear the name of the manager: one is in the department of the hire.
    let mut person = collaborator("Dupont");
    person.department = named("Comptabilité");
    person.manager = managed_by(v1::manager_reference::Target::Name("Nicolas Martin".into()));
    let created = house.create(hire("a-1", person)).await.unwrap();
    assert_eq!(created.state(), State::Created);
    let mut warnings = created.warnings.iter();
    let warning = warnings.find(|it| it.code == "MANAGER_ONE_OF_SEVERAL");
    assert_eq!(warning.unwrap().candidates.len(), 2);
    let follow_ups: Vec<&str> = created
        .follow_ups
        .iter()
        .map(|it| it.code.as_str())
        .collect();
    assert!(follow_ups.contains(&"CONFIRM_MANAGER"), "{follow_ups:?}");
    // Somebody has the name of the hire and other addresses.
    let mut person = collaborator("Martin");
    person.given_name = "Nicolas".into();
    let created = house.create(hire("a-2", person)).await.unwrap();
    assert_eq!(created.state(), State::Created);
    let follow_ups: Vec<&str> = created
        .follow_ups
        .iter()
        .map(|it| it.code.as_str())
        .collect();
    assert!(follow_ups.contains(&"CHECK_SAME_NAME"), "{follow_ups:?}");
}

#[tokio::test]
async fn a_refused_default_is_told_as_the_tenant_s_setting() {
    let house = House::without_tenant(SandboxOptions::default()).await;
    let mut tenant = tenant(&house.lucca_url());
    tenant.defaults = Some(v1::tenant::Defaults {
        role_id: 999,
        ..v1::tenant::Defaults::default()
    });
    house.create_tenant(tenant).await.unwrap();
    let refused = house.create(hire("a-1", collaborator("Dupont"))).await;
    let problem = refused.unwrap().problem.unwrap();
    assert_eq!(problem.code, "LUCCA_REFUSED");
    assert!(
        problem.fix.contains("tenant's settings do: role"),
        "{}",
        problem.fix
    );
    let role = v1::UpdateTenantRequest {
        tenant: Some(v1::Tenant {
            id: TENANT.to_owned(),
            defaults: Some(v1::tenant::Defaults {
                role_id: ROLE,
                ..v1::tenant::Defaults::default()
            }),
            ..v1::Tenant::default()
        }),
        update_mask: Some(mask(&["defaults"])),
        ..v1::UpdateTenantRequest::default()
    };
    house.tenants().update_tenant(role).await.unwrap();
    house.until("test", "a-1", State::Created).await;
}
