//! What an application with login does beyond serving its endpoints.

use super::Zitadel;
use crate::{
    endpoint,
    error::{Error, Failure},
    flow::{
        access_token::{self, UserTokenError},
        login, user_info, user_sessions,
    },
    http::{Reply, RequestHead, ReturnTo},
    protocol::{AccessToken, LoginOptions},
    telemetry::{self, Flow},
    user::{User, UserSession},
};

impl Zitadel {
    /// Serves [`Endpoint::Callback`](crate::Endpoint::Callback), as [`serve`](Self::serve) does, and tells whose login it completed: for an application that
    /// answers with something else then. The user has the new session, whose cookies are in the response.
    ///
    /// No user: the login failed, or the response belongs to none. A callback that a browser repeats within a minute completes the
    /// same login again, with the same session.
    pub async fn finish_login(&self, head: &RequestHead) -> (Reply, Option<User>) {
        let head = &*self.known_as_api(head);
        match &self.engine.login {
            Some(engine) => {
                let (reply, session) = endpoint::finish_login(engine, head).await;
                (reply, session.map(User::from_session))
            }
            None => (self.no_login(head), None),
        }
    }

    /// The claims that the provider has now about the user of an access token, from its userinfo endpoint: for a token that a request
    /// presented and that was accepted. `subject` is its user ([`User::subject`]), about whom the response must be.
    ///
    /// # Errors
    ///
    /// [`Error::code`]: [`ErrorCode::SessionExpired`](crate::ErrorCode::SessionExpired) if the provider does not accept the token, and the others of
    /// [`user_info`](Self::user_info).
    pub async fn user_info_of_token(
        &self,
        token: &AccessToken,
        subject: &str,
    ) -> Result<serde_json::Map<String, serde_json::Value>, Error> {
        Ok(user_info::of_token(&self.engine.provider, token, subject).await?)
    }

    /// The name of the session cookie; a large session has further ones, with `.1` and `.2` behind it. For proxies that
    /// cache, and tests. `None` without login.
    #[must_use]
    pub fn session_cookie_name(&self) -> Option<&str> {
        Some(self.engine.login.as_ref()?.sessions.cookie_name())
    }

    /// The origin of the application as browsers know it, `scheme://host[:port]`: that of `ZITADEL_CALLBACK_URL`. `None` without
    /// login.
    #[must_use]
    pub fn public_origin(&self) -> Option<&str> {
        Some(&self.engine.login.as_ref()?.config.public_origin)
    }

    /// Starts a login with extra parameters, for an application's own "sign in with another account" or "register"
    /// button: the response sends the browser to ZITADEL. A prefetch gets 204 and starts nothing.
    ///
    /// # Security
    ///
    /// Checking the method and the origin of the request is up to the caller. A site that makes a browser start logins
    /// gains nothing: five are kept, in 4 KiB of cookies.
    pub async fn login(&self, head: &RequestHead, options: &LoginOptions, return_to: Option<ReturnTo>) -> Reply {
        match &self.engine.login {
            Some(engine) => {
                let reply = login::login(engine, head, options, return_to);
                engine.environment.measure(Flow::Login, reply).await
            }
            None => self.no_login(head),
        }
    }

    /// The user's claims as the provider has them now, for a user with a session. Refreshes nothing, because there is
    /// no response here that could carry the new cookie; the result of another request's refresh is found.
    ///
    /// # Errors
    ///
    /// [`Error::code`] tells whether the access token has expired ([`ErrorCode::SessionExpired`](crate::ErrorCode::SessionExpired)), the provider is not
    /// available ([`ErrorCode::ProviderUnavailable`](crate::ErrorCode::ProviderUnavailable)) or has no userinfo ([`ErrorCode::EndpointMissing`](crate::ErrorCode::EndpointMissing)), or its
    /// response is not acceptable ([`ErrorCode::LoginFailed`](crate::ErrorCode::LoginFailed)).
    pub async fn user_info(&self, user: &User) -> Result<serde_json::Map<String, serde_json::Value>, Error> {
        let engine = self.engine.login.as_ref().ok_or(Failure::NoLogin)?;
        Ok(user_info::current_claims(engine, user).await?)
    }

