//! `GatewayTokens`: machine tokens of a gateway, for a program that has no account at ZITADEL but a secret of the gateway.
//!
//! An example of a [`TokenSource`] of one's own; [`ServiceAccount`](zitadel_axum::core::ServiceAccount) is the one for a program that has an account.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::Mutex;
use zitadel_axum::{
    ErrorCode,
    core::{
        AccessToken, TokenSource,
        environment::{BoxFuture, Clock as _, SystemClock},
    },
};

/// A token that ends sooner is replaced: a request takes time.
const SPARE: Duration = Duration::from_secs(30);
/// For one request to the gateway, which itself waits for ZITADEL for eight seconds at most.
const TIMEOUT: Duration = Duration::from_secs(10);

/// `POST /api/v1/m2m-token`, at most once at a time, and again when the token is due.
pub(crate) struct GatewayTokens {
    endpoint: String,
    secret: String,
    client: reqwest::Client,
    known: Mutex<Option<AccessToken>>,
}

impl GatewayTokens {
    /// `gateway` is its origin, `secret` that of this program in the callers file of the gateway.
    pub(crate) fn new(gateway: &str, secret: &str) -> reqwest::Result<Self> {
        Ok(Self {
            endpoint: format!("{}/api/v1/m2m-token", gateway.trim_end_matches('/')),
            secret: secret.to_owned(),
            client: reqwest::Client::builder()
                .timeout(TIMEOUT)
                // The secret is for the gateway alone.
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            known: Mutex::new(None),
        })
    }

    async fn request(&self) -> Result<AccessToken, ErrorCode> {
        let response = self.client.post(&self.endpoint).bearer_auth(&self.secret).send().await;
        let response = response.map_err(|_| ErrorCode::ProviderUnavailable)?;
        match response.status().as_u16() {
            200 => {}
            // The secret, or the audience that was asked for.
            400..=499 => return Err(ErrorCode::Misconfigured),
            _ => return Err(ErrorCode::ProviderUnavailable),
        }
        let body = response.bytes().await.map_err(|_| ErrorCode::ProviderUnavailable)?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let token = body.get("access_token").and_then(Value::as_str).ok_or(ErrorCode::ProviderUnavailable)?;
        let lifetime = body.get("expires_in").and_then(Value::as_u64).map(Duration::from_secs);
        let expires_at = lifetime.map(|lifetime| SystemClock.now().saturating_add(lifetime));
        Ok(AccessToken::new(token, expires_at))
    }
}

fn is_due(token: &AccessToken) -> bool {
    let soon = SystemClock.now().saturating_add(SPARE);
    token.expires_at().is_some_and(|expires_at| expires_at <= soon)
}

impl TokenSource for GatewayTokens {
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, ErrorCode>> {
        Box::pin(async {
            // Who comes while another one asks waits, and gets the same token.
            let mut known = self.known.lock().await;
            match &*known {
                Some(token) if !is_due(token) => Ok(token.clone()),
                _ => Ok(known.insert(self.request().await?).clone()),
            }
        })
    }

    fn token_after_rejection<'a>(&'a self, rejected: &'a AccessToken) -> BoxFuture<'a, Result<AccessToken, ErrorCode>> {
        Box::pin(async {
            let mut known = self.known.lock().await;
            if known.as_ref().is_some_and(|token| token.expose() == rejected.expose()) {
                *known = None;
            }
            drop(known);
            self.token().await
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::IntoFuture as _,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use axum::{
        Router,
        http::{HeaderMap, StatusCode},
        routing::post,
    };
    use tokio::net::TcpListener;

    use super::*;

    /// A gateway that numbers its tokens, which last for so many seconds, and how often it was asked.
    async fn gateway(lifetime: u64) -> (String, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        let answer = async move |headers: HeaderMap| {
            if headers["authorization"] != "Bearer right" {
                return (StatusCode::UNAUTHORIZED, String::new());
            }
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            (StatusCode::OK, format!(r#"{{"access_token":"t{number}","token_type":"Bearer","expires_in":{lifetime}}}"#))
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().route("/api/v1/m2m-token", post(answer));
        tokio::spawn(axum::serve(listener, app).into_future());
        (origin, count)
    }

    #[tokio::test]
    async fn a_token_is_asked_for_once_and_used_until_it_is_due() {
        let (origin, count) = gateway(600).await;
        let tokens = Arc::new(GatewayTokens::new(&origin, "right").unwrap());
        let callers: Vec<_> = (0..10)
            .map(|_| {
                let tokens = Arc::clone(&tokens);
                tokio::spawn(async move { tokens.token().await.unwrap().expose().to_owned() })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.await.unwrap(), "t1");
        }
        assert_eq!(count.load(Ordering::SeqCst), 1);
        let rejected = tokens.token().await.unwrap();
        assert_eq!(tokens.token_after_rejection(&rejected).await.unwrap().expose(), "t2");
        // Another caller that was rejected with the first one gets the second, and asks for none.
        assert_eq!(tokens.token_after_rejection(&rejected).await.unwrap().expose(), "t2");

        let (origin, _) = gateway(20).await;
        let tokens = GatewayTokens::new(&origin, "right").unwrap();
        assert_eq!(tokens.token().await.unwrap().expose(), "t1");
        assert_eq!(tokens.token().await.unwrap().expose(), "t2");
    }

    #[tokio::test]
    async fn a_wrong_secret_and_a_gateway_that_is_down_are_two_things() {
        let (origin, _) = gateway(600).await;
        let error = |origin: &str, secret: &str| {
            let tokens = GatewayTokens::new(origin, secret).unwrap();
            async move { tokens.token().await.unwrap_err() }
        };
        assert_eq!(error(&origin, "wrong").await, ErrorCode::Misconfigured);
        assert_eq!(error("http://127.0.0.1:1", "right").await, ErrorCode::ProviderUnavailable);
    }
}
