//! The dependencies that are built in are those that `deny.toml` allows.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use toml::Value;

fn rules() -> toml::Table {
    include_str!("../../deny.toml").parse().unwrap()
}

fn texts(list: &Value) -> BTreeSet<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|it| it.as_str().unwrap().to_owned()).collect()
}

/// Name, version and licence of everything that is built for this machine.
fn built() -> BTreeSet<(String, String, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--prefix", "none"])
        .args(["--edges", "normal,build", "--format", "{p}|{l}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .filter_map(|line| {
            let (package, licence) = line.split_once('|')?;
            let mut words = package.split(' ');
            let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
            // The second time a package is named, the line ends in a star.
            let licence = licence.trim_end_matches(" (*)");
            Some((name.to_owned(), version.to_owned(), licence.to_owned()))
        })
        .collect()
}

/// Whether an expression of licences (SPDX, or the `/` of old) can be met with these.
fn permitted(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = either(&tokens, &mut at, allowed);
    met && at == tokens.len()
}

fn either(tokens: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut met = both(tokens, at, allowed);
    while tokens.get(*at) == Some(&"OR") {
        *at += 1;
        met |= both(tokens, at, allowed);
    }
    met
}

fn both(tokens: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut met = one(tokens, at, allowed);
    while tokens.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(tokens, at, allowed);
    }
    met
}

fn one(tokens: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let Some(token) = tokens.get(*at) else {
        return false;
    };
    *at += 1;
    if *token == "(" {
        let met = either(tokens, at, allowed);
        let closed = tokens.get(*at) == Some(&")");
        *at += 1;
        return met && closed;
    }
    let mut name = (*token).to_owned();
    if tokens.get(*at) == Some(&"WITH") {
        name = [
            token,
            "WITH",
            tokens.get(*at + 1).copied().unwrap_or_default(),
        ]
        .join(" ");
        *at += 2;
    }
    allowed.contains(&name)
}

#[test]
fn expressions_of_licences_are_read_as_written() {
    let allowed = ["MIT", "ISC"].map(str::to_owned).into();
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("MIT/Apache-2.0", true),
        ("Apache-2.0 WITH LLVM-exception OR MIT", true),
        ("Apache-2.0 WITH LLVM-exception", false),
        ("MIT AND ISC", true),
        ("MIT AND (GPL-3.0 OR ISC)", true),
        ("MIT AND GPL-3.0 OR Apache-2.0", false),
        ("", false),
    ] {
        assert_eq!(permitted(expression, &allowed), expected, "{expression}");
    }
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let allowed = texts(&rules()["licenses"]["allow"]);
    let built = built();
    assert!(built.len() > 50, "only {} packages", built.len());
    for (name, version, licence) in &built {
        assert!(
            permitted(licence, &allowed),
            "{name} {version}: {licence:?}"
        );
    }
}

#[test]
fn nothing_is_built_that_is_banned_or_twice_without_a_reason() {
    let rules = rules();
    let banned = rules["bans"]["deny"].as_array().unwrap();
    let banned: BTreeSet<&str> = banned.iter().filter_map(|it| it["name"].as_str()).collect();
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, version, _) in built() {
        assert!(!banned.contains(name.as_str()), "{name} is built in");
        versions.entry(name).or_default().insert(version);
    }
    for skipped in rules["bans"]["skip"].as_array().unwrap() {
        let (name, prefix) = (skipped["name"].as_str(), skipped["version"].as_str());
        let (name, prefix) = (name.unwrap(), prefix.unwrap());
        let of = versions
            .get_mut(name)
            .unwrap_or_else(|| panic!("{name} is not built in"));
        let before = of.len();
        of.retain(|version| !version.starts_with(&format!("{prefix}.")));
        assert_eq!(
            (of.len() + 1, of.len()),
            (before, 1),
            "{name} {prefix} needs no exception"
        );
    }
    versions.retain(|_, of| of.len() > 1);
    assert!(
        versions.is_empty(),
        "built in several versions: {versions:?}"
    );
}

#[test]
fn every_dependency_comes_from_where_it_may_come_from() {
    let allowed = texts(&rules()["sources"]["allow-registry"]);
    let lock: toml::Table = include_str!("../../Cargo.lock").parse().unwrap();
    for package in lock["package"].as_array().unwrap() {
        let Some(source) = package.get("source").and_then(Value::as_str) else {
            assert_eq!(package["name"].as_str(), Some(env!("CARGO_PKG_NAME")));
            continue;
        };
        let registry = source.strip_prefix("registry+").unwrap_or(source);
        assert!(
            allowed.contains(registry),
            "{} from {source}",
            package["name"]
        );
        assert!(package.get("checksum").is_some(), "{}", package["name"]);
    }
}
