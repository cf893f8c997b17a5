//! What sources say of hires: who is meant, and when it was said.

use jiff::{SignedDuration, Timestamp};
use lucca_onboarding::pb::v1::{
    self, State,
    adapter_service_client::AdapterServiceClient,
    resolve_onboarding_request::{CreateAnyway, Decision},
};
use serde_json::json;
use tonic::{Code, Status};

use crate::support::{
    House, TENANT, collaborator,
    webhook::{Webhook, event, nine_items},
};

/// The application and the candidate that a statement names.
type Ids<'a> = (&'a str, &'a str);

const BOTH: Ids<'_> = ("a-1", "c-1");
const APPLICATION: Ids<'_> = ("a-1", "");
const CANDIDATE: Ids<'_> = ("", "c-1");

/// A source that speaks at a second of the last hour, or does not say when.
fn source((application, candidate): Ids<'_>, second: Option<i64>) -> v1::Source {
    let (external_id, person_id) = match application {
        "" => (candidate, ""),
        application => (application, candidate),
    };
    let begin = Timestamp::now() - SignedDuration::from_hours(1);
    v1::Source {
        system: "werecruit".to_owned(),
        external_id: external_id.to_owned(),
        person_id: person_id.to_owned(),
        event_time: second.map(|second| prost_types::Timestamp {
            // The tests take less time than from one minute to the next but one.
            seconds: begin.as_second() / 600 * 600 + second,
            nanos: 0,
        }),
    }
}

/// Talks to the service as an adapter does.
struct Speaker<'a>(&'a House);

impl Speaker<'_> {
    async fn confirm(
        &self,
        ids: Ids<'_>,
        second: Option<i64>,
        who: v1::Collaborator,
    ) -> Result<v1::Onboarding, Status> {
        let request = v1::CreateCollaboratorRequest {
            tenant: TENANT.to_owned(),
            source: Some(source(ids, second)),
            collaborator: Some(who),
            accept_incomplete: true,
            ..v1::CreateCollaboratorRequest::default()
        };
        self.0.create(request).await
    }

    /// Says another job title.
    async fn retitle(
        &self,
        ids: Ids<'_>,
        second: Option<i64>,
        title: &str,
    ) -> Result<Option<v1::Onboarding>, Status> {
        let request = v1::CreateCollaboratorRequest {
            tenant: TENANT.to_owned(),
            source: Some(source(ids, second)),
            collaborator: Some(v1::Collaborator {
                job_title: title.to_owned(),
                ..v1::Collaborator::default()
            }),
            update_mask: Some(prost_types::FieldMask {
                paths: vec!["job_title".to_owned()],
            }),
            ..v1::CreateCollaboratorRequest::default()
        };
        let answer = self.0.onboardings().create_collaborator(request).await?;
        Ok(answer.into_inner().onboarding)
    }

    async fn withdraw(
        &self,
        ids: Ids<'_>,
        second: Option<i64>,
    ) -> Result<Option<v1::Onboarding>, Status> {
        let request = v1::WithdrawHireRequest {
            tenant: TENANT.to_owned(),
            source: Some(source(ids, second)),
        };
        let answer = self.0.onboardings().withdraw_hire(request).await?;
        Ok(answer.into_inner().onboarding)
    }

    async fn anonymise(&self, ids: Ids<'_>, second: Option<i64>) {
        let report = v1::ReportEventRequest {
            tenant: TENANT.to_owned(),
            kind: v1::report_event_request::Kind::Anonymized.into(),
            source: Some(source(ids, second)),
            event_id: "evt-1".to_owned(),
            reason: "ANONYMIZED".to_owned(),
            ..v1::ReportEventRequest::default()
        };
        let mut adapter = AdapterServiceClient::new(self.0.channel());
        adapter.report_event(report).await.unwrap();
    }

    /// Details of the entries of a kind in the history of an onboarding, the first one first.
    async fn told(&self, onboarding: &str, event: &str) -> Vec<String> {
        let request = v1::ListHistoryRequest {
            onboarding_id: onboarding.to_owned(),
            ..v1::ListHistoryRequest::default()
        };
        let page = self.0.operations().list_history(request).await.unwrap();
        let entries = page.into_inner().entries.into_iter().rev();
        let entries = entries.filter(|it| it.event == event);
        entries.map(|it| it.detail).collect()
    }
}

/// A house in which hires wait: Lucca does not say who is there.
async fn waiting() -> House {
    let house = House::start().await;
    house.hide_people();
    house
}

