use super::*;
use crate::sandbox::{fold::fold, user::User};

fn people() -> (Company, jiff::civil::Date) {
    let now = Moment::now();
    (company(now, 300), now.today())
}

#[test]
fn the_company_has_the_size_it_is_said_to_have() {
    let (company, today) = people();
    let count = |test: &dyn Fn(&User) -> bool| company.users.values().filter(|it| test(it)).count();
    assert_eq!(company.users.len(), 300);
    assert_eq!(count(&|it| it.is_former(today)), 6);
    assert_eq!(count(&|it| it.is_future(today)), 5);
    let units = |kind, in_use| {
        let units = company.units(kind);
        units.filter(|it| it.in_use == in_use).count()
    };
    assert_eq!(units(UnitKind::Department, true), 39);
    assert_eq!(units(UnitKind::Department, false), 1);
    assert_eq!(units(UnitKind::Establishment, true), 8);
    assert_eq!(units(UnitKind::Establishment, false), 1);
    assert_eq!(units(UnitKind::LegalUnit, true), 2);
    assert_eq!(units(UnitKind::Role, true), 6);
}

#[test]
fn a_larger_company_has_more_active_people_and_nothing_else() {
    let now = Moment::now();
    let company = company(now, 1000);
    let count = |test: &dyn Fn(&User) -> bool| company.users.values().filter(|it| test(it)).count();
    assert_eq!(company.users.len(), 1000);
    assert_eq!(count(&|it| it.is_former(now.today())), 6);
    assert_eq!(count(&|it| it.is_future(now.today())), 5);
    let logins: std::collections::HashSet<&str> =
        company.users.values().map(|it| it.text("login")).collect();
    assert_eq!(logins.len(), 1000);
}

#[test]
fn there_is_one_jean_martin_and_two_nicolas_martins() {
    let (company, today) = people();
    let named = |name: &str| -> Vec<&User> {
        let mut parts: Vec<&str> = name.split(' ').collect();
        parts.reverse();
        let reversed = parts.join(" ");
        company
            .users
            .values()
            .filter(|it| [fold(name), fold(&reversed)].contains(&fold(&it.full_name())))
            .collect()
    };
    let [jean] = named("Jean Martin")[..] else {
        panic!("there is more than one, or none");
    };
    assert!(!jean.is_former(today) && !jean.is_future(today));
    let department = company
        .unit(UnitKind::Department, jean.number("departmentId"))
        .unwrap();
    assert_eq!(department.name, "Produit");
    assert_ne!(department.head, Some(jean.id));
    assert_eq!(named("Nicolas Martin").len(), 2);
    assert!(named("Éloïse Dupont").is_empty());
}

#[test]
fn no_login_e_mail_or_number_is_used_twice() {
    let (company, _) = people();
    for member in ["login", "mail", "personalEmail", "employeeNumber"] {
        let values: std::collections::HashSet<String> = company
            .users
            .values()
            .map(|user| fold(user.text(member)))
            .collect();
        assert_eq!(values.len(), 300, "{member}");
        assert!(!values.contains(""), "{member}");
    }
}

#[test]
fn only_reserved_domains_are_used() {
    let (company, _) = people();
    for user in company.users.values() {
        assert!(user.text("mail").ends_with("@example.com"));
        assert!(user.text("personalEmail").ends_with("@example.org"));
    }
}

#[test]
fn one_active_department_has_a_head_who_left() {
    let (company, today) = people();
    let headless: Vec<&str> = company
        .units(UnitKind::Department)
        .filter(|it| {
            it.head
                .is_some_and(|head| company.users[&head].is_former(today))
        })
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(headless, ["Relations presse"]);
    let inactive: Vec<&str> = company
        .units(UnitKind::Department)
        .filter(|it| !it.in_use)
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(inactive, ["Télévente"]);
}

#[test]
fn everyone_points_to_units_and_managers_that_exist() {
    let (company, today) = people();
    for user in company.users.values() {
        let unit = |kind, member| company.unit(kind, user.number(member));
        assert!(unit(UnitKind::Department, "departmentId").is_some_and(|it| it.in_use));
        assert!(unit(UnitKind::Establishment, "legalEntityId").is_some());
        assert!(unit(UnitKind::Role, "rolePrincipalId").is_some());
        if let Some(manager) = user.number("managerId") {
            assert_ne!(manager, user.id);
            assert!(!company.users[&manager].is_former(today));
        }
    }
}

#[test]
fn the_same_day_makes_the_same_company() {
    let now = Moment::now();
    let written = |company: Company| serde_json::to_string(&company.users).unwrap();
    assert_eq!(written(company(now, 300)), written(company(now, 300)));
}
