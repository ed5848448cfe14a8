//! What documents say is what the program has: the table in `docs/gateway-check.md`, the variables in the migration page.

use std::collections::BTreeSet;

use zitadel_gateway::check::Code;

const DOCUMENT: &str = include_str!("../../docs/gateway-check.md");
const MIGRATION: &str = include_str!("../../docs/migrating-to-the-gateway.md");

#[test]
fn the_document_has_every_code_with_its_severity_meaning_and_change() {
    let mut expected = "| code | severity | means | change |\n|---|---|---|---|\n".to_owned();
    for code in Code::ALL {
        let (name, severity) = (code.name(), code.severity().word());
        let change = if code.change().is_empty() { String::new() } else { format!(" {}", code.change()) };
        expected += &format!("| `{name}` | {severity} | {} |{change} |\n", code.meaning());
    }
    assert!(DOCUMENT.contains(&expected), "docs/gateway-check.md must have this table:\n{expected}");
}

#[test]
fn the_migration_page_names_no_variable_that_does_not_exist() {
    let known = concat!(include_str!("../../.env.example"), include_str!("../../crates/zitadel-gateway/README.md"));
    // Of ZitAuth, and of the log.
    let others = [
        "RUST_LOG",
        "SERVICE_ACCOUNT_FILE",
        "ZITADEL_AUTHORIZATION_ENDPOINT",
        "ZITADEL_AUTH_ENDPOINT",
        "ZITADEL_JWKS_URI",
        "ZITADEL_JWKS_URL",
        "ZITADEL_TOKEN_ENDPOINT",
        "ZITADEL_USERINFO_ENDPOINT",
        "ZITADEL_USERINFO_URL",
    ];
    let is_variable =
        |name: &str| name.contains('_') && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let named: BTreeSet<_> = MIGRATION
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split(['=', ' ']).next())
        .filter(|name| is_variable(name) && !others.contains(name))
        .collect();
    assert!(named.len() > 20, "{named:?}");
    for name in named {
        assert!(known.contains(name), "{name}");
    }
}
