//! How many calls a check makes.

use lucca_onboarding::{
    pb::v1,
    sandbox::{Options, Rights},
};

use super::{check, generous};
use crate::support::{House, collaborator};

/// The most calls that a check may make on an account of 1,000 people.
const MOST: usize = 8;

async fn calls(house: &House, sample: Option<v1::Collaborator>) -> usize {
    let before = house.sandbox().ledger().calls.len();
    check(house, sample).await;
    house.sandbox().ledger().calls.len() - before
}

/// A house whose Lucca has 1,000 people, and a tenant that reads custom data back.
async fn large() -> House {
    let options = Options {
        people: 1000,
        ..Options::default()
    };
    let house = generous(options, |tenant| {
        tenant.readable_extended_data = vec!["e_badge".into()];
    })
    .await;
    assert_eq!(house.sandbox().users().len(), 1000);
    house
}

#[tokio::test]
async fn a_check_of_an_account_of_a_thousand_people_makes_eight_calls_at_most() {
    for sample in [None, Some(collaborator("Beauregard"))] {
        let house = large().await;
        let cold = calls(&house, sample.clone()).await;
        let warm = calls(&house, sample.clone()).await;
        assert!(cold <= MOST && warm <= MOST, "{cold} {warm}");
        assert_eq!(house.sandbox().ledger().creations().len(), 0);
    }
}

#[tokio::test]
async fn a_right_that_is_missing_makes_no_more_calls() {
    let table: [fn(&mut Rights); 5] = [
        |it| it.read_users = false,
        |it| it.read_departments = false,
        |it| it.read_establishments = false,
        |it| it.read_roles = false,
        |it| it.read_definitions = false,
    ];
    for change in table {
        let house = large().await;
        let mut rights = Rights::default();
        change(&mut rights);
        house.sandbox().set_rights("first", rights).unwrap();
        let sample = Some(collaborator("Beauregard"));
        let counted = calls(&house, sample.clone()).await;
        assert!(counted <= MOST, "{counted} {rights:?}");
        let again = calls(&house, sample).await;
        assert!(again <= MOST, "{again} {rights:?}");
    }
}

#[tokio::test]
async fn a_refused_key_is_tried_once() {
    let house = large().await;
    house.sandbox().revoke_key("first").unwrap();
    assert_eq!(calls(&house, Some(collaborator("Beauregard"))).await, 1);
}
