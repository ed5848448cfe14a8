//! `Browser`: a user who logs in, opens pages, and logs out, on replicas that a load balancer chooses.

mod pages;

use std::{collections::HashMap, sync::Arc, time::Duration};

use http::{Request, header};
use http_body_util::Full;
use hyper::body::Bytes;

use crate::{
    client::{Answer, Cookies},
    logout_receiver,
    random::Random,
    record::{At, How, LoginId},
    run::Run,
};

/// Between two pages.
const THINK: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(7));
/// After a logout, or a login that failed: a logout of the user that was told by `sub` holds for what began a second later.
const BETWEEN_LOGINS: (Duration, Duration) = (Duration::from_millis(2_500), Duration::from_secs(6));

/// For the last page at a replica.
const LAST_ATTEMPTS: u64 = 5;

pub(crate) struct Browser {
    run: Arc<Run>,
    name: String,
    subject: String,
    random: Random,
    cookies: Cookies,
    session: Option<Session>,
}

/// Who is logged in.
struct Session {
    login: LoginId,
    /// Session cookies, and which generation each is of.
    generations: HashMap<String, usize>,
    /// When the browser ends it.
    until: At,
}

impl Browser {
    pub(crate) fn new(run: Arc<Run>, name: String, subject: String, random: Random) -> Self {
        Self { run, name, subject, random, cookies: Cookies::default(), session: None }
    }

    /// Until the run ends. Then, if the user is logged in, a last page at every replica.
    pub(crate) async fn run(mut self, ends_at: At) {
        self.pause((Duration::ZERO, Duration::from_secs(4))).await;
        while self.run.record.now() < ends_at {
            match self.session.as_ref().map(|session| session.until) {
                None => {
                    if !self.log_in().await {
                        self.pause(BETWEEN_LOGINS).await;
                    }
                }
                Some(until) if self.run.record.now() >= until => self.end_session().await,
                Some(_) => {
                    self.open_pages().await;
                    self.pause(THINK).await;
                }
            }
        }
        // Everything works again by now, but for what was broken a moment ago.
        self.run.wait_for_recovery(ends_at).await;
        for replica in 0..self.run.replicas.len() {
            self.open_last_page(replica).await;
        }
    }

    /// Every replica must have recovered; a busy machine gets a few attempts.
    async fn open_last_page(&mut self, replica: usize) {
        for attempt in 0..LAST_ATTEMPTS {
            if self.session.is_none() {
                return;
            }
            let page = self.load(replica, true).await;
            let is_answered = page.answer.as_ref().is_ok_and(|answer| answer.status != 503);
            self.judge(vec![page]);
            if is_answered {
                return;
            }
            self.pause((Duration::from_secs(1), Duration::from_secs(1 + attempt))).await;
        }
        self.run.record.wrong(&format!("replica {replica} has not recovered: {} gets no page", self.name));
    }

    async fn pause(&mut self, (min, max): (Duration, Duration)) {
        tokio::time::sleep(self.random.between(min, max)).await;
    }

    fn replica(&mut self) -> usize {
        self.random.below(self.run.replicas.len())
    }
}

/// Login.
impl Browser {
    /// Whether it worked.
    async fn log_in(&mut self) -> bool {
        let started_at = self.run.record.now();
        self.cookies = Cookies::default();
        let failure = match self.try_to_log_in().await {
            Ok(()) => return true,
            Err(failure) => failure,
        };
        self.session = None;
        self.run.record.state().counts.failed_logins += 1;
        self.run.record.unavailable(started_at, || format!("{}: login failed: {failure}", self.name));
        false
    }

    async fn try_to_log_in(&mut self) -> Result<(), String> {
        let replica = self.replica();
        let answer = self.post(replica, "/auth/signin/zitadel", "").await?;
        let authorize = redirect(&answer)?;
        let page = redirect(&self.at_provider(Request::get(authorize), "").await?)?;
        let (login, id) = page.split_once("?authRequest=").ok_or("no login page")?;
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("authRequest", id)
            .append_pair("person", &self.name)
            .finish();
        let request = Request::post(self.run.at_provider(login)).header(header::CONTENT_TYPE, FORM);
        let callback = redirect(&self.at_provider(request, &form).await?)?;
        let callback = callback.strip_prefix(&self.run.base).ok_or("not redirected to the application")?.to_owned();
        let replica = self.replica();
        let answer = self.get(replica, &callback, true, &self.cookies).await?;
        if redirect(&answer)? != "/profile" {
            return Err(format!("redirected to {:?}", answer.location()));
        }
        self.cookies.apply(&answer);
        let login = self.run.record.newest_login(&self.subject).ok_or("no code was redeemed")?;
        let life = self.random.between(self.run.shortest_session(), self.run.longest_session());
        let mut session = Session { login, generations: HashMap::new(), until: self.run.record.now() + life };
        session.generations.insert(self.cookies.session().header(), 0);
        self.session = Some(session);
        self.run.record.state().counts.logins += 1;
        Ok(())
    }