/// What a source says, in short.
#[derive(Clone, Copy, Debug)]
enum Said {
    Confirm(Ids<'static>, Option<i64>),
    Withdraw(Ids<'static>, Option<i64>),
}

#[tokio::test]
async fn of_a_confirmation_and_a_withdrawal_the_later_one_counts() {
    use Said::{Confirm, Withdraw};
    let table = [
        // In one second, in the order of their arrival.
        (
            vec![
                Confirm(BOTH, Some(9)),
                Withdraw(BOTH, Some(10)),
                Confirm(BOTH, Some(10)),
            ],
            true,
        ),
        (
            vec![Withdraw(BOTH, Some(10)), Confirm(BOTH, Some(10))],
            true,
        ),
        // The same again is a repetition.
        (
            vec![
                Confirm(BOTH, Some(10)),
                Withdraw(BOTH, Some(10)),
                Confirm(BOTH, Some(10)),
            ],
            false,
        ),
        (
            vec![
                Confirm(BOTH, Some(9)),
                Withdraw(BOTH, Some(10)),
                Confirm(BOTH, Some(9)),
            ],
            false,
        ),
        (
            vec![Withdraw(BOTH, Some(10)), Confirm(BOTH, Some(9))],
            false,
        ),
        // Without times the order of arrival counts, whoever is named.
        (
            vec![
                Confirm(BOTH, None),
                Withdraw(BOTH, None),
                Confirm(BOTH, None),
            ],
            true,
        ),
        (
            vec![
                Confirm(BOTH, None),
                Withdraw(CANDIDATE, None),
                Confirm(BOTH, None),
            ],
            true,
        ),
        (
            vec![
                Confirm(APPLICATION, Some(9)),
                Confirm(BOTH, Some(10)),
                Withdraw(CANDIDATE, Some(11)),
            ],
            false,
        ),
        (
            vec![Confirm(CANDIDATE, Some(9)), Withdraw(BOTH, Some(10))],
            false,
        ),
        (
            vec![
                Confirm(CANDIDATE, Some(9)),
                Confirm(BOTH, Some(10)),
                Withdraw(APPLICATION, Some(11)),
            ],
            false,
        ),
    ];
    let house = waiting().await;
    for (row, (said, wanted)) in table.into_iter().enumerate() {
        // Each row is about ids of its own.
        let (a, c) = (format!("a-{row}"), format!("c-{row}"));
        let own = |ids: Ids<'static>| -> (String, String) {
            let one = |text: &str, own: &str| match text {
                "" => String::new(),
                _ => own.to_owned(),
            };
            (one(ids.0, &a), one(ids.1, &c))
        };
        let mut last = None;
        for statement in &said {
            let speaker = Speaker(&house);
            match *statement {
                Said::Confirm(ids, second) => {
                    let (a, c) = own(ids);
                    let told = speaker
                        .confirm((&a, &c), second, collaborator("Dupont"))
                        .await;
                    last = Some(told.unwrap());
                }
                Said::Withdraw(ids, second) => {
                    let (a, c) = own(ids);
                    let told = speaker.withdraw((&a, &c), second).await.unwrap();
                    last = told.or(last);
                }
            }
        }
        let is_wanted = last.unwrap().state() != State::Cancelled;
        assert_eq!(is_wanted, wanted, "{said:?}");
    }
}

#[tokio::test]
async fn an_update_that_names_the_person_alone_finds_the_hire() {
    let house = waiting().await;
    let speaker = Speaker(&house);
    let hire = speaker.confirm(BOTH, Some(1), collaborator("Dupont")).await;
    let changed = speaker.retitle(CANDIDATE, Some(2), "Comptable").await;
    let changed = changed.unwrap().unwrap();
    assert_eq!((changed.id, changed.revision), (hire.unwrap().id, 2));
    assert_eq!(changed.collaborator.unwrap().job_title, "Comptable");
}

#[tokio::test]
async fn a_statement_about_a_person_with_several_hires_asks_which_one_is_meant() {
    let house = waiting().await;
    let speaker = Speaker(&house);
    let (one, other) = (("a-1", "c-1"), ("a-2", "c-1"));
    for ids in [one, other] {
        speaker
            .confirm(ids, Some(1), collaborator("Dupont"))
            .await
            .unwrap();
    }
    let update = speaker
        .retitle(CANDIDATE, Some(2), "Comptable")
        .await
        .unwrap_err();
    let withdrawal = speaker.withdraw(CANDIDATE, Some(2)).await.unwrap_err();
    let confirmation = speaker.confirm(CANDIDATE, Some(2), collaborator("Dupont"));
    for refused in [update, withdrawal, confirmation.await.unwrap_err()] {
        assert_eq!(refused.code(), Code::FailedPrecondition);
    }
    // Once one of them is cancelled, the other one is meant.
    let cancelled = speaker.withdraw(one, Some(3)).await.unwrap().unwrap();
    assert_eq!(cancelled.state(), State::Cancelled);
    let changed = speaker.retitle(CANDIDATE, Some(4), "Comptable").await;
    assert_eq!(changed.unwrap().unwrap().source.unwrap().external_id, "a-2");
}

#[tokio::test]
async fn two_people_with_one_application_are_two_hires_and_a_question() {
    let house = House::start().await;
    let speaker = Speaker(&house);
    let first = speaker.confirm(("a-1", "c-1"), Some(1), collaborator("Dupont"));
    let first = first.await.unwrap();
    let second = speaker.confirm(("a-1", "c-2"), Some(2), collaborator("Durand"));
    let second = second.await.unwrap();
    assert_eq!(second.problem.unwrap().code, "APPLICATION_SHARED");
    assert_eq!(second.source.unwrap().external_id, "c-2");
    let first = house
        .status_of("werecruit", &first.source.unwrap().external_id)
        .await;
    assert_eq!(first.unwrap().collaborator.unwrap().family_name, "Dupont");
    // What is said of either goes to it.
    for (candidate, title) in [("c-2", "Cheffe"), ("c-1", "Comptable")] {
        let said = speaker.retitle(("a-1", candidate), Some(3), title).await;
        let hire = said.unwrap().unwrap();
        let name = if candidate == "c-1" {
            "Dupont"
        } else {
            "Durand"
        };
        let who = hire.collaborator.unwrap();
        assert_eq!(
            (who.family_name.as_str(), who.job_title.as_str()),
            (name, title)
        );
    }
    // An operator says that they are two people.
    let answer = v1::ResolveOnboardingRequest {
        onboarding_id: second.id,
        decision: Some(Decision::CreateAnyway(CreateAnyway::default())),
    };
    house.operations().resolve_onboarding(answer).await.unwrap();
    house.until("werecruit", "a-1", State::Created).await;
    house.until("werecruit", "c-2", State::Created).await;
    assert_eq!(house.sandbox().ledger().creations().len(), 2);
}

#[tokio::test]
async fn a_person_who_was_merged_into_another_is_the_same_and_goes_by_both_ids() {
    let house = waiting().await;
    let speaker = Speaker(&house);
    let hire = speaker.confirm(("a-1", "c-1"), Some(1), collaborator("Dupont"));
    let id = hire.await.unwrap().id;
    let merged = speaker.confirm(("a-1", "c-2"), Some(2), collaborator("DUPONT"));
    assert_eq!(merged.await.unwrap().id, id);
    for candidate in ["c-1", "c-2"] {
        let changed = speaker.retitle(("", candidate), Some(3), candidate).await;
        assert_eq!(changed.unwrap().unwrap().id, id, "{candidate}");
    }
}

#[tokio::test]
async fn what_is_dropped_as_old_is_told_in_the_history() {
    let house = waiting().await;
    let speaker = Speaker(&house);
    let hire = speaker
        .confirm(BOTH, Some(10), collaborator("Dupont"))
        .await
        .unwrap();
    speaker
        .confirm(BOTH, Some(10), collaborator("Dupont"))
        .await
        .unwrap();
    speaker
        .retitle(CANDIDATE, Some(9), "Comptable")
        .await
        .unwrap();
    speaker.withdraw(APPLICATION, Some(9)).await.unwrap();
    speaker
        .confirm(BOTH, Some(8), collaborator("Durand"))
        .await
        .unwrap();
    speaker.withdraw(BOTH, Some(10)).await.unwrap();
    speaker
        .confirm(BOTH, Some(10), collaborator("Dupont"))
        .await
        .unwrap();
    assert_eq!(
        speaker.told(&hire.id, "STATEMENT_IGNORED").await,
        [
            "UPDATE: OLDER",
            "WITHDRAWAL: OLDER",
            "CONFIRMATION: OLDER",
            "CONFIRMATION: SAID_BEFORE_CANCELLATION",
        ]
    );
}

#[tokio::test]
async fn what_an_operator_has_cancelled_comes_back_by_something_newer_only() {
    let house = waiting().await;
    let speaker = Speaker(&house);
    let confirm = |second| speaker.confirm(BOTH, second, collaborator("Dupont"));
    let first = confirm(None).await.unwrap();
    let cancel = v1::CancelOnboardingRequest {
        onboarding_id: first.id.clone(),
    };
    house.operations().cancel_onboarding(cancel).await.unwrap();
    let nightly = confirm(None).await.unwrap();
    assert_eq!(
        (nightly.state(), &nightly.id),
        (State::Cancelled, &first.id)
    );
    assert_eq!(
        speaker.told(&first.id, "STATEMENT_IGNORED").await,
        ["CONFIRMATION: SAID_BEFORE_CANCELLATION"]
    );
    let newer = confirm(Some(20)).await.unwrap();
    assert_eq!(
        (newer.state(), newer.source.unwrap().external_id),
        (State::Accepted, "a-1".into())
    );
    assert_ne!(newer.id, first.id);
}

#[tokio::test]
async fn a_no_after_the_creation_is_a_follow_up_as_a_withdrawal_is() {
    let house = House::start().await;
    let confirmed = event("hire.confirmed", "a-1", nine_items("Dupont"));
    assert_eq!(Webhook::of(&confirmed).send(&house).await, 200);
    house.until("werecruit", "a-1", State::Created).await;
    let mut data = nine_items("Dupont");
    data["sendToLucca"] = json!("non");
    let mut no = event("hire.confirmed", "a-1", data);
    no["id"] = json!("evt-no");
    assert_eq!(Webhook::of(&no).send(&house).await, 200);
    let withdrawn = |it: &v1::Onboarding| {
        it.follow_ups
            .iter()
            .any(|it| it.code == "WITHDRAWN_AFTER_CREATION")
    };
    house
        .until_it("werecruit", "a-1", "is withdrawn", withdrawn)
        .await;
}

#[tokio::test]
async fn an_update_that_overtakes_its_confirmation_is_applied_to_it() {
    let house = waiting().await;
    let speaker = Speaker(&house);
    let kept = speaker.retitle(CANDIDATE, Some(10), "Comptable").await;
    assert_eq!(kept.unwrap(), None);
    let hire = speaker.confirm(BOTH, Some(9), collaborator("Dupont")).await;
    let hire = hire.unwrap();
    assert_eq!(hire.collaborator.unwrap().job_title, "Comptable");
    assert_eq!(speaker.told(&hire.id, "AMENDED").await, [""]);
    house.until_told("STATEMENT_KEPT", TENANT).await;
}

#[tokio::test]
async fn nobody_is_created_from_what_was_said_before_an_anonymisation() {
    for (ids, second) in [
        (BOTH, Some(9)),
        (APPLICATION, Some(9)),
        (CANDIDATE, Some(9)),
        (BOTH, None),
    ] {
        let house = House::start().await;
        let speaker = Speaker(&house);
        speaker.anonymise(BOTH, Some(10)).await;
        let request = v1::CreateCollaboratorRequest {
            tenant: TENANT.to_owned(),
            source: Some(source(ids, second)),
            collaborator: Some(collaborator("Dupont")),
            ..v1::CreateCollaboratorRequest::default()
        };
        let answer = house.onboardings().create_collaborator(request).await;
        assert_eq!(answer.unwrap().into_inner().onboarding, None, "{ids:?}");
        house.until_told("CONFIRMATION: ANONYMIZED", TENANT).await;
        // A person who applies again is a new hire.
        let again = speaker.confirm(ids, Some(11), collaborator("Dupont")).await;
        let source = again.unwrap().source.unwrap();
        house
            .until("werecruit", &source.external_id, State::Created)
            .await;
        assert_eq!(house.sandbox().ledger().creations().len(), 1);
    }
}

#[tokio::test]
async fn a_start_that_is_put_off_and_put_back_leaves_no_question() {
    let house = House::start().await;
    let speaker = Speaker(&house);
    let starting = |start: &str| v1::Collaborator {
        contract_start_date: start.to_owned(),
        ..collaborator("Dupont")
    };
    let say = |second, start: &str| speaker.confirm(BOTH, Some(second), starting(start));
    say(1, "2027-01-04").await.unwrap();
    let created = house.until("werecruit", "a-1", State::Created).await;
    let put_off = say(2, "2027-02-01").await.unwrap();
    assert_eq!(put_off.problem.unwrap().code, "REHIRE");
    let later_still = say(3, "2027-03-01").await.unwrap();
    assert_eq!(later_still.problem.unwrap().code, "REHIRE");
    let put_back = say(4, "2027-01-04").await.unwrap();
    assert_eq!(
        (put_back.state(), &put_back.problem),
        (State::Created, &None)
    );
    assert_eq!(put_back.lucca_user_id, created.lucca_user_id);
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
}

#[tokio::test]
async fn confirmations_and_withdrawals_that_come_at_once_end_withdrawn() {
    let house = waiting().await;
    let speaker = Speaker(&house);
    for number in 0..10 {
        let (application, candidate) = (format!("a-{number}"), format!("c-{number}"));
        let both = (application.as_str(), candidate.as_str());
        let (confirmed, withdrawn) = tokio::join!(
            speaker.confirm(both, Some(1), collaborator("Dupont")),
            speaker.withdraw(("", &candidate), Some(2))
        );
        confirmed.unwrap();
        withdrawn.unwrap();
        let hire = house.status_of("werecruit", &application).await.unwrap();
        assert_eq!(hire.state(), State::Cancelled);
    }
}
