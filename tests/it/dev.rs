use std::process::Command;

#[test]
fn dev_once_ends_well_after_its_sample_hires_reached_lucca() {
    let data = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_onboarding"))
        .args(["dev", "--once", "--data"])
        .arg(data.path())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}\n{complaints}");
    assert_eq!(text.matches("created: Lucca user").count(), 2, "{text}");
    for word in [
        "webhook answered with 200",
        "Siège Paris",
        "derived",
        "tenant default",
        "DPAE",
    ] {
        assert!(
            text.to_lowercase().contains(&word.to_lowercase()),
            "{word}\n{text}"
        );
    }
}
