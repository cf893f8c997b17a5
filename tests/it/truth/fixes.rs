//! Every question is answered, at once, by the calls that its `fix` names.

use std::{pin::Pin, time::Duration};

use lucca_onboarding::{
    pb::v1::{self, Field, State, tenant},
    sandbox::{Fault, Kind},
};
use serde_json::json;

use super::{
    assert_true,
    calls::{amend, create_anyway, decide, id, link, retry, update},
    company::{
        allow, archived, asking, define, latest, named_manager, product, with_its_address,
        with_its_login,
    },
    employee,
};
use crate::support::{House, LUCCA_KEY, ROLE, collaborator, hire, named};

type Done<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// How a question comes up and how it is answered.
struct Fix {
    code: &'static str,
    /// What its fix must name.
    named: &'static str,
    /// What is so before the hire comes.
    before: fn(&House),
    /// What changes of the hire.
    hire: fn(&mut v1::Collaborator),
    answer: for<'a> fn(&'a House, &'a v1::Onboarding) -> Done<'a>,
}

/// The question of a hire for which nothing else is special.
const PLAIN: Fix = Fix {
    code: "",
    named: "",
    before: |_| {},
    hire: |_| {},
    answer: |_, _| Box::pin(async {}),
};

fn fixes() -> Vec<Fix> {
    vec![
        Fix {
            code: "INCOMPLETE",
            named: "amend",
            hire: |it| it.family_name.clear(),
            answer: |house, asked| {
                let person = v1::Collaborator {
                    family_name: "Dupont".into(),
                    ..v1::Collaborator::default()
                };
                Box::pin(amend(house, asked, "family_name", person))
            },
            ..PLAIN
        },
        Fix {
            code: "INCOMPLETE",
            named: "confirm it again",
            hire: |it| it.family_name.clear(),
            answer: |house, _| {
                Box::pin(async {
                    house
                        .create(hire("a-1", collaborator("Dupont")))
                        .await
                        .unwrap();
                })
            },
            ..PLAIN
        },
        Fix {
            code: "DEFAULT_MISSING",
            named: "Set a default department",
            hire: |it| it.department = None,
            answer: |house, _| {
                let defaults = tenant::Defaults {
                    department_id: id(product(house)),
                    role_id: ROLE,
                    ..tenant::Defaults::default()
                };
                Box::pin(update(
                    house,
                    v1::Tenant {
                        defaults: Some(defaults),
                        ..v1::Tenant::default()
                    },
                ))
            },
            ..PLAIN
        },
        Fix {
            code: "DEFAULT_MISSING",
            named: "labels",
            hire: |it| it.department = named("Nulle part"),
            answer: |house, _| {
                let label = tenant::Label {
                    field: Field::Department.into(),
                    label: "Nulle part".into(),
                    lucca_id: id(product(house)),
                };
                Box::pin(update(
                    house,
                    v1::Tenant {
                        labels: vec![label],
                        ..v1::Tenant::default()
                    },
                ))
            },
            ..PLAIN
        },
        Fix {
            code: "UNMATCHED",
            named: "put the department back to use in Lucca and retry",
            before: |house| {
                let product = product(house);
                house
                    .sandbox()
                    .change_department(product, archived(true))
                    .unwrap();
            },
            hire: |it| it.department = None,
            answer: |house, asked| {
                let product = product(house);
                house
                    .sandbox()
                    .change_department(product, archived(false))
                    .unwrap();
                Box::pin(retry(house, asked))
            },
        },
        Fix {
            code: "UNMATCHED",
            named: "amend",
            hire: |it| {
                it.department = Some(v1::Reference {
                    target: Some(v1::reference::Target::LuccaId(999_999)),
                });
            },
            answer: |house, asked| {
                let person = v1::Collaborator {
                    department: named("Produit"),
                    ..v1::Collaborator::default()
                };
                Box::pin(amend(house, asked, "department", person))
            },
            ..PLAIN
        },
        Fix {
            code: "MANAGER_UNCLEAR",
            named: "by Lucca id",
            hire: |it| it.manager = named_manager("Personne Dutout"),
            answer: |house, asked| {
                let manager = house.sandbox().add_user(employee("Patron", "2020-01-06"));
                let person = v1::Collaborator {
                    manager: Some(v1::ManagerReference {
                        target: Some(v1::manager_reference::Target::LuccaId(id(manager.unwrap()))),
                    }),
                    ..v1::Collaborator::default()
                };
                Box::pin(amend(house, asked, "manager", person))
            },
            ..PLAIN
        },
        Fix {
            code: "PERSON_EXISTS",
            named: "link_existing",
            before: with_its_address,
            answer: |house, asked| Box::pin(link(house, asked, latest(house))),
            ..PLAIN
        },
        Fix {
            code: "PERSON_EXISTS",
            named: "create_anyway",
            before: with_its_address,
            answer: |house, asked| {
                Box::pin(async { drop(decide(house, &asked.id, create_anyway()).await.unwrap()) })
            },
            ..PLAIN
        },
        Fix {
            code: "PERSON_EXISTS",
            named: "deleted in Lucca, retry",
            before: with_its_address,
            answer: |house, asked| {
                house.sandbox().remove_user(latest(house)).unwrap();
                Box::pin(retry(house, asked))
            },
            ..PLAIN
        },
        Fix {
            code: "LOGIN_TAKEN",
            named: "another login (ResolveOnboarding, amend)",
            before: with_its_login,
            answer: |house, asked| {
                let person = v1::Collaborator {
                    login: "edupont".into(),
                    ..v1::Collaborator::default()
                };
                Box::pin(amend(house, asked, "login", person))
            },
            ..PLAIN
        },
        Fix {
            code: "LOGIN_TAKEN",
            named: "free it in Lucca and retry",
            before: with_its_login,
            answer: |house, asked| {
                let other = json!({"login": "autre"});
                house.sandbox().update_user(latest(house), other).unwrap();
                Box::pin(retry(house, asked))
            },
            ..PLAIN
        },
        Fix {
            code: "REHIRE",
            named: "link_existing",
            before: |house| {
                let mut former = employee("Dupont", "2019-03-01");
                former["dtContractEnd"] = json!("2021-02-28T00:00:00");
                house.sandbox().add_user(former).unwrap();
            },
            answer: |house, asked| Box::pin(link(house, asked, latest(house))),
            ..PLAIN
        },
        Fix {
            code: "LUCCA_KEY_REFUSED",
            named: "right in Lucca",
            before: |house| allow(house, |it| it.read_users = false),
            answer: |house, asked| {
                allow(house, |_| {});
                Box::pin(retry(house, asked))
            },
            ..PLAIN
        },
        Fix {
            code: "LUCCA_KEY_REFUSED",
            named: "UpdateTenant",
            before: |house| {
                let mut second = house.sandbox().keys().remove(0);
                second.id = "second".into();
                second.value = LUCCA_KEY.replace('1', "2");
                house.sandbox().add_key(second);
                allow(house, |it| it.write_users = false);
            },
            answer: |house, _| {
                Box::pin(update(
                    house,
                    v1::Tenant {
                        lucca_api_key: LUCCA_KEY.replace('1', "2"),
                        ..v1::Tenant::default()
                    },
                ))
            },
            ..PLAIN
        },
        Fix {
            code: "UNKNOWN_EXTENDED_DATA",
            named: "create the custom data in Lucca's HR file and retry",
            before: |house| define(house, "e_badge"),
            hire: |it| {
                let quote = prost_types::Value {
                    kind: Some(prost_types::value::Kind::StringValue("q".into())),
                };
                it.extended_data = [("e_quote".to_owned(), quote)].into();
            },
            answer: |house, asked| {
                define(house, "e_quote");
                Box::pin(retry(house, asked))
            },
        },
        Fix {
            code: "DATE_UNLIKELY",
            named: "the same one if it is right",
            hire: |it| it.birth_date = "2020-01-01".into(),
            answer: |house, asked| {
                let person = v1::Collaborator {
                    birth_date: "2020-01-01".into(),
                    ..v1::Collaborator::default()
                };
                Box::pin(amend(house, asked, "birth_date", person))
            },
            ..PLAIN
        },
        Fix {
            code: "LUCCA_REFUSED",
            named: "then retry",
            before: |house| {
                let kind = Kind::Status {
                    code: 400,
                    body: None,
                };
                house.sandbox().inject(Fault::on_creation(kind, 1));
            },
            answer: |house, asked| Box::pin(retry(house, asked)),
            ..PLAIN
        },
        Fix {
            code: "LUCCA_UNAVAILABLE",
            named: "then retry",
            before: House::hide_people,
            answer: |house, asked| {
                house.sandbox().clear_faults();
                Box::pin(retry(house, asked))
            },
            ..PLAIN
        },
        Fix {
            code: "OUTCOME_UNKNOWN",
            named: "see future and former employees and retry",
            before: |house| {
                house.blind_key();
                house
                    .sandbox()
                    .inject(Fault::on_creation(Kind::CutBefore, 1));
            },
            answer: |house, asked| {
                allow(house, |_| {});
                Box::pin(retry(house, asked))
            },
            ..PLAIN
        },
    ]
}

