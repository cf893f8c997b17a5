//! The documents about the code agree with it: which room knows which, and where things are.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const LIB: &str = include_str!("../../src/lib.rs");
const ARCHITECTURE: &str = include_str!("../../docs/ARCHITECTURE.md");

/// Documents that name files.
const DOCUMENTS: [&str; 4] = [
    ARCHITECTURE,
    include_str!("../../docs/OPERATIONS.md"),
    include_str!("../../docs/RELIABILITY.md"),
    include_str!("../../SECURITY.md"),
];

/// Files and folders that are there for tests only.
const FOR_TESTS: [&str; 5] = ["tests", "fixtures", "testing", "conformance", "model"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The rooms of the house.
fn rooms() -> BTreeSet<&'static str> {
    let lines = LIB.lines();
    lines
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect()
}

/// The words in back quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// What each room may know, by the map.
fn map() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let rows = LIB.lines().filter_map(|line| line.strip_prefix("//! | [`"));
    rows.map(|row| {
        let (room, rest) = row.split_once("`]").unwrap();
        let may = rest.rsplit('|').nth(1).unwrap();
        let named: BTreeSet<&str> = quoted(may).collect();
        let known = if may.contains("every room") {
            &rooms() - &named
        } else {
            named
        };
        (room, known)
    })
    .collect()
}

/// Every file of the program below a folder, with its path from `src`.
fn files(below: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if FOR_TESTS.contains(&name) {
            continue;
        }
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let place = path.strip_prefix(source()).unwrap().to_str().unwrap();
            found.push((place.to_owned(), fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The code of a file without its comments, and without tests that stand in it.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().filter(|it| !it.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// What stands first after each `crate::`, also where it opens a group.
fn named(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |text: &str| {
        let word = text.trim_start().chars();
        let word = word.take_while(|it| it.is_alphanumeric() || *it == '_');
        names.insert(word.collect::<String>());
    };
    for after in code.split("crate::").skip(1) {
        let Some(group) = after.strip_prefix('{') else {
            add(after);
            continue;
        };
        add(group);
        let mut depth = 0_i32;
        for (at, sign) in group.char_indices() {
            match sign {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => add(&group[at + 1..]),
                _ => {}
            }
        }
    }
    // After the last comma of a group.
    names.remove("");
    names
}

#[test]
fn what_a_file_names_is_found_alone_and_in_groups() {
    let text = "use crate::{\n    a::{b, c},\n    d::e,\n};\n// crate::f\nfn g() { crate::h::i() }\n\
                #[cfg(test)]\nmod tests {\n    use crate::j;\n}\n";
    assert_eq!(
        named(&code(text)),
        ["a", "d", "h"].map(str::to_owned).into()
    );
}

#[test]
fn every_room_is_on_the_map_and_knows_only_whom_it_may() {
    let (rooms, map) = (rooms(), map());
    assert_eq!(map.keys().copied().collect::<BTreeSet<_>>(), rooms);
    let mut found = Vec::new();
    files(&source(), &mut found);
    assert!(found.len() > 200, "only {} files", found.len());
    for (place, text) in found {
        let room = place.split(['/', '.']).next().unwrap();
        let Some(may) = map.get(room) else {
            continue;
        };
        for name in named(&code(&text)) {
            let is_known =
                !rooms.contains(name.as_str()) || name == room || may.contains(name.as_str());
            assert!(is_known, "{place} names {name}, which {room} may not know");
        }
    }
}

#[test]
fn every_place_that_a_document_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = DOCUMENTS.into_iter().flat_map(quoted);
    let files = files.filter(|name| name.ends_with(".rs"));
    let folders = quoted(ARCHITECTURE).filter(|name| name.ends_with('/'));
    let places: BTreeSet<&str> = files.chain(folders).collect();
    assert!(places.len() > 30, "only {} places", places.len());
    for name in places {
        let is_there = source().join(name).exists() || root.join(name).exists();
        assert!(is_there, "there is no {name}");
    }
}
