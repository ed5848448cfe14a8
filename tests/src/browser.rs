//! `Browser`: keeps cookies, follows one redirect at a time, fills in forms; over real sockets.
#![expect(clippy::panic, clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{answer::Answer, html::Form, jar::Jar};

/// Nothing here takes longer, whatever goes wrong.
const PATIENCE: Duration = Duration::from_secs(20);

/// A person's browser, at one app. Clones share nothing but the app: two clones are two browsers with the same cookies.
#[derive(Clone, Debug)]
pub struct Browser {
    base: String,
    jar: Jar,
    /// Where the page on the screen came from, and what is on it.
    page: Option<(String, Answer)>,
    /// Every body that was ever received by this browser or its clones.
    seen: Arc<Mutex<Vec<String>>>,
}

/// A request before it is sent. `headers` come on top of the cookies.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// The method; empty means `GET`.
    pub method: String,
    /// A path at the app, or a whole address.
    pub url: String,
    /// Header lines, in order; names may repeat.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Outgoing {
    /// A request without any header.
    #[must_use]
    pub fn new(method: &str, url: &str) -> Self {
        Self { method: method.to_owned(), url: url.to_owned(), ..Self::default() }
    }

    /// With one more header line.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a form in the body.
    #[must_use]
    pub fn form(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self.with("content-type", "application/x-www-form-urlencoded")
    }
}

impl Browser {
    /// A browser without cookies, at the app at `base`.
    #[must_use]
    pub fn at(base: &str) -> Self {
        Self { base: base.to_owned(), jar: Jar::default(), page: None, seen: Arc::default() }
    }

    /// Opens an address as if it was typed in.
    pub async fn get(&mut self, url: &str) -> Answer {
        self.navigate(Outgoing::new("GET", url), "none").await
    }

    /// Goes where the last answer points to.
    pub async fn follow(&mut self) -> Answer {
        let (from, page) = self.page.clone().unwrap();
        let to = self.resolve(&from, page.location());
        let site = site_relation(&from, &to);
        self.navigate(Outgoing::new("GET", &to), site).await
    }

    /// Presses the button that says `words` on the page at hand.
    pub async fn press(&mut self, words: &str) -> Answer {
        let (from, page) = self.page.clone().unwrap();
        let Some(form) = Form::with_button(&page.body, words) else {
            panic!("no button {words:?} on this page: {}", page.text());
        };
        let action = if form.action.is_empty() { from.clone() } else { form.action.clone() };
        let to = self.resolve(&from, &action);
        let site = site_relation(&from, &to);
        let request = match form.method.as_str() {
            "POST" => Outgoing::new("POST", &to).with("origin", origin(&from)).form(&form.encoded()),
            _ => Outgoing::new("GET", &format!("{to}?{}", form.encoded())),
        };
        self.navigate(request, site).await
    }

    /// The whole way: sign-in page (opened if it is not there), button, provider, choosing `person`, back to the
    /// callback. The answer of the callback.
    pub async fn sign_in_as(&mut self, person: &str) -> Answer {
        self.choose(person).await;
        self.follow().await
    }

    /// The same without the last step: the answer of the provider, which leads to the callback. Somebody else who is
    /// still signed in at the provider is forgotten there first.
    pub async fn choose(&mut self, person: &str) -> Answer {
        let at_provider = self.page.as_ref().is_some_and(|(_, page)| page.header("location").is_some_and(is_address));
        if !at_provider {
            self.begin().await;
        }
        let app = parts(&self.base).0.to_owned();
        self.jar.forget_all_but(&app);
        self.follow().await.has_status(302);
        let page = self.follow().await;
        page.is_page(200, "Who is signing in?");
        // People are listed by their full names; their user name is the beginning of their login name.
        self.press(&format!("{person}@")).await
    }

    /// Sign-in page and button, if the app has one: the answer that leads to the provider.
    pub async fn begin(&mut self) -> Answer {
        let shows_button = |page: &Answer| Form::with_button(&page.body, "Sign in with ZITADEL").is_some();
        match &self.page {
            Some((_, page)) if shows_button(page) => {}
            Some((_, page)) if page.status == 302 => drop(self.follow().await),
            _ => {
                let answer = self.get("/auth/login").await;
                if answer.header("location").is_some_and(is_address) {
                    // An app without a page of its own.
                    return answer;
                }
            }
        }
        self.press("Sign in with ZITADEL").await
    }

    /// What a script of the app's own page gets (`fetch`).
    pub async fn fetch(&mut self, method: &str, path: &str) -> Answer {
        let request = Outgoing::new(method, path)
            .with("accept", "application/json, */*")
            .with("sec-fetch-mode", "cors")
            .with("sec-fetch-site", "same-origin")
            .with("sec-fetch-dest", "empty")
            .with("origin", &self.base.clone());
        self.send(request).await
    }

    /// What a program gets that sends nothing but the cookies.
    pub async fn bare(&mut self, method: &str, path: &str) -> Answer {
        self.send(Outgoing::new(method, path)).await
    }