/// A house whose service gives up on Lucca after two failures.
async fn impatient() -> House {
    let house = House::with(Default::default(), |settings| {
        settings.engine.retry_schedule = vec![Duration::from_millis(50); 2];
    })
    .await;
    let mut tenant = crate::support::tenant(&house.lucca_url());
    tenant.unmatched = vec![asking(Field::Manager)];
    house.create_tenant(tenant).await.unwrap();
    house
}

#[tokio::test]
async fn every_question_is_answered_at_once_by_what_its_fix_names() {
    for fix in fixes() {
        let Fix { code, named, .. } = fix;
        let house = impatient().await;
        (fix.before)(&house);
        let mut person = collaborator("Dupont");
        (fix.hire)(&mut person);
        if code == "UNMATCHED" && person.department.is_none() {
            let product = v1::reference::Target::LuccaId(id(product(&house)));
            person.department = Some(v1::Reference {
                target: Some(product),
            });
        }
        let request = v1::CreateCollaboratorRequest {
            accept_incomplete: true,
            ..hire("a-1", person)
        };
        let asked = house.create(request).await.unwrap();
        let problem = asked.problem.as_ref();
        let problem = problem.unwrap_or_else(|| panic!("{code} {named}: {asked:#?}"));
        assert_eq!(problem.code, code, "{named}: {problem:?}");
        assert!(problem.fix.contains(named), "{code}: {}", problem.fix);
        (fix.answer)(&house, &asked).await;
        let created = house.until("test", "a-1", State::Created);
        let created = tokio::time::timeout(Duration::from_secs(15), created).await;
        let created = created.unwrap_or_else(|_| panic!("{code}: {named} does not help"));
        assert_true(&house, &created, code);
    }
}
