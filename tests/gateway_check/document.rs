//! The table in `docs/gateway-check.md` is the one of the program.

use zitadel_gateway::check::Code;

const DOCUMENT: &str = include_str!("../../docs/gateway-check.md");

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
