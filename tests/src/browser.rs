//! `Browser`: keeps cookies, follows one redirect at a time and submits forms, over sockets.
#![expect(clippy::panic, clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::header;
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{Subject, cookie_jar::CookieJar, html::Form, request::Request, response::Response};

/// No response takes longer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A user's browser, at one application. A clone is another browser with a copy of the cookies.
#[derive(Clone, Debug)]
pub struct Browser {
    base: String,
    /// Where the application is, if that is not the port of `base`.
    port: Option<u16>,
    cookies: CookieJar,
    /// The URL of the current page, and its response.
    page: Option<(String, Response)>,
    /// Every body that this browser and its clones have received.
    bodies: Arc<Mutex<Vec<String>>>,
}

/// Requests.
impl Browser {
    /// A browser without cookies, at the application at `base`.
    #[must_use]
    pub fn at(base: &str) -> Self {
        Self { base: base.to_owned(), port: None, cookies: CookieJar::default(), page: None, bodies: Arc::default() }
    }

    /// The same browser at another replica of the application, where a load balancer sends it.
    #[must_use]
    pub fn at_replica(self, replica: &Subject) -> Self {
        self.at_port(replica.port())
    }

    /// The same browser at a process of the application that listens on another port, where a load balancer sends it.
    #[must_use]
    pub const fn at_port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Opens a URL as if it was typed in.
    pub async fn get(&mut self, url: &str) -> Response {
        self.navigate(Request::new("GET", url), "none").await
    }

    /// Follows the redirect of the latest response.
    pub async fn follow(&mut self) -> Response {
        let (from, page) = self.page.clone().unwrap();
        let to = self.resolve(&from, page.location());
        let site = site_relation(&from, &to);
        self.navigate(Request::new("GET", &to), site).await
    }

    /// Clicks the button with this label on the current page.
    pub async fn click(&mut self, label: &str) -> Response {
        let (from, page) = self.page.clone().unwrap();
        let Some(form) = Form::with_button(&page.body, label) else {
            panic!("no button {label:?} on this page: {}", page.text());
        };
        let action = if form.action.is_empty() { from.clone() } else { form.action.clone() };
        let to = self.resolve(&from, &action);
        let site = site_relation(&from, &to);
        let request = match form.method.as_str() {
            "POST" => Request::new("POST", &to).with("origin", origin(&from)).form(&form.encoded()),
            _ => Request::new("GET", &format!("{to}?{}", form.encoded())),
        };
        self.navigate(request, site).await
    }

    /// A request of a script on a page of the application (`fetch`).
    pub async fn fetch(&mut self, method: &str, path: &str) -> Response {
        let request = Request::new(method, path)
            .with("accept", "application/json, */*")
            .with("sec-fetch-mode", "cors")
            .with("sec-fetch-site", "same-origin")
            .with("sec-fetch-dest", "empty")
            .with("origin", &self.base.clone());
        self.send(request).await
    }

    /// A request with the cookies and no other header.
    pub async fn plain(&mut self, method: &str, path: &str) -> Response {
        self.send(Request::new(method, path)).await
    }

    /// Any request, with the cookies of its host. Stores the cookies of the response.
    pub async fn send(&mut self, request: Request) -> Response {
        let url = self.resolve(&self.base, &request.url);
        let (authority, target) = parts(&url);
        let mut message =
            http::Request::builder().method(request.method.as_str()).uri(target).header(header::HOST, authority);
        if let Some(cookies) = self.cookies.header(authority) {
            message = message.header(header::COOKIE, cookies);
        }
        for (name, value) in &request.headers {
            message = message.header(name, value);
        }
        if request.method == "POST" && request.body.is_empty() {
            // As browsers do (Fetch, "HTTP-network-or-cache fetch"), and not the client library.
            message = message.header(header::CONTENT_LENGTH, 0);
        }
        let message = message.body(Full::new(Bytes::from(request.body))).unwrap();
        let label = format!("{} {url}", message.method());
        let port = self.port.filter(|_| authority == parts(&self.base).0);
        let address = port.map_or_else(|| authority.to_owned(), |port| format!("localhost:{port}"));
        let (parts, body) = timeout(TIMEOUT, exchange(&address, message))
            .await
            .unwrap_or_else(|_| panic!("no response within {TIMEOUT:?}: {label}"))
            .unwrap_or_else(|error| panic!("{label}: {error}"));
        let response = Response { request: label, status: parts.status.as_u16(), headers: parts.headers, body };
        for cookie in response.set_cookies() {
            self.cookies.store(authority, &cookie);
        }
        self.bodies.lock().unwrap().push(response.body.clone());
        response
    }

