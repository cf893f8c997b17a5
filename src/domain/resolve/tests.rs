//! The rules by which a hire is resolved, as tables.

use std::collections::HashMap;

use super::*;
use crate::domain::{
    collaborator::Draft,
    dates::CivilDate,
    email::EmailAddress,
    finding::{Origin, Profile, Sent, Unreadable},
    ids::{Account, TenantId},
    lucca_url::LuccaUrl,
    secret::SecretText,
    tenant::{ApiKey, DEFAULT_LANGUAGE, Defaults, Label, Policy, Webhook, WelcomeMail},
    text::{FamilyName, GivenName, Login},
};
use crate::{
    domain::{field::Field, finding::ProblemCode, language::Language},
    text,
};

fn message(problem: &Problem) -> String {
    text::problem(Language::English, problem).0
}

fn fix(problem: &Problem) -> String {
    text::problem(Language::English, problem).1
}

fn id(number: i64) -> LuccaId {
    LuccaId::try_from(number).unwrap()
}

/// A Lucca with one of each: what is called "Known" is found.
struct Fake {
    existing: PersonMatch,
    holders: Vec<Candidate>,
    /// The last days of people; `None`: they are not known.
    leaves: HashMap<LuccaId, Option<CivilDate>>,
}

impl Default for Fake {
    fn default() -> Self {
        Self {
            existing: PersonMatch::Nobody(Vec::new()),
            holders: Vec::new(),
            leaves: HashMap::new(),
        }
    }
}

fn candidate(number: i64) -> Candidate {
    Candidate::new(id(number), "Somebody", "A reason.".into())
}

impl Lookups for Fake {
    fn today(&self) -> CivilDate {
        CivilDate::parse_iso("2026-11-23").unwrap()
    }

    fn find_unit(&self, _: Unit, reference: &Reference) -> Match {
        match reference {
            Reference::Code(text) | Reference::Name(text) if text == "Known" => Match::One {
                id: id(1),
                label: "Known".into(),
                reason: "The name is the same.".into(),
            },
            Reference::Name(text) if text == "Twice" => {
                Match::Several(vec![candidate(8), candidate(9)])
            }
            _ => Match::None(vec![candidate(9)]),
        }
    }

    fn unit_status(&self, unit: Unit, known: LuccaId) -> UnitStatus {
        match known.get() {
            ..100 => UnitStatus::InUse(format!("unit {known}")),
            _ if unit == Unit::Role => UnitStatus::Unknown,
            _ => UnitStatus::NotInUse,
        }
    }

    fn find_manager(
        &self,
        reference: &ManagerReference,
        _: Option<LuccaId>,
        _: Option<LuccaId>,
    ) -> Match {
        match reference {
            ManagerReference::LuccaId(known) => Match::One {
                id: *known,
                label: "Boss".into(),
                reason: "The id was given.".into(),
            },
            _ => Match::Several(vec![candidate(7), candidate(8)]),
        }
    }

    fn head(&self, _: LuccaId) -> Option<LuccaId> {
        Some(id(6))
    }

    fn absent_on(&self, person: LuccaId, day: CivilDate) -> Option<Candidate> {
        let end = self.leaves.get(&person)?;
        let profile = Profile {
            end: *end,
            ..Profile::default()
        };
        end.is_none_or(|end| end < day).then(|| Candidate {
            profile: Some(profile),
            ..candidate(person.get())
        })
    }

    fn find_person(&self, _: &NewPerson) -> PersonMatch {
        self.existing.clone()
    }

    fn login_holders(&self, _: &NewPerson) -> Vec<Candidate> {
        self.holders.clone()
    }
}

