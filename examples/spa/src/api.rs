//! The API: what it requires of the access token of a request, and nothing about logins. In another project it is a program of
//! its own.

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
use zitadel_axum::{
    Bearer, Config, ConfigError, Protected, Zitadel,
    core::{ConfigBuilder, config::env},
    require_role,
};

use crate::variables::Variables;

/// Of all settings, what an API needs: the provider, its own key, and for whom access tokens must be.
///
/// # Errors
///
/// What is missing or wrong.
pub(crate) fn config(variables: &Variables) -> Result<Config, ConfigError> {
    let names = [
        env::ZITADEL_DOMAIN,
        env::ZITADEL_INTERNAL_URL,
        env::ZITADEL_CA_FILE,
        env::ZITADEL_APP_KEY,
        env::ZITADEL_APP_KEY_FILE,
        env::ZITADEL_API_AUDIENCE,
    ];
    let mut own: Vec<_> = names.into_iter().filter_map(|name| Some((name, variables.get(name)?))).collect();
    if variables.get(env::ZITADEL_API_AUDIENCE).is_none() {
        // As the gateway: a token that it gave out is for its own client.
        own.extend(variables.get(env::ZITADEL_CLIENT_ID).map(|id| (env::ZITADEL_API_AUDIENCE, id)));
    }
    ConfigBuilder::from_vars(own).build()
}

/// Every route needs an access token, and answers without redirects.
pub(crate) fn routes(zitadel: Zitadel) -> Router {
    let reports = get(reports).layer(require_role("admin"));
    Protected::new(zitadel).api("/api").route("/api/orders", get(orders)).route("/api/reports", reports).into_router()
}

async fn orders(caller: Bearer) -> Json<Value> {
    Json(json!({
        "for": caller.name().unwrap_or(caller.subject()),
        "orders": [
            { "number": 1041, "article": "Field notebook", "state": "on its way" },
            { "number": 1038, "article": "Fountain pen", "state": "delivered" },
        ],
    }))
}

/// Only for the role `admin`.
async fn reports(caller: Bearer) -> Json<Value> {
    let roles: Vec<_> = caller.roles().keys().collect();
    Json(json!({ "for": caller.name().unwrap_or(caller.subject()), "roles": roles, "orders_this_week": 128 }))
}
