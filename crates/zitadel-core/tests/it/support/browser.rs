//! `Browser`: keeps cookies and logs in, without a web framework.

use std::collections::BTreeMap;

use zitadel_core::{Authentication, Endpoint, Reply, RequestHead, Requirement, User, Zitadel};
use zitadel_emulator::Emulator;

use super::{BASE, Headers, authorize, location};

/// A browser. A clone is another browser with a copy of the cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) zitadel: Zitadel,
    pub(crate) emulator: Emulator,
    pub(crate) cookies: BTreeMap<String, String>,
}

/// Requests.
impl Browser {
    /// A page load that starts on a page of the application.
    pub(crate) fn navigation(&self, method: &str, target: &str) -> RequestHead {
        let mut head = RequestHead::new(method, target);
        head.header("accept", b"text/html");
        head.header("sec-fetch-mode", b"navigate");
        head.header("sec-fetch-site", b"same-origin");
        self.add_cookies(&mut head);
        head
    }

    /// A request with the cookies and no other header.
    pub(crate) fn request(&self, method: &str, target: &str) -> RequestHead {
        let mut head = RequestHead::new(method, target);
        self.add_cookies(&mut head);
        head
    }

    fn add_cookies(&self, head: &mut RequestHead) {
        if !self.cookies.is_empty() {
            let line: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            head.header("cookie", line.join("; ").as_bytes());
        }
    }

    /// Sends a request to an endpoint and stores the cookies of the response.
    pub(crate) async fn serve(&mut self, endpoint: Endpoint, head: &RequestHead, form: &str) -> Reply {
        let reply = self.zitadel.serve(endpoint, head, async { Some(form) }).await;
        self.store_cookies(&reply);
        reply
    }

    /// Loads a page of an endpoint.
    pub(crate) async fn get(&mut self, endpoint: Endpoint, target: &str) -> Reply {
        let head = self.navigation("GET", target);
        self.serve(endpoint, &head, "").await
    }

    /// Sends a form to an endpoint.
    pub(crate) async fn post(&mut self, endpoint: Endpoint, target: &str, form: &str) -> Reply {
        let head = self.navigation("POST", target);
        self.serve(endpoint, &head, form).await
    }

    /// Loads a page that requires a user: the user, or the status of the response that denies the request.
    pub(crate) async fn open(&mut self, target: &str) -> Result<User, u16> {
        let authentication = self.authenticate("GET", target).await;
        self.receive(&authentication);
        authorize(&authentication, &Requirement::user())
    }

    /// The authentication of a request whose response has not arrived yet.
    pub(crate) async fn authenticate(&self, method: &str, target: &str) -> Authentication {
        self.zitadel.authenticate(self.navigation(method, target)).await
    }

    /// The response to a request arrives.
    pub(crate) fn receive(&mut self, authentication: &Authentication) {
        let headers = Headers::from_authentication(authentication);
        for line in headers.all("set-cookie") {
            self.store_cookie(line);
        }
    }
}

/// Login and logout.
impl Browser {
    /// Starts a login; the URL at the provider.
    pub(crate) async fn start_login(&mut self, return_to: &str) -> String {
        let form = form_urlencoded::Serializer::new(String::new()).append_pair("callbackUrl", return_to).finish();
        let reply = self.post(Endpoint::LoginPost, "/auth/signin/zitadel", &form).await;
        assert_eq!(reply.status, 302, "{}", reply.body);
        location(&reply).to_owned()
    }

    /// Follows a redirect of the provider.
    pub(crate) async fn callback(&mut self, url: &str) -> Reply {
        let target = url.strip_prefix(BASE).unwrap_or(url).to_owned();
        self.get(Endpoint::Callback, &target).await
    }

    /// Starts a login; the callback URL to which the provider redirects this user.
    pub(crate) async fn authorize_as(&mut self, user: &str) -> String {
        let url = self.start_login("/profile").await;
        self.emulator.authorize_as(&url, user)
    }

    /// A whole login; the response to the callback.
    pub(crate) async fn login(&mut self, user: &str, return_to: &str) -> Reply {
        let url = self.start_login(return_to).await;
        let callback = self.emulator.authorize_as(&url, user);
        self.callback(&callback).await
    }

    pub(crate) async fn logout(&mut self) -> Reply {
        self.logout_with("").await
    }

    /// With fields in its form.
    pub(crate) async fn logout_with(&mut self, form: &str) -> Reply {
        self.post(Endpoint::Logout, "/auth/logout", form).await
    }

    /// `GET /auth/session`, as a script of a page sends it.
    pub(crate) async fn session(&mut self) -> Reply {
        let head = self.request("GET", "/auth/session");
        self.serve(Endpoint::Session, &head, "").await
    }

    /// `GET /auth/userinfo`, as a script of a page sends it.
    pub(crate) async fn user_info(&mut self) -> Reply {
        let head = self.request("GET", "/auth/userinfo");
        self.serve(Endpoint::UserInfo, &head, "").await
    }
}

/// Cookies.
impl Browser {
    fn store_cookie(&mut self, line: &str) {
        let mut parts = line.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        if parts.any(|part| part == "Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Stores the cookies of a response.
    pub(crate) fn store_cookies(&mut self, reply: &Reply) {
        let lines: Vec<_> = reply.headers.iter().filter(|(name, _)| *name == "set-cookie").collect();
        lines.into_iter().for_each(|(_, line)| self.store_cookie(line));
    }

    /// The session, if it is one cookie or its first part.
    pub(crate) fn session_cookie(&self) -> Option<&str> {
        self.cookies.get(self.zitadel.session_cookie_name().unwrap()).map(String::as_str)
    }

    /// Replaces the session cookie.
    pub(crate) fn set_session_cookie(&mut self, value: &str) {
        let name = self.zitadel.session_cookie_name().unwrap().to_owned();
        self.cookies.insert(name, value.to_owned());
    }

    /// All parts of the session.
    pub(crate) fn session_cookies(&self) -> Vec<(&str, &str)> {
        self.with_prefix("zitadel.session")
    }

    /// One cookie per pending login.
    pub(crate) fn pending_logins(&self) -> Vec<(&str, &str)> {
        self.with_prefix("zitadel.login.")
    }

    fn with_prefix(&self, prefix: &str) -> Vec<(&str, &str)> {
        let cookies = self.cookies.iter().filter(|(name, _)| name.starts_with(prefix));
        cookies.map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}
