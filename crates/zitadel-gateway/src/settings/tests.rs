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

#[test]
fn the_callback_may_not_be_at_the_path_of_another_endpoint() {
    for path in ["/api/v1/token", "/api/v1/validate", "/healthz", "/docs", "/forward-auth", "/forward-auth/envoy/x"] {
        let vars = |name: &str| match name {
            "ZITADEL_CALLBACK_URL" => Some(format!("https://auth.app.example{path}")),
            name => vars(name),
        };
        let error = Settings::new(ServeArgs::default(), vars).unwrap_err().to_string();
        assert!(error.starts_with("ZITADEL_CALLBACK_URL: the gateway has another endpoint"), "{path}: {error}");
    }
}

#[test]
fn machine_tokens_need_a_service_account_whose_scopes_can_be_limited() {
    let open = || ServeArgs { danger_open_machine_token: Some("true".to_owned()), ..ServeArgs::default() };
    let with =
        |known: &'static str| move |name: &str| vars(name).or_else(|| (name == known).then(|| "robot".to_owned()));
    let problem = |name| Settings::new(open(), with(name)).unwrap_err().to_string();
    assert!(problem("").contains("DANGER_OPEN_MACHINE_TOKEN: needs a service account; set"), "{}", problem(""));
    assert!(problem("ZITADEL_SERVICE_ACCOUNT_TOKEN").contains("a personal access token has its scopes"));
    let args = ServeArgs { machine_token_callers_file: Some("/nowhere".to_owned()), ..ServeArgs::default() };
    let error = Settings::new(args, with("ZITADEL_SERVICE_ACCOUNT_TOKEN")).unwrap_err().to_string();
    assert_eq!(error.matches("MACHINE_TOKEN_CALLERS_FILE").count(), 2, "{error}");
}
