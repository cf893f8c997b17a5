//! How urgent a hire is.

use super::*;

/// Today where the tenant is.
fn today() -> Date {
    let zone = TimeZone::get("Europe/Paris").unwrap();
    Timestamp::now().to_zoned_datetime(zone).date()
}

#[tokio::test]
async fn whoever_starts_soon_and_does_not_exist_comes_first() {
    let house = House::without_tenant(Default::default()).await;
    let mut without_role = tenant(&house.lucca_url());
    without_role.defaults = None;
    house.create_tenant(without_role).await.unwrap();
    let start = |days: i64| (today() + days.days()).to_string();
    let waits = |id: &str, start: String| {
        let mut person = collaborator(&format!("Dupont{id}"));
        person.contract_start_date = start;
        v1::CreateCollaboratorRequest {
            accept_incomplete: true,
            ..hire(id, person)
        }
    };
    for (id, start) in [
        ("normal", start(30)),
        ("soon", start(3)),
        ("undated", String::new()),
        ("late", start(-2)),
    ] {
        let asked = house.create(waits(id, start)).await.unwrap();
        assert_eq!(asked.state(), State::NeedsAttention, "{id}");
    }
    let mut done = collaborator("Durand");
    done.contract_start_date = start(1);
    done.role = Some(v1::Reference {
        target: Some(v1::reference::Target::LuccaId(ROLE)),
    });
    house.create(hire("done", done)).await.unwrap();

    let list = v1::ListOnboardingsRequest::default();
    let list = house.operations().list_onboardings(list).await.unwrap();
    let list: Vec<_> = list
        .into_inner()
        .onboardings
        .iter()
        .map(|it| {
            let id = it.source.as_ref().unwrap().external_id.clone();
            (id, it.urgency(), it.days_until_start)
        })
        .collect();
    let expected = [
        ("late", Urgency::Late, Some(-2)),
        ("undated", Urgency::Undated, None),
        ("soon", Urgency::Soon, Some(3)),
        ("normal", Urgency::Normal, Some(30)),
        ("done", Urgency::None, Some(1)),
    ];
    let expected = expected.map(|(id, urgency, days)| (id.to_owned(), urgency, days));
    assert_eq!(list, expected);
    let soon = house.status_of("test", "soon").await.unwrap();
    assert_eq!(
        (soon.urgency(), soon.days_until_start),
        (Urgency::Soon, Some(3))
    );

    // The same in numbers for whoever watches the service.
    let lines = ["LATE", "UNDATED", "SOON", "NORMAL"].map(|urgency| {
        format!(r#"onboarding_standing{{state="NEEDS_ATTENTION",urgency="{urgency}"}} 1"#)
    });
    counted(house, &lines).await;
}

/// Starts the service anew, which counts at its start, and waits until its metrics have these
/// lines.
async fn counted(mut house: House, lines: &[String]) {
    house.stop_service().await;
    let server = Server::bind(&house.settings).await.unwrap();
    let metrics = server.metrics();
    let shutdown = Shutdown::new();
    server.spawn(&shutdown);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    loop {
        ticks.tick().await;
        let text = metrics.encode().unwrap();
        if lines.iter().all(|line| text.lines().any(|it| it == line)) {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "{text}");
    }
    assert!(shutdown.finish(Duration::from_secs(60)).await);
}

#[tokio::test]
async fn a_hire_with_an_unlikely_date_is_counted_beside_one_whose_person_exists() {
    let house = House::start().await;
    let person = collaborator("Martin");
    let members = serde_json::json!({
        "firstName": person.given_name, "lastName": person.family_name, "login": "other",
        "mail": person.personal_email, "dtContractStart": "2020-01-06"
    });
    house.sandbox().add_user(members).unwrap();
    let mut unlikely = collaborator("Dupont");
    unlikely.contract_start_date = "2199-01-01".into();
    let unlikely = house.create(hire("a-1", unlikely)).await.unwrap();
    assert_eq!(unlikely.problem.unwrap().code, "DATE_UNLIKELY");
    let exists = house.create(hire("a-2", person)).await.unwrap();
    assert_eq!(exists.problem.unwrap().code, "PERSON_EXISTS");
    let lines = ["DATE_UNLIKELY", "PERSON_EXISTS"]
        .map(|code| format!(r#"onboarding_needs_attention{{problem="{code}"}} 1"#));
    counted(house, &lines).await;
}
