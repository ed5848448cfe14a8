//! `BearerAuth`: the middleware.
//!
//! # Rules
//!
//! 1. A token is sent to the named origins only. To any other one the request goes as it is.
//! 2. A request with an `Authorization` header of its own goes as it is, too.
//! 3. Without a token nothing is sent: the API would answer 401, and the reason would be lost.
//! 4. After 401 the request is sent once more, if there is another token and the body can be sent again. The second answer
//!    stands.
//! 5. The header is marked as sensitive, so that nothing that prints requests shows it. reqwest removes it when it
//!    follows a redirect to another host or port.

use std::{fmt, sync::Arc};

use http::{Extensions, HeaderValue, StatusCode, header::AUTHORIZATION};
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};
use url::Origin;
use zitadel_core::{AccessToken, ErrorCode, TokenSource};

use crate::origins::{self, OriginError};

/// Sends access tokens with requests, as `Authorization: Bearer …` (RFC 6750 §2.1).
///
/// The token is that of the request's [`TokensOf`], or else of the source given to [`with`](Self::with). Without either a request
/// goes without a token.
///
/// The origins are named once, in code: where a token may go must not depend on data.
#[derive(Clone)]
pub struct BearerAuth {
    origins: Arc<[Origin]>,
    tokens: Option<TokensOf>,
}

/// Whose token a request is sent with, as its extension: `client.get(url).with_extension(TokensOf::new(token))`.
#[derive(Clone)]
pub struct TokensOf(Arc<dyn TokenSource>);

/// There is no access token for a request, which was therefore not sent. It is in
/// [`reqwest_middleware::Error::Middleware`]: `error.downcast_ref::<NoToken>()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no access token for the request: {}", .0.as_str())]
pub struct NoToken(ErrorCode);

impl NoToken {
    /// Why; the log has more.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        self.0
    }
}

impl BearerAuth {
    /// Tokens go to these origins and nowhere else: `https://api.example.com`, with a port if it is not 443. http is accepted for
    /// this machine only.
    ///
    /// # Errors
    ///
    /// The first text that is no such origin.
    pub fn to(origins: impl IntoIterator<Item = impl AsRef<str>>) -> std::result::Result<Self, OriginError> {
        let origins =
            origins.into_iter().map(|text| origins::parse(text.as_ref())).collect::<std::result::Result<_, _>>()?;
        Ok(Self { origins, tokens: None })
    }

    /// Whose tokens are sent with requests that say nothing else.
    #[must_use]
    pub fn with(mut self, tokens: impl TokenSource) -> Self {
        self.tokens = Some(TokensOf::new(tokens));
        self
    }
}

impl TokensOf {
    /// From a service account, the extractor `AccessToken` of an adapter, or another source.
    pub fn new(tokens: impl TokenSource) -> Self {
        Self(Arc::new(tokens))
    }
}

#[async_trait::async_trait]
impl Middleware for BearerAuth {
    async fn handle(&self, mut request: Request, extensions: &mut Extensions, next: Next<'_>) -> Result<Response> {
        let source = extensions.get::<TokensOf>().or(self.tokens.as_ref()).cloned();
        let Some(TokensOf(source)) = source.filter(|_| self.may_see_token(&request)) else {
            return next.run(request, extensions).await;
        };
        let again = request.try_clone();
        let token = source.token().await.map_err(|code| Error::middleware(NoToken(code)))?;
        authorize(&mut request, &token)?;
        let response = next.clone().run(request, extensions).await?;
        let Some(mut again) = again.filter(|_| response.status() == StatusCode::UNAUTHORIZED) else {
            return Ok(response);
        };
        // Rule 4. Why there is no other token is in the log; the answer of the API is what the caller can act on.
        match source.token_after_rejection(&token).await {
            Ok(other) if other != token => {
                drop(response);
                authorize(&mut again, &other)?;
                next.run(again, extensions).await
            }
            Ok(_) | Err(_) => Ok(response),
        }
    }
}

impl BearerAuth {
    /// Rules 1 and 2.
    fn may_see_token(&self, request: &Request) -> bool {
        self.origins.contains(&request.url().origin()) && !request.headers().contains_key(AUTHORIZATION)
    }
}

fn authorize(request: &mut Request, token: &AccessToken) -> Result<()> {
    let mut value =
        HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| Error::middleware(NotPrintable))?;
    value.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, value);
    Ok(())
}

/// A source of one's own gave something that is no token.
#[derive(Debug, thiserror::Error)]
#[error("the access token has characters that no header can hold")]
struct NotPrintable;

impl fmt::Debug for BearerAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerAuth").field("origins", &self.origins).finish_non_exhaustive()
    }
}

impl fmt::Debug for TokensOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokensOf(..)")
    }
}
