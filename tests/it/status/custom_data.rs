//! Custom data: written with a hire, read back, checked before the call.

use super::*;

fn custom(data: &[(&str, Value)]) -> v1::Collaborator {
    v1::Collaborator {
        extended_data: data
            .iter()
            .map(|(code, value)| ((*code).to_owned(), values::value(value)))
            .collect(),
        ..collaborator("Dupont")
    }
}

/// How often the definitions of custom data were read.
fn definitions_read(house: &House) -> usize {
    let ledger = house.sandbox().ledger();
    let calls = ledger.calls.iter();
    calls
        .filter(|call| call.path.ends_with("/extensionuserdefinitions"))
        .count()
}

#[tokio::test]
async fn custom_data_are_written_by_name_and_read_back_with_what_is_missing_told() {
    let house = House::without_tenant(Default::default()).await;
    let mut acme = tenant(&house.lucca_url());
    acme.readable_extended_data = ["e_tshirt", "e_quote", "e_nothing"]
        .map(str::to_owned)
        .into();
    house.create_tenant(acme).await.unwrap();
    let person = custom(&[("e_TShirt", json!("m")), ("e_quote", json!("Bonjour"))]);
    let created = house.create(hire("a-1", person)).await.unwrap();
    assert_eq!(created.state(), State::Created, "{created:#?}");
    assert!(created.extended_data.is_empty());
    let ledger = house.sandbox().ledger();
    let body = ledger.creations()[0].body.clone().unwrap();
    assert_eq!(body["e_tshirt"], json!({"value": 2}));
    assert_eq!(body["e_quote"], json!({"value": "Bonjour"}));
    let sent = created
        .resolution
        .iter()
        .find(|it| it.value == "e_TShirt")
        .unwrap();
    assert_eq!(sent.label, "Taille de polo: M");

    let seen = look(&house, &created.id).await;
    let shown = |code: &str| seen.extended_data.get(code).map(values::json);
    assert_eq!(shown("e_tshirt"), Some(json!({"id": 2, "name": "M"})));
    assert_eq!(shown("e_quote"), Some(json!("Bonjour")));
    assert_eq!(shown("e_nothing"), None);
    assert_eq!(warnings(&seen), ["EXTENDED_DATA_NOT_SHOWN"]);
    // They are personal data of the moment, and are not kept.
    let later = house.status_of("test", "a-1").await.unwrap();
    assert!(later.extended_data.is_empty() && warnings(&later).is_empty());
}

#[tokio::test]
async fn custom_data_that_the_key_may_not_read_are_a_warning_and_nothing_more() {
    let house = House::without_tenant(Default::default()).await;
    let mut acme = tenant(&house.lucca_url());
    acme.readable_extended_data = vec!["e_quote".into()];
    house.create_tenant(acme).await.unwrap();
    let created = house.create(hire("a-1", collaborator("Dupont"))).await;
    let created = created.unwrap();
    change(&house, created.lucca_user_id, json!({"login": "edupont"})).await;
    for code in [403, 400] {
        let (kind, path) = (Kind::Status { code, body: None }, "/api/v3/users");
        // Every form of columns with the custom data is refused.
        let times = if code == 403 { 1 } else { 2 };
        house.sandbox().inject(Fault {
            times: Some(times),
            ..Fault::on_reads(kind, path)
        });
        let (seen, calls) = refresh(&house, &created.id).await.unwrap();
        assert_eq!(u32::try_from(calls).unwrap(), times + 1);
        assert_eq!(warnings(&seen), ["EXTENDED_DATA_NOT_READABLE"]);
        assert_eq!(status(&seen, "REPLACE_LOGIN", Field::Login), Done);
    }
}

#[tokio::test]
async fn an_unknown_code_is_a_question_before_the_call_and_free_once_lucca_has_it() {
    let house = House::start().await;
    house
        .create(hire("a-0", collaborator("Durand")))
        .await
        .unwrap();
    assert_eq!(definitions_read(&house), 0);
    let person = custom(&[("e_quot", json!("Bonjour"))]);
    let asked = house.create(hire("a-1", person)).await.unwrap();
    let problem = asked.problem.unwrap();
    assert_eq!(problem.code, "UNKNOWN_EXTENDED_DATA");
    assert!(
        problem
            .message
            .contains("“e_quot”. Similar codes: “e_quote”"),
        "{}",
        problem.message
    );
    assert_eq!(house.created_by_calls("Dupont"), 0);
    assert_eq!(house.sandbox().ledger().creations().len(), 1);
    assert_eq!(definitions_read(&house), 1);

    let made = ExtensionDefinition {
        code: "e_quot".into(),
        name: "Devise".into(),
        entries: Vec::new(),
    };
    house.sandbox().set_extension_definitions(vec![made]);
    let retry = v1::RetryOnboardingsRequest {
        selection: Some(v1::retry_onboardings_request::Selection::OnboardingId(
            asked.id,
        )),
    };
    house.operations().retry_onboardings(retry).await.unwrap();
    house.until("test", "a-1", State::Created).await;
    assert_eq!(definitions_read(&house), 2);
}

#[tokio::test]
async fn without_the_right_to_read_definitions_lucca_decides() {
    let house = House::start().await;
    let mut rights = house.sandbox().keys()[0].rights;
    rights.read_definitions = false;
    house.sandbox().set_rights("first", rights).unwrap();
    let person = custom(&[("e_quote", json!("Bonjour"))]);
    let created = house.create(hire("a-1", person)).await.unwrap();
    assert_eq!(created.state(), State::Created);
    assert_eq!(warnings(&created), ["EXTENDED_DATA_NOT_CHECKED"]);
}
