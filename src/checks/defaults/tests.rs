use super::{
    super::{
        Status::{self, Fail, Pass, Unverified, Warn},
        answers::Answer,
        fixtures::{self, french, learned},
    },
    *,
};

fn checked(unit: Unit, id: Option<i64>, declared: bool, answers: &Answers) -> Check {
    let mut tenant = fixtures::tenant();
    let default = id.map(|id| LuccaId::try_from(id).unwrap());
    match unit {
        Unit::Establishment => tenant.defaults.establishment = default,
        Unit::Department => tenant.defaults.department = default,
        Unit::Role => tenant.defaults.role = default,
    }
    if declared {
        tenant.lucca_defaults.insert(unit.field());
    }
    check(&tenant, unit, answers, &learned(&[]))
}

#[test]
fn a_default_is_in_order_only_if_lucca_shows_it_in_use() {
    use Unit::{Department, Establishment, Role};
    let read = fixtures::answers();
    let silent = Answers {
        roles: Answer::NotAsked,
        ..fixtures::answers()
    };
    let nothing = Answers::default();
    let table: [(Unit, Option<i64>, bool, &Answers, Status); 16] = [
        (Establishment, Some(1), false, &read, Pass),
        (Establishment, Some(2), false, &read, Fail),
        (Establishment, Some(9), false, &read, Fail),
        (Establishment, None, false, &read, Warn),
        (Establishment, None, true, &read, Unverified),
        (Department, Some(11), false, &read, Pass),
        (Department, Some(12), false, &read, Fail),
        (Department, None, false, &read, Warn),
        (Department, Some(11), false, &nothing, Unverified),
        (Role, Some(51), false, &read, Pass),
        (Role, Some(52), true, &read, Fail),
        (Role, Some(52), false, &silent, Unverified),
        (Role, None, false, &read, Fail),
        (Role, None, true, &read, Unverified),
        (Role, Some(51), false, &nothing, Unverified),
        (Role, None, false, &nothing, Fail),
    ];
    for (unit, id, declared, answers, expected) in table {
        let check = checked(unit, id, declared, answers);
        assert_eq!(check.status, expected, "{unit:?} {id:?} {declared}");
    }
}

#[test]
fn french_sentences_elide() {
    for (id, words) in [
        (None, "Il n’y a pas d’établissement par défaut"),
        (
            Some(1),
            "Par défaut, l’établissement est « Siège » (identifiant 1).",
        ),
        (
            Some(2),
            "L’établissement par défaut « Ancien » (identifiant 2) n’est plus",
        ),
        (
            Some(9),
            "L’établissement par défaut d’identifiant 9 n’existe pas",
        ),
    ] {
        let check = checked(Unit::Establishment, id, false, &fixtures::answers());
        assert!(french(&check).0.starts_with(words), "{check:?}");
    }
}

#[test]
fn the_list_names_every_default_and_where_it_comes_from() {
    let mut tenant = fixtures::tenant();
    tenant.defaults.department = LuccaId::try_from(11).ok();
    tenant.defaults.culture = Some(1036);
    tenant.lucca_defaults.insert(Field::Role);
    let list = list(&tenant, &fixtures::answers());
    let short: Vec<_> = list
        .iter()
        .map(|it| {
            (
                it.field,
                it.source,
                it.id.map(LuccaId::get),
                it.label.as_str(),
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            (Field::Establishment, None, None, ""),
            (
                Field::Department,
                Some(Origin::TenantDefault),
                Some(11),
                "Produit"
            ),
            (Field::Role, Some(Origin::LuccaDefault), None, ""),
            (Field::Culture, Some(Origin::TenantDefault), Some(1036), ""),
            (Field::Login, None, None, ""),
        ]
    );
}
