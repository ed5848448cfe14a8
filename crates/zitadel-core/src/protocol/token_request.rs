//! The requests to the token endpoint for a session (RFC 6749 §4.1.3 and §6).
//!
//! The code goes with the same redirect URI as before and with the verifier.

use http::Request;
use openidconnect::RedirectUrl;

use super::{
    authorization::CodeGrant,
    client::{self, Client},
    discovery::ProviderMetadata,
};
use crate::secret::Secret;

/// The request that redeems a code (RFC 6749 §4.1.3, RFC 7636 §4.5).
pub(crate) fn code_request(
    metadata: &ProviderMetadata,
    client: &Client<'_>,
    redirect_uri: &RedirectUrl,
    grant: &CodeGrant,
) -> Request<Vec<u8>> {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", grant.code.expose()),
        ("redirect_uri", redirect_uri.as_str()),
        ("code_verifier", grant.verifier.expose()),
    ];
    client::form_request(metadata.token_endpoint(), metadata, client, &fields)
}

/// The request that refreshes the tokens (RFC 6749 §6). Naming no scope requests the same ones.
pub(crate) fn refresh_request(
    metadata: &ProviderMetadata,
    client: &Client<'_>,
    refresh_token: &Secret<String>,
) -> Request<Vec<u8>> {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose().as_str())];
    client::form_request(metadata.token_endpoint(), metadata, client, &fields)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        protocol::{
            authorization::PendingLogin, authorization_response::AuthorizationResponse, discovery::tests::metadata,
            login_options::LoginOptions,
        },
        time::Timestamp,
    };

    fn grant() -> CodeGrant {
        let return_to = serde_json::from_value(json!("/")).unwrap();
        let now = Timestamp::from_unix(0);
        let pending = PendingLogin::new([7; 96], return_to, &LoginOptions::new(), now);
        let query = format!("code=c%26d&state={}", pending.state().text());
        pending
            .accept(
                AuthorizationResponse::parse(Some(&query)).unwrap(),
                "",
                false,
                std::time::Duration::from_secs(600),
                now,
            )
            .unwrap()
    }

    #[test]
    fn the_code_goes_with_its_redirect_uri_and_verifier() {
        let client = Client { id: "app", credential: client::Credential::None };
        let redirect_uri = RedirectUrl::new("HTTPS://App.example/cb?x=1".to_owned()).unwrap();
        let request = code_request(&metadata(), &client, &redirect_uri, &grant());
        assert_eq!(request.uri(), "https://id.example/oauth/v2/token");
        let verifier = crate::protocol::base64url::encode(&[7; 32]);
        assert_eq!(
            str::from_utf8(request.body()).unwrap(),
            format!(
                "grant_type=authorization_code&code=c%26d&redirect_uri=HTTPS%3A%2F%2FApp.example%2Fcb%3Fx%3D1\
             &code_verifier={verifier}&client_id=app"
            )
        );
        let request = refresh_request(&metadata(), &client, &Secret::from("r1"));
        assert_eq!(request.body(), b"grant_type=refresh_token&refresh_token=r1&client_id=app");
    }
}