    /// Any request, with the cookies of its host; cookies in the answer are kept.
    pub async fn send(&mut self, request: Outgoing) -> Answer {
        let url = self.resolve(&self.base, &request.url);
        let (authority, target) = parts(&url);
        let mut message = Request::builder()
            .method(if request.method.is_empty() { "GET" } else { request.method.as_str() })
            .uri(target)
            .header(header::HOST, authority);
        if let Some(cookies) = self.jar.line(authority) {
            message = message.header(header::COOKIE, cookies);
        }
        for (name, value) in &request.headers {
            message = message.header(name, value);
        }
        let message = message.body(Full::new(Bytes::from(request.body))).unwrap();
        let label = format!("{} {url}", message.method());
        let (parts, body) = timeout(PATIENCE, exchange(authority, message))
            .await
            .unwrap_or_else(|_| panic!("no answer in {PATIENCE:?}: {label}"))
            .unwrap_or_else(|problem| panic!("{label}: {problem}"));
        let answer = Answer { request: label, status: parts.status.as_u16(), headers: parts.headers, body };
        for cookie in answer.set_cookies() {
            self.jar.keep(authority, &cookie);
        }
        self.seen.lock().unwrap().push(answer.body.clone());
        answer
    }

    /// Bytes as they are, for what no client library would send; the whole answer as text.
    ///
    /// Say `connection: close`, or it never ends.
    pub async fn raw(&self, bytes: &[u8]) -> String {
        let (authority, _) = parts(&self.base);
        let talk = async {
            let mut stream = connect(authority).await.unwrap();
            stream.write_all(bytes).await.unwrap();
            let mut answer = Vec::new();
            // A server may hang up without reading everything; what it said before that counts.
            drop(stream.read_to_end(&mut answer).await);
            String::from_utf8_lossy(&answer).into_owned()
        };
        timeout(PATIENCE, talk).await.unwrap()
    }

    async fn navigate(&mut self, request: Outgoing, site: &str) -> Answer {
        let url = self.resolve(&self.base, &request.url);
        let request = Outgoing { url: url.clone(), ..request }
            .with("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
            .with("accept-language", "en")
            .with("sec-fetch-mode", "navigate")
            .with("sec-fetch-dest", "document")
            .with("sec-fetch-site", site);
        let answer = self.send(request).await;
        self.page = Some((url, answer.clone()));
        answer
    }

    fn resolve(&self, from: &str, to: &str) -> String {
        match to {
            _ if is_address(to) => to.to_owned(),
            _ if is_address(from) => format!("{}{to}", origin(from)),
            _ => format!("{}{to}", self.base),
        }
    }
}

/// Cookies of the app.
impl Browser {
    /// Names and values.
    #[must_use]
    pub fn cookies(&self) -> Vec<(String, String)> {
        let (site, _) = parts(&self.base);
        self.jar.of(site).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The value of one.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The session, all parts in order.
    #[must_use]
    pub fn session(&self) -> Vec<(String, String)> {
        self.cookies().into_iter().filter(|(name, _)| name.starts_with("zitadel.session")).collect()
    }

    /// The sign-ins that were begun and not finished.
    #[must_use]
    pub fn attempts(&self) -> Vec<(String, String)> {
        self.cookies().into_iter().filter(|(name, _)| name.starts_with("zitadel.login.")).collect()
    }

    /// Puts a cookie there.
    pub fn put_cookie(&mut self, name: &str, value: &str) {
        let site = parts(&self.base).0.to_owned();
        self.jar.set(&site, name, value);
    }

    /// Forgets every cookie of the app.
    pub fn forget_cookies(&mut self) {
        let site = parts(&self.base).0.to_owned();
        for (name, _) in self.cookies() {
            self.jar.remove(&site, &name);
        }
    }

    /// Every body this browser and its clones ever received.
    #[must_use]
    pub fn everything_seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn exchange(
    authority: &str,
    message: Request<Full<Bytes>>,
) -> Result<(http::response::Parts, String), Box<dyn std::error::Error + Send + Sync>> {
    let stream = connect(authority).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let (parts, body) = sender.send_request(message).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    connection.abort();
    Ok((parts, String::from_utf8_lossy(&body).into_owned()))
}

/// `localhost` is this machine over IPv4: where the apps listen.
async fn connect(authority: &str) -> std::io::Result<TcpStream> {
    let (_, port) = authority.rsplit_once(':').unwrap();
    TcpStream::connect(("127.0.0.1", port.parse().unwrap())).await
}

fn is_address(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// Authority, and path with query, of an `http` address.
fn parts(url: &str) -> (&str, &str) {
    let Some(rest) = url.strip_prefix("http://") else { panic!("not an address in these tests: {url}") };
    match rest.find(['/', '?']) {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    }
}

fn origin(url: &str) -> &str {
    let (authority, _) = parts(url);
    url.split_at("http://".len() + authority.len()).0
}

/// What a browser writes into `Sec-Fetch-Site`; here two origins are always two sites.
fn site_relation(from: &str, to: &str) -> &'static str {
    if origin(from) == origin(to) { "same-origin" } else { "cross-site" }
}