fn tenant() -> Tenant {
    Tenant {
        id: TenantId::parse("acme").unwrap(),
        display_name: String::new(),
        lucca_url: LuccaUrl::parse("https://acme.ilucca.net").unwrap(),
        account: Account::parse("acme.ilucca.net").unwrap(),
        api_key: ApiKey {
            version: 1,
            value: SecretText::new("key".into()),
        },
        time_zone: "Europe/Paris".into(),
        technical_contact: String::new(),
        language: DEFAULT_LANGUAGE,
        defaults: Defaults {
            establishment: Some(id(21)),
            department: Some(id(22)),
            role: Some(id(23)),
            culture: None,
        },
        lucca_defaults: Default::default(),
        labels: vec![Label {
            field: Field::Establishment,
            label: "R&D Lyon".into(),
            lucca_id: id(14),
        }],
        unmatched: Default::default(),
        requests_per_window: None,
        welcome_mail: WelcomeMail::Unspecified,
        readable_extended_data: Vec::new(),
        retention_days: None,
        webhook: Webhook::default(),
        callback: None,
        disabled: false,
        create_time: jiff::Timestamp::UNIX_EPOCH,
        update_time: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn hire() -> Draft {
    Draft {
        family_name: FamilyName::parse("Dupont").ok(),
        given_name: GivenName::parse("Éloïse").ok(),
        personal_email: EmailAddress::parse("eloise@example.com").ok(),
        contract_start_date: CivilDate::parse_iso("2027-01-04").ok(),
        ..Draft::default()
    }
}

fn resolved(draft: &Draft, tenant: &Tenant, fake: &Fake) -> Resolved {
    let collaborator = draft.complete().unwrap();
    resolve(&collaborator, &[], tenant, fake, OperatorInput::nothing())
}

fn ready(draft: &Draft, tenant: &Tenant, fake: &Fake) -> (NewPerson, Findings) {
    match resolved(draft, tenant, fake) {
        Resolved::Ready(person, findings) => (*person, findings),
        other => panic!("{other:?}"),
    }
}

fn asks(draft: &Draft, tenant: &Tenant, fake: &Fake) -> Problem {
    match resolved(draft, tenant, fake) {
        Resolved::Asks(problem, _) => problem,
        other => panic!("{other:?}"),
    }
}

fn origin(findings: &Findings, field: Field) -> Origin {
    let mut fields = findings.resolution.iter();
    fields.find(|it| it.field == field).unwrap().origin
}

#[test]
fn an_id_that_lucca_does_not_use_is_a_question_whoever_named_it() {
    let fake = Fake::default();
    let given = Draft {
        establishment: Some(Reference::LuccaId(id(500))),
        ..hire()
    };
    let problem = asks(&given, &tenant(), &fake);
    assert_eq!(problem.code, ProblemCode::Unmatched);
    assert!(
        message(&problem).contains("id 500"),
        "{}",
        message(&problem)
    );
    let mut labelled = tenant();
    labelled.labels[0].lucca_id = id(500);
    let named = Draft {
        establishment: Some(Reference::Name("R&D Lyon".into())),
        ..hire()
    };
    let problem = asks(&named, &labelled, &fake);
    assert_eq!(problem.code, ProblemCode::Unmatched);
    assert!(fix(&problem).contains("labels"), "{}", fix(&problem));
    let mut defaulted = tenant();
    defaulted.defaults.establishment = Some(id(500));
    let problem = asks(&hire(), &defaulted, &fake);
    assert_eq!(problem.code, ProblemCode::DefaultMissing);
    // The list of roles is not documented: it proves nothing.
    let role = Draft {
        role: Some(Reference::LuccaId(id(500))),
        ..hire()
    };
    let (person, findings) = ready(&role, &tenant(), &fake);
    assert_eq!(person.role, Some(id(500)));
    assert_eq!(findings.warnings[0].code(), "ID_NOT_SEEN");
}

#[test]
fn a_unit_is_found_by_id_label_code_or_name_and_else_by_default() {
    let name = |text: &str| Some(Reference::Name(text.into()));
    let table = [
        (Some(Reference::LuccaId(id(5))), 5, Origin::Provided, None),
        (name("r&d lyon"), 14, Origin::Matched, None),
        (
            Some(Reference::Code("R&D LYON".into())),
            14,
            Origin::Matched,
            None,
        ),
        (name("Known"), 1, Origin::Matched, None),
        (
            name("Unknown"),
            21,
            Origin::TenantDefault,
            Some("NOT_MATCHED"),
        ),
        (None, 21, Origin::TenantDefault, None),
    ];
    for (establishment, expected, from, warning) in table {
        let draft = Draft {
            establishment: establishment.clone(),
            ..hire()
        };
        let (person, findings) = ready(&draft, &tenant(), &Fake::default());
        assert_eq!(
            person.establishment,
            Some(id(expected)),
            "{establishment:?}"
        );
        assert_eq!(origin(&findings, Field::Establishment), from);
        let codes: Vec<&str> = findings.warnings.iter().map(|it| it.code()).collect();
        assert_eq!(
            codes,
            warning.into_iter().collect::<Vec<_>>(),
            "{establishment:?}"
        );
    }
}

#[test]
fn a_name_that_several_have_is_not_said_to_match_nothing() {
    let draft = Draft {
        department: Some(Reference::Name("Twice".into())),
        ..hire()
    };
    let (person, findings) = ready(&draft, &tenant(), &Fake::default());
    assert_eq!(person.department, tenant().defaults.department);
    let [warning] = &findings.warnings[..] else {
        panic!("{:?}", findings.warnings)
    };
    assert_eq!(warning.code(), "SEVERAL_MATCHED");
    assert_eq!(
        text::warning(Language::English, warning),
        "Several departments in Lucca have the name “Twice” that the hire gives; the default is used."
    );
    assert_eq!(warning.candidates.len(), 2);
    let mut follow_ups = findings.follow_ups.iter();
    let correct = follow_ups.find(|it| it.code().as_str() == "CORRECT_UNMATCHED");
    assert!(text::follow_up(Language::English, correct.unwrap()).contains("several in Lucca have"));

    let mut asking = tenant();
    asking.unmatched.insert(Field::Department, Policy::Ask);
    let problem = asks(&draft, &asking, &Fake::default());
    assert_eq!(problem.code, ProblemCode::Unmatched);
    assert!(message(&problem).starts_with("Several departments"));
    let mut bare = tenant();
    bare.defaults.department = None;
    let problem = asks(&draft, &bare, &Fake::default());
    assert_eq!(problem.code, ProblemCode::DefaultMissing);
    assert!(message(&problem).ends_with(", and there is no default."));
    assert!(!message(&problem).contains("matches nothing"));
}

#[test]
fn without_a_tenant_default_a_field_is_left_out_if_lucca_has_one_and_asked_for_if_not() {
    let mut bare = tenant();
    bare.defaults.role = None;
    let problem = asks(&hire(), &bare, &Fake::default());
    assert_eq!(problem.code, ProblemCode::DefaultMissing);
    assert!(message(&problem).contains("role"));
    assert!(fix(&problem).contains("lucca_defaults") && !fix(&problem).contains("labels"));
    bare.lucca_defaults.insert(Field::Role);
    let (person, findings) = ready(&hire(), &bare, &Fake::default());
    assert_eq!(person.role, None);
    assert_eq!(origin(&findings, Field::Role), Origin::LuccaDefault);
}

#[test]
fn a_unit_that_cannot_be_read_is_asked_about_if_the_tenant_wants_so() {
    let collaborator = hire().complete().unwrap();
    let unreadable = |field| {
        let (why, sent) = (Unreadable::Form, vec![Sent::new("[13]")]);
        Warning::from(WarningKind::FieldUnreadable { field, why, sent })
    };
    let mut asking = tenant();
    asking.unmatched.insert(Field::Department, Policy::Ask);
    for (tenant, field, asks) in [
        (&asking, Field::Department, true),
        (&asking, Field::Role, false),
        (&tenant(), Field::Department, false),
    ] {
        let remarks = [unreadable(field)];
        let nothing = OperatorInput::nothing();
        let resolved = resolve(&collaborator, &remarks, tenant, &Fake::default(), nothing);
        match resolved {
            Resolved::Asks(problem, _) => {
                assert!(asks, "{field:?}");
                assert_eq!(problem.code, ProblemCode::Unmatched);
                assert!(
                    message(&problem).contains("“[13]”"),
                    "{}",
                    message(&problem)
                );
            }
            Resolved::Ready(..) => assert!(!asks, "{field:?}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_name_that_matches_nothing_is_asked_about_if_the_tenant_wants_so() {
    let mut asking = tenant();
    let near = |field| candidate(9).about(field);
    asking.unmatched.insert(Field::Department, Policy::Ask);
    let mut draft = Draft {
        department: Some(Reference::Name("Unknown".into())),
        ..hire()
    };
    let problem = asks(&draft, &asking, &Fake::default());
    assert_eq!(problem.code, ProblemCode::Unmatched);
    assert_eq!(problem.candidates, [near(Field::Department)]);
    // With several questions each candidate says which one it answers.
    asking.unmatched.insert(Field::Establishment, Policy::Ask);
    draft.establishment = Some(Reference::Name("Unknown".into()));
    let problem = asks(&draft, &asking, &Fake::default());
    assert_eq!(
        problem.candidates,
        [near(Field::Establishment), near(Field::Department)]
    );
}

#[test]
fn login_and_professional_address_are_derived_from_the_personal_one() {
    let (person, findings) = ready(&hire(), &tenant(), &Fake::default());
    assert_eq!(person.login.as_deref(), Some("eloise@example.com"));
    assert_eq!(
        person.collaborator.professional_email.as_str(),
        "eloise@example.com"
    );
    assert_eq!(origin(&findings, Field::Login), Origin::Derived);
    assert_eq!(origin(&findings, Field::ProfessionalEmail), Origin::Derived);

    let mut lucca_makes_logins = tenant();
    lucca_makes_logins.lucca_defaults.insert(Field::Login);
    let (person, findings) = ready(&hire(), &lucca_makes_logins, &Fake::default());
    assert_eq!(person.login, None);
    assert_eq!(person.reserved_login(), "eloise@example.com");
    assert_eq!(origin(&findings, Field::Login), Origin::LuccaDefault);

    let given = Draft {
        login: Login::parse("edupont").ok(),
        ..hire()
    };
    let (person, findings) = ready(&given, &lucca_makes_logins, &Fake::default());
    assert_eq!(person.login.as_deref(), Some("edupont"));
    assert_eq!(origin(&findings, Field::Login), Origin::Provided);
}

#[test]
fn an_unclear_manager_is_left_out_or_asked_about_and_an_inactive_head_is_warned_of() {
    let draft = Draft {
        manager: Some(ManagerReference::Name("Nicolas Martin".into())),
        ..hire()
    };
    let fake = Fake {
        leaves: [(id(6), None)].into(),
        ..Fake::default()
    };
    let (person, findings) = ready(&draft, &tenant(), &fake);
    assert_eq!(person.manager, None);
    let codes: Vec<&str> = findings.warnings.iter().map(|it| it.code()).collect();
    assert_eq!(codes, ["MANAGER_UNCLEAR", "INACTIVE_HEAD"]);
    assert_eq!(findings.warnings[0].candidates.len(), 2);

    let mut asking = tenant();
    asking.unmatched.insert(Field::Manager, Policy::Ask);
    assert_eq!(
        asks(&draft, &asking, &fake).code,
        ProblemCode::ManagerUnclear
    );

    let by_id = Draft {
        manager: Some(ManagerReference::LuccaId(id(40))),
        ..hire()
    };
    let (person, findings) = ready(&by_id, &tenant(), &fake);
    assert_eq!(person.manager, Some(id(40)));
    assert!(findings.warnings.is_empty());
}

#[test]
fn a_manager_who_has_left_by_the_first_day_is_warned_of() {
    // The hire starts on 2027-01-04; today is 2026-11-23.
    let by_id = Draft {
        manager: Some(ManagerReference::LuccaId(id(40))),
        ..hire()
    };
    for (last_day, codes) in [
        ("2026-12-15", vec!["MANAGER_LEAVES"]),
        ("2027-01-03", vec!["MANAGER_LEAVES"]),
        ("2027-01-04", vec![]),
    ] {
        let end = CivilDate::parse_iso(last_day).ok();
        for (draft, who, is_head) in [(&by_id, 40, false), (&hire(), 6, true)] {
            let fake = Fake {
                leaves: [(id(who), end)].into(),
                ..Fake::default()
            };
            let (_, findings) = ready(draft, &tenant(), &fake);
            let told: Vec<&str> = findings.warnings.iter().map(|it| it.code()).collect();
            assert_eq!(told, codes, "{last_day} {who}");
            for warning in findings.warnings {
                let head = is_head;
                let end = end.unwrap();
                assert_eq!(warning.kind, WarningKind::ManagerLeaves { end, head });
                assert_eq!(warning.candidates[0].field, Some(Field::Manager));
            }
        }
    }
}

#[test]
fn who_is_in_lucca_already_is_adopted_for_certain_only_and_else_a_question() {
    let user = LuccaUser {
        id: id(30),
        url: "https://acme.ilucca.net/api/v3/users/30".into(),
    };
    let same = Fake {
        existing: PersonMatch::Same(user.clone()),
        ..Fake::default()
    };
    assert!(matches!(
        resolved(&hire(), &tenant(), &same),
        Resolved::Exists(found, _) if found == user
    ));
    for asked in [
        Question::PersonExists,
        Question::FormerEmployee,
        Question::LoginTaken,
    ] {
        let question = Fake {
            existing: PersonMatch::Question(asked.clone(), vec![candidate(30)]),
            ..Fake::default()
        };
        // The question about the person comes before one about a default.
        let mut bare = tenant();
        bare.defaults.role = None;
        let problem = asks(&hire(), &bare, &question);
        let field = Field::Role;
        let default = Question::NoDefault {
            field,
            unreadable: false,
        };
        assert_eq!(problem.questions, [asked, default]);
        assert_eq!(problem.candidates, [candidate(30)]);
    }
    let homonym = Fake {
        existing: PersonMatch::Nobody(vec![candidate(31)]),
        ..Fake::default()
    };
    let (_, findings) = ready(&hire(), &tenant(), &homonym);
    assert_eq!(findings.warnings[0].code(), "SAME_NAME");
}

#[test]
fn an_operator_may_have_a_look_alike_created_but_not_with_a_login_that_is_taken() {
    let decided = OperatorInput {
        create_anyway: true,
        ..OperatorInput::nothing()
    };
    let mut fake = Fake {
        existing: PersonMatch::Question(Question::PersonExists, vec![candidate(30)]),
        ..Fake::default()
    };
    let collaborator = hire().complete().unwrap();
    let resolved = resolve(&collaborator, &[], &tenant(), &fake, decided);
    assert!(matches!(resolved, Resolved::Ready(..)));
    fake.holders = vec![candidate(30)];
    let resolved = resolve(&collaborator, &[], &tenant(), &fake, decided);
    assert!(matches!(
        resolved,
        Resolved::Asks(problem, _) if problem.code == ProblemCode::LoginTaken
    ));
}

#[test]
fn what_an_operator_has_set_is_told_as_such() {
    let amendment = Amendment {
        fields: [Field::Login, Field::Establishment].into(),
        values: Draft::default(),
    };
    let decided = OperatorInput {
        amendment: &amendment,
        create_anyway: false,
    };
    let draft = Draft {
        login: Login::parse("edupont").ok(),
        establishment: Some(Reference::LuccaId(id(5))),
        ..hire()
    };
    let collaborator = draft.complete().unwrap();
    let resolved = resolve(&collaborator, &[], &tenant(), &Fake::default(), decided);
    let Resolved::Ready(_, findings) = resolved else {
        panic!("{resolved:?}")
    };
    assert_eq!(origin(&findings, Field::Login), Origin::Operator);
    assert_eq!(origin(&findings, Field::Establishment), Origin::Operator);
    assert_eq!(origin(&findings, Field::FamilyName), Origin::Provided);
}

#[test]
fn logins_are_compared_ignoring_case_and_accents() {
    assert_eq!(fold_login(" Éloïse@Example.com "), "eloise@example.com");
}

#[test]
fn a_start_long_past_is_warned_of_and_a_late_entry_is_not() {
    for (start, warned) in [
        ("2027-01-04", false),
        ("2026-11-23", false),
        ("2026-10-24", false),
        ("2026-10-23", true),
        ("2019-01-04", true),
    ] {
        let past = Draft {
            contract_start_date: CivilDate::parse_iso(start).ok(),
            ..hire()
        };
        let (person, findings) = ready(&past, &tenant(), &Fake::default());
        assert_eq!(person.collaborator.contract_start_date.to_string(), start);
        let told = findings.warnings.iter();
        let told: Vec<_> = told
            .filter(|it| it.code() == "START_DATE_LONG_PAST")
            .collect();
        assert_eq!(told.len(), usize::from(warned), "{start}");
        for warning in told {
            assert_eq!(warning.kind.field(), Some(Field::ContractStartDate));
            assert!(
                text::warning(Language::English, warning).contains(start),
                "{}",
                text::warning(Language::English, warning)
            );
        }
    }
}

#[test]
fn dates_that_can_hardly_be_meant_are_asked_about_and_an_operator_answers() {
    for (start, birth, words) in [
        ("2027-01-04", None, None),
        ("1976-11-23", None, None),
        (
            "1976-11-22",
            None,
            Some("1976-11-22, more than 50 years ago"),
        ),
        ("1900-01-01", None, Some("more than 50 years ago")),
        ("2028-11-23", None, None),
        (
            "2028-11-24",
            None,
            Some("2028-11-24, more than 2 years from now"),
        ),
        ("2027-01-04", Some("2013-01-04"), None),
        ("2027-01-04", Some("2013-01-05"), Some("between 14 and 100")),
        ("2027-01-04", Some("1927-01-04"), None),
        ("2027-01-04", Some("1927-01-03"), Some("between 14 and 100")),
    ] {
        let case = format!("{start} {birth:?}");
        let draft = Draft {
            contract_start_date: CivilDate::parse_iso(start).ok(),
            birth_date: birth.and_then(|birth| CivilDate::parse_iso(birth).ok()),
            ..hire()
        };
        let collaborator = draft.complete().unwrap();
        let resolved = |decided| {
            let fake = Fake::default();
            resolve(&collaborator, &[], &tenant(), &fake, decided)
        };
        match (resolved(OperatorInput::nothing()), words) {
            (Resolved::Ready(..), None) => continue,
            (Resolved::Asks(problem, _), Some(words)) => {
                assert_eq!(problem.code, ProblemCode::DateUnlikely, "{case}");
                assert!(message(&problem).contains(words), "{}", message(&problem));
                let born = birth.filter(|birth| *birth != start);
                let told = born.is_some_and(|birth| message(&problem).contains(birth));
                assert!(!told, "a date of birth is told: {}", message(&problem));
            }
            (other, _) => panic!("{case}: {other:?}"),
        }
        // Set by an operator, be it to the same day, it is meant.
        let amendment = Amendment {
            fields: [Field::ContractStartDate, Field::BirthDate].into(),
            values: draft.clone(),
        };
        let set = resolved(OperatorInput {
            amendment: &amendment,
            create_anyway: false,
        });
        assert!(matches!(set, Resolved::Ready(..)), "{case}: {set:?}");
    }
}
