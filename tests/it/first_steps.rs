//! What somebody meets on the first day: `dev` twice, TLS, wrong settings, codes.

use std::{collections::BTreeSet, fs, path::Path, process::Stdio};

use lucca_onboarding::pb::v1;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};
use tonic_types::StatusExt as _;

use crate::{
    commands::run,
    support::{House, TENANT, certificates::Authority, collaborator},
    tls,
};

const CODES: &str = include_str!("../../docs/CODES.md");

/// Runs `dev` until it has printed everything, ends it, and returns what it printed.
async fn dev(data: &Path, more: &[&str]) -> String {
    let free = "127.0.0.1:0";
    let mut child = Command::new(env!("CARGO_BIN_EXE_onboarding"))
        .args(["dev", "--data", data.to_str().unwrap()])
        .args(more)
        .env_clear()
        .env("ONBOARDING_SERVER__GRPC_LISTEN", free)
        .env("ONBOARDING_SERVER__HTTP_LISTEN", free)
        .env("ONBOARDING_ADAPTER__LISTEN", free)
        .env("ONBOARDING_ADAPTER__HTTP_LISTEN", free)
        .env("ONBOARDING_SANDBOX__LISTEN", free)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let pid = Pid::from_raw(child.id().unwrap().cast_signed()).unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut printed = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        printed.push_str(&line);
        printed.push('\n');
        if line.ends_with("/_sandbox") {
            kill_process(pid, Signal::TERM).unwrap();
        }
    }
    let output = child.wait_with_output().await.unwrap();
    printed + &String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn dev_shows_no_employee_of_an_earlier_run_and_says_how_to_start_anew() {
    let data = tempfile::tempdir().unwrap();
    let first = dev(data.path(), &[]).await;
    assert_eq!(first.matches("created: Lucca user").count(), 2, "{first}");
    assert!(first.contains("(API: http://"), "{first}");
    let second = dev(data.path(), &[]).await;
    assert!(
        second.contains("--fresh") && second.contains("--data"),
        "{second}"
    );
    assert!(!second.contains("created: Lucca user"), "{second}");
    let anew = dev(data.path(), &["--fresh"]).await;
    assert_eq!(anew.matches("created: Lucca user").count(), 2, "{anew}");
}

#[tokio::test]
async fn every_command_says_what_is_wrong_with_tls() {
    let authority = Authority::new();
    let mut house = tls::house(&authority).await;
    house.start_service().await;
    let plain = House::start().await;
    let ca = authority.ca();
    let ca = ca.to_str().unwrap();
    let by_address = format!("https://{}", house.grpc());
    let by_name = format!("https://localhost:{}", house.grpc().port());
    let in_clear = format!("https://{}", plain.grpc());
    for command in [
        &["check", TENANT][..],
        &["history", "x"],
        &["keys", "rotate"],
    ] {
        for (endpoint, trusting, hint) in [
            (&by_address, false, "--ca-file"),
            (&by_name, true, "--endpoint https://"),
            (&in_clear, true, "http://"),
        ] {
            for language in ["en", "fr"] {
                let mut arguments = command.to_vec();
                arguments.extend(["--lang", language, "--endpoint", endpoint]);
                if trusting {
                    arguments.extend(["--ca-file", ca]);
                }
                let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
                let said = tokio::task::spawn_blocking(move || {
                    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                    let output = run(&arguments, &[]);
                    assert_eq!(output.status.code(), Some(1), "{output:?}");
                    String::from_utf8(output.stderr).unwrap()
                })
                .await
                .unwrap();
                assert!(said.contains(hint), "{said}");
                assert!(!said.contains("onboarding serve"), "{said}");
            }
        }
    }
}

#[tokio::test]
async fn an_unknown_field_of_a_mapping_is_refused_with_everything_else_that_is_wrong() {
    let house = House::start().await;
    let request = v1::UpdateTenantRequest {
        tenant: Some(v1::Tenant {
            id: TENANT.to_owned(),
            time_zone: "Europe/Nowhere".to_owned(),
            webhook: Some(v1::Webhook {
                mapping: [("nope".to_owned(), "x".to_owned())].into(),
                success_status: 201,
                ..v1::Webhook::default()
            }),
            ..v1::Tenant::default()
        }),
        ..v1::UpdateTenantRequest::default()
    };
    let status = house.tenants().update_tenant(request).await.unwrap_err();
    let bad = status.get_details_bad_request().unwrap().field_violations;
    let paths: BTreeSet<&str> = bad.iter().map(|it| it.field.as_str()).collect();
    let expected = [
        "tenant.time_zone",
        "tenant.webhook.mapping.nope",
        "tenant.webhook.success_status",
    ];
    assert_eq!(paths, BTreeSet::from(expected));
    let names = bad.iter().find(|it| it.field.ends_with("nope")).unwrap();
    for name in ["last_name", "contract_start_date", "send_to_lucca"] {
        assert!(names.description.contains(name), "{}", names.description);
    }
}

/// The codes in the first column of a section's table.
fn documented(section: &str) -> BTreeSet<&'static str> {
    let (_, rest) = CODES.split_once(&format!("# {section}\n")).unwrap();
    let rows = rest.split("\n#").next().unwrap().lines();
    rows.filter_map(|row| row.strip_prefix("| `")?.split('`').next())
        .collect()
}

#[tokio::test]
async fn the_reference_of_codes_has_every_check() {
    let house = House::start().await;
    let mut sample = collaborator("Dupont");
    let custom = prost_types::Value {
        kind: Some(prost_types::value::Kind::StringValue("x".to_owned())),
    };
    sample.extended_data.insert("e_unknown".to_owned(), custom);
    let request = v1::CheckDefaultsRequest {
        tenant: TENANT.to_owned(),
        sample: Some(sample),
        allowance_only: false,
    };
    let answer = house.onboardings().check_defaults(request).await.unwrap();
    let checks = answer.into_inner().checks;
    let ids: BTreeSet<&str> = checks.iter().map(|check| check.id.as_str()).collect();
    assert_eq!(ids, documented("Checks"));
}

/// Words in capitals with an underscore that are quoted in the code of a folder.
fn quoted_codes(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("tests") || path.ends_with("tests.rs") {
            continue;
        }
        if path.is_dir() {
            quoted_codes(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let quoted = code.split('"').skip(1).step_by(2);
        let letter = |it: char| it.is_ascii_uppercase() || it == '_';
        let codes =
            quoted.filter(|it| it.chars().all(letter) && it.trim_matches('_').contains('_'));
        found.extend(codes.map(str::to_owned));
    }
}

#[test]
fn the_reference_of_codes_has_every_reason_of_an_event() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut codes = BTreeSet::new();
    for folder in ["adapter", "intake"] {
        quoted_codes(&source.join(folder), &mut codes);
    }
    assert!(codes.len() > 10, "{codes:?}");
    // How enums are written, not a code.
    codes.remove("SCREAMING_SNAKE_CASE");
    let known = &documented("Reasons of events") | &documented("Errors");
    let unknown: Vec<_> = codes
        .iter()
        .filter(|it| !known.contains(it.as_str()))
        .collect();
    assert!(unknown.is_empty(), "docs/CODES.md lacks {unknown:?}");
}
