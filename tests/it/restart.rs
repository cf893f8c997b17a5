use lucca_onboarding::pb::v1::State;

use crate::support::{House, collaborator, hire};

#[tokio::test]
async fn a_hire_accepted_while_lucca_is_down_is_created_after_a_restart() {
    let mut house = House::start().await;
    house.stop_sandbox().await;
    let mut request = hire("a-1", collaborator("Dupont"));
    request.wait = None;
    let accepted = house.create(request).await.unwrap();
    assert_eq!(accepted.state(), State::Accepted);
    house.stop_service().await;
    house.start_sandbox().await;
    house.start_service().await;
    let created = house.until("test", "a-1", State::Created).await;
    assert_eq!(created.id, accepted.id);
    assert_eq!(house.created_by_calls("Dupont"), 1);
}
