//! Everything written is read back: hires with any value that an edge accepts, moved at random.

use std::{collections::BTreeMap, time::Duration};

use jiff::{Timestamp, civil};
use proptest::{collection, option, prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

use super::{
    Findings, Link, Onboarding,
    decision::Decision,
    fixtures::{self, hire, id, intent, moment, opened, user},
    progress::{Sighting, Step},
    submission::{Hire, submit, withdraw},
};
use crate::domain::{
    amendment::Amendment,
    attempt::{Attempt, Evidence},
    cause::Failure,
    collaborator::{Draft, ManagerReference, Reference},
    dates::time_from_outside,
    field::{Field, FieldValue, Kind},
    finding::{Question, Warning, WarningKind},
    follow_up::plan,
    ids::ExternalId,
    lucca_id::LuccaId,
    text::{EmployeeNumber, label},
};

/// Texts of every kind: plain ones, and any that Unicode has.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Zéœ' -]{1,30}", any::<String>(), "\\PC{200,300}"]
}

fn date() -> impl Strategy<Value = String> {
    let first = civil::date(1899, 12, 1);
    let days = prop_oneof![0..110_000_i64, Just(31), Just(109_968)];
    days.prop_map(move |days| {
        let date = first.checked_add(jiff::Span::new().days(days));
        date.map_or_else(|_| String::new(), |date| date.to_string())
    })
}

fn lucca_id() -> impl Strategy<Value = LuccaId> {
    (1..=i64::MAX).prop_filter_map("an id", |id| LuccaId::try_from(id).ok())
}

fn reference() -> impl Strategy<Value = Option<FieldValue>> {
    prop_oneof![
        lucca_id().prop_map(|id| Some(Reference::LuccaId(id))),
        text().prop_map(|code| label(&code).ok().map(Reference::Code)),
        text().prop_map(|name| Reference::named(&name).ok()),
    ]
    .prop_map(|it| it.map(FieldValue::Unit))
}

fn manager() -> impl Strategy<Value = Option<FieldValue>> {
    prop_oneof![
        lucca_id().prop_map(|id| Some(ManagerReference::LuccaId(id))),
        text().prop_map(|it| {
            let number = EmployeeNumber::parse(&it).ok()?;
            Some(ManagerReference::EmployeeNumber(number))
        }),
        text().prop_map(|name| ManagerReference::named(&name).ok()),
    ]
    .prop_map(|it| it.map(FieldValue::Manager))
}

/// JSON as it comes in from protobuf, where whole numbers are read as integers.
fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-1e9..1e9)
            .prop_filter("whole", |it: &f64| it.fract() != 0.0)
            .prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|it| it.into_iter().collect()),
        ]
    })
}

fn custom() -> impl Strategy<Value = BTreeMap<String, Json>> {
    collection::btree_map("e_[A-Za-z0-9_-]{1,20}", json(), 0..4)
}

fn value(field: Field) -> BoxedStrategy<Option<FieldValue>> {
    let texts = |texts: BoxedStrategy<String>| texts.prop_map(|it| Some(FieldValue::Text(it)));
    match field.kind() {
        Kind::Date => texts(date().boxed()).boxed(),
        Kind::Unit => reference().boxed(),
        Kind::Manager => manager().boxed(),
        Kind::Custom => custom().prop_map(|it| Some(FieldValue::Custom(it))).boxed(),
        Kind::Text if field.name().ends_with("email") => {
            let address = "[^@<>,;\\s\\p{C}]{1,30}@[a-zA-Zé0-9-]{1,20}\\.[a-z]{2,10}";
            texts(address.boxed()).boxed()
        }
        Kind::Text if field == Field::Nationality => texts("[A-Z]{2}".boxed()).boxed(),
        Kind::Text => texts(text().boxed()).boxed(),
    }
}

/// Any data of a hire that an edge accepts; half of them are complete.
pub(crate) fn draft() -> impl Strategy<Value = Draft> {
    let fields = Field::OF_HIRE.iter();
    let values: Vec<_> = fields.map(|field| option::of(value(*field))).collect();
    (values, any::<bool>()).prop_map(|(values, is_complete)| {
        let mut draft = match is_complete {
            true => fixtures::draft(),
            false => Draft::default(),
        };
        for (field, value) in Field::OF_HIRE.iter().zip(values) {
            if let Some(value) = value.flatten() {
                // A caller would have to leave out what is refused.
                let _ = draft.set(*field, value);
            }
        }
        draft
    })
}

fn event_time() -> impl Strategy<Value = Option<Timestamp>> {
    let [first, last] = [Timestamp::MIN, Timestamp::MAX].map(Timestamp::as_nanosecond);
    option::of(
        (first..=last).prop_filter_map("a time that protobuf holds", |nanos| {
            time_from_outside(Timestamp::from_nanosecond(nanos).ok()?)
        }),
    )
}

/// Any hire that an edge accepts.
pub(crate) fn any_hire() -> impl Strategy<Value = Hire> {
    let id = || text().prop_map(|id| ExternalId::parse(&id).ok());
    (id(), option::of(id()), draft(), event_time()).prop_map(|(external, person, draft, time)| {
        let mut hire = hire("a-1");
        if let Some(external_id) = external {
            hire.key.external_id = external_id;
        }
        let remark = WarningKind::StartDateUnreadable {
            sent: Vec::new(),
            why: None,
        };
        Hire {
            person: person.flatten(),
            draft,
            event_time: time,
            remarks: vec![Warning::from(remark)],
            ..hire
        }
    })
}

