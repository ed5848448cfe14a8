//! Starts the sample as a program.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a failed expectation ends the test")]

#[path = "../../tests/start.rs"]
mod start;

const PROGRAM: &str = env!("CARGO_BIN_EXE_example-rocket");

#[test]
fn a_table_in_rocket_toml_is_used_and_no_provider_is_started() {
    let port = start::free_port().to_string();
    let table =
        "[default]\nport = 8000\n[default.zitadel]\ndomain = 'https://acme.zitadel.cloud'\nsesion_secret = 'canary'\n";
    let folder = start::Folder::new("rocket").with("Rocket.toml", table);
    let (output, status) = start::Sample::start(PROGRAM, folder, &[("PORT", &port)]).wait_for_exit();
    assert_eq!(status.code(), Some(1), "{output}");
    for name in ["ZITADEL_CLIENT_ID", "SESSION_SECRET", "sesion_secret"] {
        assert!(output.lines().any(|line| line.starts_with(name)), "{name}: {output}");
    }
    assert!(!output.contains("canary") && !output.contains("alice"), "{output}");
}
