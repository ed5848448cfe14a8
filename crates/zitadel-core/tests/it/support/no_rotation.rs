//! `NoRotation`: a provider that always issues the same refresh token, as many do.

use std::sync::Mutex;

use zitadel_core::environment::{BoxFuture, Transport, TransportError};
use zitadel_emulator::Emulator;

use super::App;

/// The refresh token that the application gets.
const REFRESH_TOKEN: &str = "same";

pub(crate) struct NoRotation {
    emulator: Emulator,
    /// The emulator's own refresh token.
    current: Mutex<Option<String>>,
}

impl NoRotation {
    /// A process of this application with such a provider.
    pub(crate) fn replica(app: &App) -> zitadel_core::Zitadel {
        let transport = Self { emulator: app.emulator.clone(), current: Mutex::default() };
        app.builder().transport(transport).build().unwrap()
    }
}

impl Transport for NoRotation {
    fn send(
        &self,
        mut request: http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let is_token_request = request.uri().path().ends_with("/token");
            if is_token_request {
                let form = String::from_utf8(request.body().clone()).unwrap();
                let current = self.current.lock().unwrap().clone().unwrap_or_default();
                let (from, to) = (format!("refresh_token={REFRESH_TOKEN}"), format!("refresh_token={current}"));
                *request.body_mut() = form.replace(&from, &to).into_bytes();
            }
            let mut response = self.emulator.respond(request).await.map_err(|_| TransportError::Broken)?;
            if is_token_request && let Ok(mut tokens) = serde_json::from_slice::<serde_json::Value>(response.body()) {
                *self.current.lock().unwrap() = tokens["refresh_token"].as_str().map(str::to_owned);
                tokens["refresh_token"] = REFRESH_TOKEN.into();
                *response.body_mut() = tokens.to_string().into_bytes();
            }
            Ok(response)
        })
    }
}
