//! [`LogoutToken`], one that is due, and [`LogoutDelivery`], what became of it.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use http::{Request, header};

use super::Recipient;

/// Statuses that ZITADEL counts as delivered. 400 says that the token is invalid: it would be so again.
const ACCEPTED: [u16; 4] = [200, 202, 204, 400];

/// A logout token that is due. `Debug` omits the token, which is enough to end the session at the application.
#[derive(Clone)]
pub struct LogoutToken {
    pub(crate) recipient: Recipient,
    token: String,
    /// When the request is due.
    pub(crate) due: SystemTime,
    /// Time between the event that caused the request and the request.
    #[cfg_attr(not(feature = "server"), expect(dead_code, reason = "only the server waits"))]
    pub(crate) delay: Duration,
    pub(crate) attempt: u32,
}

impl LogoutToken {
    pub(crate) fn new(recipient: Recipient, token: String, due: SystemTime, delay: Duration, attempt: u32) -> Self {
        Self { recipient, token, due, delay, attempt }
    }

    /// The JWT.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// When the request is due, on the emulator's clock.
    #[must_use]
    pub fn due(&self) -> SystemTime {
        self.due
    }

    /// The application.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.recipient.client_id
    }

    /// The back-channel logout URI that the application had when the user logged in.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.recipient.uri
    }

    /// The session that ended, as in the claim `sid`.
    #[must_use]
    pub fn session_id(&self) -> &str {
        &self.recipient.session_id
    }

    /// 1, or more for a repetition.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The request as ZITADEL sends it (Back-Channel Logout §2.5): a form, and the headers of Go's client.
    ///
    /// # Errors
    ///
    /// If the back-channel logout URI is not a URI.
    pub fn request(&self) -> Result<Request<Vec<u8>>, http::Error> {
        let uri: http::Uri = self.recipient.uri.parse()?;
        // A JWT has no character that a form escapes.
        let body = format!("logout_token={}", self.token).into_bytes();
        let host = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default().to_owned();
        Request::post(uri)
            .header(header::HOST, host)
            .header(header::USER_AGENT, "Go-http-client/1.1")
            .header(header::CONTENT_LENGTH, body.len())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT_ENCODING, "gzip")
            .body(body)
    }
}

impl fmt::Debug for LogoutToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutToken")
            .field("uri", &self.uri())
            .field("session_id", &self.session_id())
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// A request with a logout token, and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogoutDelivery {
    /// The application.
    pub client_id: String,
    /// Where the token was sent to.
    pub uri: String,
    /// The session that ended.
    pub session_id: String,
    /// 1, or more for a repetition.
    pub attempt: u32,
    /// What the application answered.
    pub outcome: DeliveryOutcome,
}

impl LogoutDelivery {
    pub(crate) fn new(token: &LogoutToken, outcome: DeliveryOutcome) -> Self {
        Self {
            client_id: token.client_id().to_owned(),
            uri: token.uri().to_owned(),
            session_id: token.session_id().to_owned(),
            attempt: token.attempt,
            outcome,
        }
    }
}

/// What became of a request with a logout token.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeliveryOutcome {
    /// The application answered with this status.
    Status(u16),
    /// No answer, with the reason: not within five seconds, or no connection.
    NoResponse(String),
    /// The emulator sends nothing to this address, because it is not on this device.
    Refused(String),
}

impl DeliveryOutcome {
    /// Whether ZITADEL counts the request as delivered: 200, 202, 204, and 400.
    #[must_use]
    pub fn is_delivered(&self) -> bool {
        matches!(self, Self::Status(status) if ACCEPTED.contains(status))
    }

    /// Whether another attempt may have another outcome.
    pub(crate) fn is_repeated(&self) -> bool {
        !self.is_delivered() && !matches!(self, Self::Refused(_))
    }
}