/// Hires for the checks of a store: the same ones in each run.
pub(crate) fn some_hires(count: usize) -> Vec<Hire> {
    let mut runner = TestRunner::deterministic();
    let one = |_| any_hire().new_tree(&mut runner).unwrap().current();
    (0..count).map(one).collect()
}

/// Something that happens to an onboarding.
#[derive(Clone, Debug)]
enum Change {
    Said(Box<Draft>, Option<Timestamp>),
    Withdrawn(Option<Timestamp>),
    Decided(Decision),
    Taken(Step),
    Seen(Evidence),
}

fn findings() -> impl Strategy<Value = Findings> {
    (draft(), 0..100_i32).prop_map(|(draft, days)| {
        let start = draft.contract_start_date;
        let warnings = vec![WarningKind::StartDateLongPast { start, days }.into()];
        let planned = start.map(|start| plan(start, &[], &warnings, false));
        Findings {
            follow_ups: planned.unwrap_or_default(),
            warnings,
            ..Findings::default()
        }
    })
}

fn change() -> impl Strategy<Value = Change> {
    let failure = |said| Failure::status(500, Some(said));
    prop_oneof![
        (draft(), event_time()).prop_map(|(draft, time)| Change::Said(Box::new(draft), time)),
        event_time().prop_map(Change::Withdrawn),
        draft().prop_map(|values| {
            let fields = Field::OF_HIRE.iter().copied().collect();
            Change::Decided(Decision::Amend(Box::new(Amendment { fields, values })))
        }),
        prop_oneof![
            Just(Decision::Resume),
            Just(Decision::Cancel),
            Just(Decision::Erase),
            Just(Decision::Link(Link {
                user: user(7),
                differs: Vec::new(),
                held: false,
                confirmed: true,
            })),
            Just(Decision::Unlink),
            Just(Decision::CreateAnyway([1, 2, 3].into())),
        ]
        .prop_map(Change::Decided),
        (findings(), text(), draft()).prop_map(|(findings, login, draft)| {
            let mut intent = intent(&login, 0);
            intent.body = serde_json::to_value(draft).unwrap();
            let intent = Box::new(intent);
            Change::Taken(Step::Begin { intent, findings })
        }),
        findings().prop_map(|findings| {
            let problem = Question::LoginTaken.into();
            Change::Taken(Step::Ask { problem, findings })
        }),
        (0..1000_i64).prop_map(|seconds| {
            Change::Taken(Step::Looked {
                at: moment(seconds).now,
                sighting: Sighting::Nobody,
                visibility_proven: true,
            })
        }),
        text().prop_map(move |said| Change::Seen(Evidence::NoAnswer(failure(said)))),
        text().prop_map(move |said| Change::Seen(Evidence::Refused(failure(said)))),
        lucca_id().prop_map(|id| Change::Seen(Evidence::Created(id))),
    ]
}

impl Change {
    /// Happens at this second. What the onboarding refuses changes nothing.
    fn happen(self, to: &mut Onboarding, seconds: i64) {
        let moment = moment(seconds);
        match self {
            Self::Said(draft, event_time) => {
                let said = Hire {
                    draft: *draft,
                    event_time,
                    ..hire("a-1")
                };
                submit(Some(to), None, &said, id(2), moment.now);
            }
            Self::Withdrawn(event_time) => {
                withdraw(to, event_time, moment.now);
            }
            Self::Decided(decision) => {
                let _ = to.decide(decision, moment.now);
            }
            Self::Taken(step) => {
                let _ = to.step(step, &moment);
            }
            Self::Seen(evidence) => {
                let number = to.attempts.last().map_or(1, |attempt| attempt.number);
                let _ = to.see(number, evidence, None, &moment);
            }
        }
    }
}

fn written_and_read<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let written = serde_json::to_vec(value).unwrap();
    serde_json::from_slice(&written).unwrap()
}

/// The onboarding, written and read in the parts that stores have: the document, the intents and
/// the evidence.
fn stored(onboarding: &Onboarding) -> Onboarding {
    let attempts = onboarding.attempts.iter().map(|attempt| Attempt {
        number: attempt.number,
        intent: written_and_read(&attempt.intent),
        seen: attempt.seen.iter().map(written_and_read).collect(),
    });
    let mut read = written_and_read(onboarding);
    read.attempts = attempts.collect();
    read
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn everything_written_of_an_onboarding_is_read_back(
        hire in any_hire(),
        changes in collection::vec(change(), 0..8),
    ) {
        let mut onboarding = opened(&hire, 0);
        prop_assert_eq!(&stored(&onboarding), &onboarding);
        for (second, change) in (1..).zip(changes) {
            change.happen(&mut onboarding, second * 60);
            prop_assert_eq!(&stored(&onboarding), &onboarding);
        }
        onboarding.retire(Duration::ZERO, moment(i64::from(u32::MAX)).now);
        prop_assert_eq!(&stored(&onboarding), &onboarding);
    }
}
