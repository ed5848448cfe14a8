//! The sample as a program.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a broken expectation ends the test")]

#[path = "../../tests/start.rs"]
mod start;

const PROGRAM: &str = env!("CARGO_BIN_EXE_example-rocket");

#[test]
fn a_table_in_rocket_toml_counts_and_no_provider_is_started() {
    let port = start::free_port().to_string();
    let table =
        "[default]\nport = 8000\n[default.zitadel]\ndomain = 'https://acme.zitadel.cloud'\nsesion_secret = 'canary'\n";
    let folder = start::Folder::new("rocket").with("Rocket.toml", table);
    let (told, status) = start::Sample::start(PROGRAM, folder, &[("PORT", &port)]).ends();
    assert_eq!(status.code(), Some(1), "{told}");
    for name in ["ZITADEL_CLIENT_ID", "SESSION_SECRET", "sesion_secret"] {
        assert!(told.lines().any(|line| line.starts_with(name)), "{name}: {told}");
    }
    assert!(!told.contains("canary") && !told.contains("alice"), "{told}");
}
