use super::*;

fn vars(name: &str) -> Option<String> {
    let value = match name {
        "ZITADEL_DOMAIN" => "https://acme.zitadel.cloud",
        "ZITADEL_CLIENT_ID" => "170086824411201793@app",
        "ZITADEL_CALLBACK_URL" => "https://auth.app.example/api/v1/callback",
        "ZITADEL_POST_LOGOUT_URL" => "https://auth.app.example/api/v1/logout/callback",
        "SESSION_SECRET" => "fAYMQ2hKvP1nD7wXjRcE0uLs9TzoB4Gi",
        _ => return None,
    };
    Some(value.to_owned())
}

#[test]
fn without_options_it_listens_on_loopback_port_8000_and_has_no_single_page_application() {
    let settings = Settings::new(ServeArgs::default(), vars).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(settings.spa_origin, None);
    assert!(!settings.danger_token_in_fragment);
}

#[test]
fn everything_that_is_wrong_is_listed_at_once() {
    let args = ServeArgs {
        port: Some("70000".to_owned()),
        host: Some("gateway".to_owned()),
        spa_origin: Some("http://app.example".to_owned()),
        danger_token_in_fragment: Some("yes".to_owned()),
        ..ServeArgs::default()
    };
    let error = Settings::new(args, |name| (name == "ZITADEL_CLIENT_ID").then(|| "1@app".to_owned())).unwrap_err();
    let names: Vec<_> = error.problems().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(
        names,
        [
            "ZITADEL_DOMAIN",
            "ZITADEL_CALLBACK_URL",
            "ZITADEL_POST_LOGOUT_URL",
            "SESSION_SECRET",
            "HOST",
            "PORT",
            "SPA_ORIGIN",
            "DANGER_TOKEN_IN_FRAGMENT"
        ],
        "{error}"
    );
}

#[test]
fn an_origin_is_serialized_as_browsers_do() {
    let parse = |text| SpaOrigin::parse(text).map(|origin| origin.0);
    assert_eq!(parse("https://App.Example:443/").unwrap(), "https://app.example");
    assert_eq!(parse("http://localhost:5173").unwrap(), "http://localhost:5173");
    for wrong in [
        "app.example",
        "http://app.example",
        "https://app.example/path",
        "https://app.example?a",
        "https://app.example#a",
        "https://user@app.example",
        "file:///etc",
        "null",
        "*",
    ] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_switch_is_true_or_false_and_an_empty_value_is_none() {
    let args = |value: &str| ServeArgs {
        spa_origin: Some("https://app.example".to_owned()),
        danger_token_in_fragment: Some(value.to_owned()),
        ..ServeArgs::default()
    };
    for (value, expected) in [("true", true), ("false", false), (" ", false)] {
        assert_eq!(Settings::new(args(value), vars).unwrap().danger_token_in_fragment, expected, "{value}");
    }
    assert!(Settings::new(args("1"), vars).is_err());
    let alone = ServeArgs { spa_origin: None, ..args("true") };
    assert!(Settings::new(alone, vars).unwrap_err().to_string().contains("needs SPA_ORIGIN"));
}
