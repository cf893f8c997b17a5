use std::fs;

use crate::support::{
    House, collaborator, hire,
    webhook::{Webhook, event, nine_items},
};

#[tokio::test]
async fn the_database_files_hold_no_name_no_address_and_no_key_in_plain_text() {
    let mut house = House::start().await;
    house
        .create(hire("a-1", collaborator("Xyzzynski")))
        .await
        .unwrap();
    Webhook::of(&event("hire.confirmed", "a-2", nine_items("Plughova")))
        .send(&house)
        .await;
    house
        .until("werecruit", "a-2", lucca_onboarding::pb::v1::State::Created)
        .await;
    house.stop_service().await;
    let mut bytes = Vec::new();
    let mut files = 0;
    for entry in fs::read_dir(house.data.path()).unwrap() {
        bytes.extend(fs::read(entry.unwrap().path()).unwrap());
        files += 1;
    }
    assert!(files >= 2);
    // Something that is known to be there, to see that looking works.
    assert!(holds(&bytes, "onboardings"));
    for secret in [
        "xyzzynski",
        "plughova",
        "Éloïse",
        "@example",
        "11111111-2222",
        "whsec_",
    ] {
        assert!(!holds(&bytes, secret), "{secret}");
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    bytes
        .windows(text.len())
        .any(|window| window.eq_ignore_ascii_case(text))
}