    /// The current access token of a user with a session, to call other APIs in their name: for a user who is kept beyond
    /// their request (a long stream, a WebSocket, a task). A handler takes the extractor `AccessToken`, which can renew more.
    ///
    /// Asks the store whether the session ended: one call, and further ones if the token is due. A token that is due is renewed
    /// if sessions are stored ([`SessionMode::Stored`](crate::SessionMode::Stored)), which waits for two seconds at most while it is
    /// valid, and for 12 s at most when it is not. Of a session in a cookie it is used until it expires, because no response can carry the
    /// new cookie here; only the result of another request's refresh is found.
    ///
    /// # Errors
    ///
    /// [`UserTokenError`]; [`InRequestOnly`](UserTokenError::InRequestOnly) for a user who presented an access token.
    pub async fn access_token(&self, user: &User) -> Result<AccessToken, UserTokenError> {
        Box::pin(access_token::of_user(&self.engine, user)).await
    }

    /// Another access token, after an API answered 401 to this one: that of a later state of the session, if there is one, which
    /// costs no token request. Otherwise the tokens are refreshed, if sessions are stored and they are older than 30 seconds.
    /// Call it once per request to an API, and return the second rejection as it is.
    ///
    /// # Errors
    ///
    /// [`UserTokenError`]; [`NotRenewable`](UserTokenError::NotRenewable) if there is no other token.
    pub async fn access_token_after_rejection(
        &self,
        user: &User,
        rejected: &AccessToken,
    ) -> Result<AccessToken, UserTokenError> {
        Box::pin(access_token::of_user_after(&self.engine, user, rejected)).await
    }

    /// Ends all sessions of a user that have begun by now, on every replica: for an administrator, or for "sign out
    /// everywhere". `subject` is the user's id ([`User::subject`]). Their tokens at the provider are not revoked, nor does the
    /// user's session at the provider end.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::StoreUnavailable`](crate::ErrorCode::StoreUnavailable): this process ends them, and tells other replicas as soon as the store answers.
    pub async fn end_sessions(&self, subject: &str) -> Result<(), Error> {
        let engine = self.engine.login.as_ref().ok_or(Failure::NoLogin)?;
        let now = self.engine.environment.clock.now();
        engine.sessions.end_subject(subject, now).await.map_err(Failure::from)?;
        telemetry::sessions_ended();
        Ok(())
    }

    /// The sessions of a user in this application that have not ended, the latest used first; at most 100. None if sessions
    /// are kept in cookies ([`SessionMode::Cookie`](crate::SessionMode::Cookie)): then nobody knows them.
    ///
    /// Two calls of the store.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::StoreUnavailable`](crate::ErrorCode::StoreUnavailable) if the store does not answer, [`ErrorCode::EndpointMissing`](crate::ErrorCode::EndpointMissing) without login.
    pub async fn sessions(&self, user: &User) -> Result<Vec<UserSession>, Error> {
        let engine = self.engine.login.as_ref().ok_or(Failure::NoLogin)?;
        Ok(user_sessions::list(engine, user).await?)
    }

    /// Ends one of a user's [sessions](Self::sessions), on every replica, and revokes its tokens. `false` if the user has no
    /// such session. Waits at most three seconds for the provider.
    ///
    /// # Security
    ///
    /// Only sessions of `user` end, whatever `id` a request brings. Call it for a request that the adapter authenticated: that refuses
    /// unsafe requests from other sites.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::StoreUnavailable`](crate::ErrorCode::StoreUnavailable): the session ends here at most; other replicas are told as soon as the store answers.
    pub async fn end_session(&self, user: &User, id: &str) -> Result<bool, Error> {
        let engine = self.engine.login.as_ref().ok_or(Failure::NoLogin)?;
        Ok(user_sessions::end(engine, user, id).await?)
    }

    #[cfg(feature = "internals")]
    pub(crate) fn login_engine(&self) -> Option<&std::sync::Arc<crate::engine::LoginEngine>> {
        self.engine.login.as_ref()
    }
}
