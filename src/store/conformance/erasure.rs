//! What was sealed of a person who was erased.

use std::time::Duration;

use super::{Actor, Evidence, Store, Subject, Submitted, creating, id, read, say, see, source};
use crate::{
    db::DataKey,
    domain::onboarding::{
        decision::Decision,
        fixtures::{account, at, hire, lucca_id, tenant_id},
    },
    store::{Lookup, SourceKey, StoreError, backend::Backend, change::Stored, sql::values},
};

/// The sealed values of an onboarding, as a copy of the database has them.
struct Copy {
    document: Vec<u8>,
    intents: Vec<Vec<u8>>,
    evidence: Vec<Vec<u8>>,
}

impl Copy {
    async fn of(store: &impl Backend, seq: i64) -> Self {
        let column = async |sql: &'static str| {
            let rows = store.query(sql, values![seq]).await.unwrap();
            let values = rows.iter().map(|row| row.get(0).unwrap());
            values.collect::<Vec<Vec<u8>>>()
        };
        Self {
            document: column("SELECT document FROM onboardings WHERE seq = $1")
                .await
                .remove(0),
            intents: column("SELECT intent FROM attempts WHERE onboarding = $1").await,
            evidence: column("SELECT evidence FROM evidence WHERE onboarding = $1").await,
        }
    }

    /// Whether each of the values opens with a data key and the keys of the settings.
    fn opens(&self, store: &impl Backend, of: &Stored, key: Option<&DataKey>) -> Vec<bool> {
        let (records, of) = (store.records(), &of.onboarding);
        let (tenant, id) = (of.key.tenant.as_str(), of.id.to_string());
        let document = records.open_document(key, tenant, &id, &self.document);
        let intents = self.intents.iter();
        let intents = intents.map(|it| records.open_intent(key, of, 1, it).is_ok());
        let evidence = self.evidence.iter();
        let evidence = evidence.map(|it| records.open_evidence(key, of, 1, it).is_ok());
        [document.is_ok()]
            .into_iter()
            .chain(intents)
            .chain(evidence)
            .collect()
    }
}

async fn stored(store: &impl Backend, number: u128) -> Stored {
    let id = values![id(number).to_string()];
    let found: Result<_, StoreError> = store.find("WHERE id = $1", id).await;
    found.unwrap().remove(0)
}

/// With today's keys of the settings and today's key table.
pub(in crate::store) async fn what_was_sealed_before_an_erasure_does_not_open_after_it<
    B: Backend + Store,
>(
    store: &B,
) {
    for number in [1, 2] {
        let name = format!("a-{number}");
        creating(store, &hire(&name), number, &name, 0).await;
        let before = stored(store, number).await;
        see(store, id(number), Evidence::NoAnswer("cut".into()), 1).await;
        let early = Copy::of(store, before.seq).await;
        // While an attempt is open, an erasure waits, and so does its key.
        let asked = store
            .decide(id(number), "olga", Decision::Erase, at(2))
            .await;
        asked.unwrap().unwrap().unwrap();
        let waiting = stored(store, number).await;
        assert!(!waiting.onboarding.erased);
        assert_eq!(
            early.opens(store, &waiting, waiting.key.as_ref()),
            [true; 3]
        );

        see(store, id(number), Evidence::Created(lucca_id(7)), 3).await;
        let after = stored(store, number).await;
        assert!(after.onboarding.erased);
        assert_eq!(early.opens(store, &after, after.key.as_ref()), [false; 3]);
        let late = Copy::of(store, before.seq).await;
        assert_eq!(late.opens(store, &after, after.key.as_ref()), [true; 4]);
    }
    // The retention time erases in the same way.
    creating(store, &hire("a-3"), 3, "other", 4).await;
    see(store, id(3), Evidence::Created(lucca_id(8)), 5).await;
    let before = stored(store, 3).await;
    let copy = Copy::of(store, before.seq).await;
    assert_eq!(copy.opens(store, &before, before.key.as_ref()), [true; 3]);
    let (tenant, later) = (tenant_id("acme"), at(400 * 24 * 3600));
    let retired = store.retire(&tenant, Duration::from_hours(24), later, 10);
    assert_eq!(retired.await.unwrap().forgotten, [id(3)]);
    let after = stored(store, 3).await;
    assert_eq!(copy.opens(store, &after, after.key.as_ref()), [false; 3]);
}

/// The source still finds the hire, by keyed hashes, and nobody finds the ids.
pub(crate) async fn an_erased_hire_is_found_by_ids_that_are_not_kept(store: &dyn Store) {
    let first = || hire("application-7").of_person("person-7");
    let host = account("acme.ilucca.example");
    let person = || SourceKey {
        external_id: crate::domain::ids::ExternalId::parse("person-7").unwrap(),
        ..source(&first())
    };
    creating(store, &first(), 1, "login", 0).await;
    see(store, id(1), Evidence::Created(lucca_id(7)), 1).await;
    let before = store.onboardings_of_person(person(), host.clone()).await;
    assert_eq!(before.unwrap(), [id(1)]);
    let erased = store.decide(id(1), "olga", Decision::Erase, at(2)).await;
    let erased = erased.unwrap().unwrap().unwrap();
    let kept = serde_json::to_string(&*erased).unwrap();
    assert!(
        !kept.contains("application-7") && !kept.contains("person-7"),
        "{kept}"
    );
    assert_eq!(read(store, id(1)).await, *erased);

    let found = Lookup::Source(source(&first()), host.clone());
    assert_eq!(
        store.onboarding(found).await.unwrap(),
        Some((*erased).clone())
    );
    let found = store.onboardings_of_person(person(), host.clone()).await;
    assert_eq!(found.unwrap(), [id(1)]);
    assert_eq!(say(store, &first(), 2, 3).await, *erased);
    // What comes later changes nothing of that, and the sweep finds nothing to mend.
    see(store, id(1), Evidence::NoAnswer("late".into()), 4).await;
    let withdrawn = store.withdraw(
        Subject::of(source(&first()), host.clone(), None),
        Actor::payroll(),
        at(5),
    );
    assert_eq!(withdrawn.await.unwrap().map(|it| it.id), Some(id(1)));
    assert_eq!(store.inspect(None, 10).await.unwrap(), None);
    assert_eq!(store.noticed().mended(), 0);
    let found = store.onboardings_of_person(person(), host).await;
    assert_eq!(found.unwrap(), [id(1)]);
    let later = store
        .submit(first(), None, id(3), Actor::payroll(), at(6))
        .await;
    assert!(matches!(later, Ok(Submitted::Stored(it)) if it.id == id(1)));
}