    /// Sends bytes that no client library would send; the whole response as text. With `connection: close` it ends.
    pub async fn raw(&self, bytes: &[u8]) -> String {
        let (authority, _) = parts(&self.base);
        let exchange = async {
            let mut stream = connect(authority).await.unwrap();
            stream.write_all(bytes).await.unwrap();
            let mut response = Vec::new();
            // A server may disconnect before it has read everything; what it sent until then is the response.
            drop(stream.read_to_end(&mut response).await);
            String::from_utf8_lossy(&response).into_owned()
        };
        timeout(TIMEOUT, exchange).await.unwrap()
    }

    async fn navigate(&mut self, request: Request, site: &str) -> Response {
        let url = self.resolve(&self.base, &request.url);
        let request = Request { url: url.clone(), ..request }
            .with("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
            .with("accept-language", "en")
            .with("sec-fetch-mode", "navigate")
            .with("sec-fetch-dest", "document")
            .with("sec-fetch-site", site);
        let response = self.send(request).await;
        self.page = Some((url, response.clone()));
        response
    }

    fn resolve(&self, from: &str, to: &str) -> String {
        match to {
            _ if is_absolute(to) => to.to_owned(),
            _ if is_absolute(from) => format!("{}{to}", origin(from)),
            _ => format!("{}{to}", self.base),
        }
    }
}

/// Login.
impl Browser {
    /// The whole login as this user, on the pages of application and provider. The response of the callback.
    pub async fn log_in_as(&mut self, user: &str) -> Response {
        self.authorize_as(user).await;
        self.follow().await
    }

    /// The same without the last step: the response of the provider, which redirects to the callback. The provider
    /// session of another user is removed first.
    pub async fn authorize_as(&mut self, user: &str) -> Response {
        let at_provider = self.page.as_ref().is_some_and(|(_, page)| page.header("location").is_some_and(is_absolute));
        if !at_provider {
            self.start_login().await;
        }
        let app = parts(&self.base).0.to_owned();
        self.cookies.remove_other_sites(&app);
        self.follow().await.assert_status(302);
        self.follow().await.assert_page(200, "Who is signing in?");
        // A button has full name, login name and organization.
        self.click(&format!(" {user} ")).await
    }

    /// The login page and its button, if the application has one: the response that redirects to the provider.
    pub async fn start_login(&mut self) -> Response {
        let has_button = |page: &Response| Form::with_button(&page.body, "Sign in with ZITADEL").is_some();
        match &self.page {
            Some((_, page)) if has_button(page) => {}
            Some((_, page)) if page.status == 302 => drop(self.follow().await),
            _ => {
                let response = self.get("/auth/login").await;
                if response.header("location").is_some_and(is_absolute) {
                    // An application without a login page of its own.
                    return response;
                }
            }
        }
        self.click("Sign in with ZITADEL").await
    }
}

/// Cookies of the application.
impl Browser {
    /// Names and values.
    #[must_use]
    pub fn cookies(&self) -> Vec<(String, String)> {
        let (site, _) = parts(&self.base);
        self.cookies.cookies(site).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The value of a cookie.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The session, all parts in order.
    #[must_use]
    pub fn session(&self) -> Vec<(String, String)> {
        self.cookies().into_iter().filter(|(name, _)| name.starts_with("zitadel.session")).collect()
    }

    /// One cookie per pending login.
    #[must_use]
    pub fn pending_logins(&self) -> Vec<(String, String)> {
        self.cookies().into_iter().filter(|(name, _)| name.starts_with("zitadel.login.")).collect()
    }

    /// Adds a cookie.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        let site = parts(&self.base).0.to_owned();
        self.cookies.set(&site, name, value);
    }

    /// Every body that this browser and its clones have received.
    #[must_use]
    pub fn bodies(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }
}

async fn exchange(
    authority: &str,
    message: http::Request<Full<Bytes>>,
) -> Result<(http::response::Parts, String), Box<dyn std::error::Error + Send + Sync>> {
    let stream = connect(authority).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let (parts, body) = sender.send_request(message).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    connection.abort();
    Ok((parts, String::from_utf8_lossy(&body).into_owned()))
}

/// `localhost` is 127.0.0.1, where the applications listen.
async fn connect(authority: &str) -> std::io::Result<TcpStream> {
    let (_, port) = authority.rsplit_once(':').unwrap();
    TcpStream::connect(("127.0.0.1", port.parse().unwrap())).await
}

fn is_absolute(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// Authority, and path with query, of an `http` URL.
fn parts(url: &str) -> (&str, &str) {
    let Some(rest) = url.strip_prefix("http://") else { panic!("not an http URL: {url}") };
    match rest.find(['/', '?']) {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    }
}

fn origin(url: &str) -> &str {
    let (authority, _) = parts(url);
    url.split_at("http://".len() + authority.len()).0
}

/// What a browser sends as `Sec-Fetch-Site`; here two origins are always two sites.
fn site_relation(from: &str, to: &str) -> &'static str {
    if origin(from) == origin(to) { "same-origin" } else { "cross-site" }
}