    async fn at_provider(&self, request: http::request::Builder, body: &str) -> Result<Answer, String> {
        let request = request.body(Full::new(Bytes::from(body.to_owned()))).map_err(|error| error.to_string())?;
        self.run.client.send(request).await
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

fn redirect(answer: &Answer) -> Result<String, String> {
    let location = answer.location().filter(|_| (300..400).contains(&answer.status));
    location.map(str::to_owned).ok_or_else(|| format!("status {} instead of a redirect", answer.status))
}

/// Requests to the application.
impl Browser {
    async fn get(&self, replica: usize, path: &str, navigates: bool, cookies: &Cookies) -> Result<Answer, String> {
        let (mode, site) = if navigates { ("navigate", "none") } else { ("cors", "same-origin") };
        let request = Request::get(self.run.url(replica, path))
            .header(header::HOST, self.run.host())
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, cookies.header())
            .header("sec-fetch-mode", mode)
            .header("sec-fetch-site", site);
        self.send(request, "").await
    }

    async fn post(&mut self, replica: usize, path: &str, form: &str) -> Result<Answer, String> {
        let request = Request::post(self.run.url(replica, path))
            .header(header::HOST, self.run.host())
            .header(header::CONTENT_TYPE, FORM)
            .header(header::ORIGIN, &self.run.base)
            .header(header::COOKIE, self.cookies.header())
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-site", "same-origin");
        let answer = self.send(request, form).await?;
        self.cookies.apply(&answer);
        Ok(answer)
    }

    async fn send(&self, request: http::request::Builder, body: &str) -> Result<Answer, String> {
        let request = request.body(Full::new(Bytes::from(body.to_owned()))).map_err(|error| error.to_string())?;
        let answer = self.run.client.send(request).await;
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        *self.run.record.state().counts.answers.entry(status).or_default() += 1;
        answer
    }
}

/// The end of a session.
impl Browser {
    async fn end_session(&mut self) {
        let Some(login) = self.session.as_ref().map(|session| session.login) else { return };
        self.run.copies.keep(login, &self.cookies);
        match self.random.below(10) {
            0..5 => self.log_out(login).await,
            5..8 => {
                self.run.provider.emulator.end_session(&self.run.record.sid(login));
                self.open_pages_until_out().await;
            }
            _ => {
                let token = self.run.provider.emulator.logout_token_for(&self.name, "").without_claim("sid").build();
                let replica = self.replica();
                drop(logout_receiver::deliver(&self.run, replica, &format!("logout_token={token}")).await);
                self.open_pages_until_out().await;
            }
        }
        self.session = None;
        self.pause(BETWEEN_LOGINS).await;
    }

    async fn log_out(&mut self, login: LoginId) {
        let replica = self.replica();
        let sent_at = self.run.record.now();
        let ends = self.run.record.end_requested(&[login], How::Logout, replica);
        let answer = self.post(replica, "/auth/logout", "").await;
        let to = answer.as_ref().ok().and_then(|answer| redirect(answer).ok());
        match to {
            // What failed is the provider.
            Some(to) if !to.contains("reason=store_unavailable") => {
                self.run.record.acknowledged(&ends);
                self.run.copies.ended(&self.run, login);
                if to.starts_with("http") && self.random.percent(50) {
                    drop(self.at_provider(Request::get(to), "").await);
                }
            }
            _ => self.run.record.unavailable(sent_at, || format!("{}: logout failed: {answer:?}", self.name)),
        }
    }

    /// A user who does not know yet.
    async fn open_pages_until_out(&mut self) {
        for _ in 0..3 {
            if self.session.is_some() {
                self.pause((Duration::from_millis(100), Duration::from_secs(1))).await;
                self.open_pages().await;
            }
        }
    }
}
