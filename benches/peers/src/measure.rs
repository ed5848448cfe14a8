//! The measurements of one row. Each row has its own provider and its own server process.

use std::{
    io,
    net::TcpListener,
    process::{Child, Command, Stdio},
    rc::Rc,
    time::{Duration, Instant},
};

use zitadel_emulator::AccessTokenType;

use crate::{
    contender::{Contender, Credential},
    http_client::{self, Connection},
    instructions, load, process,
    provider::{self, Provider},
    server,
};

/// Pairs of slices, one of the bare route and one of the protected route.
const SLICES: usize = 16;
const SLICE: Duration = Duration::from_millis(250);
/// Requests at the same moment with a token that is new.
const SIMULTANEOUS: usize = 200;
/// Distinct credentials that are wrong.
const BAD: u64 = 100_000;
/// How long sending them may take.
const BAD_TIME: Duration = Duration::from_secs(60);
/// Tokens with keys that the provider never had, and the time in which they are sent.
const KIDS: u64 = 5_000;
const KIDS_TIME: Duration = Duration::from_secs(3);
const KIDS_ROUNDS: usize = 3;
/// How long a key of the provider may stay unknown.
const ROTATION: Duration = Duration::from_secs(15);

/// What a cell shows: a value, or why there is none.
pub(crate) type Cell<T> = Result<T, String>;

pub(crate) struct Row {
    pub(crate) rate: Cell<Rate>,
    /// Instructions that protection adds to a request.
    pub(crate) instructions: Cell<i64>,
    /// Requests to the provider for [`SIMULTANEOUS`] requests with one new token.
    pub(crate) simultaneous: Cell<usize>,
    pub(crate) bad: Cell<Bad>,
    pub(crate) kids: Cell<Kids>,
    /// `None`: not within [`ROTATION`].
    pub(crate) rotation: Cell<Option<Duration>>,
}

pub(crate) struct Rate {
    /// Requests per second of the bare route.
    pub(crate) bare: f64,
    /// Those of the protected route, divided by it: the median of all pairs.
    pub(crate) ratio: f64,
    /// The same of the CPU time that the server takes for a request: what the ratio would be if nothing else ran.
    pub(crate) cpu_ratio: f64,
    /// User CPU that protection adds to a request, in microseconds.
    pub(crate) added: f64,
}

pub(crate) struct Bad {
    pub(crate) sent: u64,
    /// Bytes of memory that the process has more afterwards.
    pub(crate) growth: i64,
    /// Requests to the provider.
    pub(crate) upstream: usize,
    pub(crate) took: Duration,
}

pub(crate) struct Kids {
    /// Most fetches of keys in a round, which is shorter than a cool-down of ours.
    pub(crate) fetches: usize,
    /// 99th percentile of valid requests, without and with the others: of the round with the median ratio.
    pub(crate) p99: (Duration, Duration),
}

/// Measures a row.
pub(crate) fn measure(contender: &Contender) -> Row {
    let provider = Provider::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match runtime.block_on(Subject::start(contender, &provider)) {
        Ok(mut subject) => runtime.block_on(subject.measure()),
        Err(reason) => Row {
            rate: Err(reason.clone()),
            instructions: Err(reason.clone()),
            simultaneous: Err(reason.clone()),
            bad: Err(reason.clone()),
            kids: Err(reason.clone()),
            rotation: Err(reason),
        },
    }
}

/// A server process with its provider, and what a request presents to it.
struct Subject<'a> {
    contender: &'a Contender,
    provider: &'a Provider,
    settings: Vec<(String, String)>,
    process: Child,
    port: u16,
    bare_port: u16,
    credential: String,
    /// An access token of the provider, for forgeries.
    sample: String,
}

impl Drop for Subject<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl<'a> Subject<'a> {
    async fn start(contender: &'a Contender, provider: &'a Provider) -> Cell<Self> {
        let mut settings = provider.settings();
        let sample = provider.token(AccessTokenType::Jwt);
        let (port, bare_port) = (free_port()?, free_port()?);
        settings.extend([
            ("PEERS_PORT".to_owned(), port.to_string()),
            ("PEERS_BARE_PORT".to_owned(), bare_port.to_string()),
            ("PEERS_SAMPLE_JWT".to_owned(), sample.clone()),
        ]);
        let process = Command::new(std::env::current_exe().map_err(|error| error.to_string())?)
            .args(["serve", contender.id])
            .envs(settings.clone())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let credential = String::new();
        let mut subject = Self { contender, provider, settings, process, port, bare_port, credential, sample };
        subject.wait_for_start().await?;
        subject.credential = match contender.credential {
            Credential::Jwt => subject.sample.clone(),
            Credential::Opaque => provider.token(AccessTokenType::Opaque),
            Credential::Session => subject.log_in().await?,
        };
        subject.settings.push(("PEERS_CREDENTIAL".to_owned(), subject.credential.clone()));
        let request = subject.request(&subject.credential);
        subject.accepted(subject.port, &request, Duration::from_secs(10)).await?.ok_or_else(|| subject.complaint())?;
        Ok(subject)
    }

    async fn wait_for_start(&mut self) -> Cell<()> {
        let deadline = Instant::now() + Duration::from_secs(20);
        for port in [self.port, self.bare_port] {
            while Connection::new(port).open().await.is_err() {
                if self.process.try_wait().is_ok_and(|status| status.is_some()) || Instant::now() > deadline {
                    return Err(self.complaint());
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }

    /// What the server said before it stopped.
    fn complaint(&mut self) -> String {
        let _ = self.process.kill();
        let mut text = String::new();
        if let Some(mut stderr) = self.process.stderr.take() {
            let _ = io::Read::read_to_string(&mut stderr, &mut text);
        }
        let text = text.lines().last().unwrap_or_default().trim().to_owned();
        if text.is_empty() { "does not accept the token".to_owned() } else { text }
    }

    fn request(&self, credential: &str) -> Rc<[u8]> {
        server::request(self.contender.credential, credential).into()
    }

    /// How long it took until a request was answered with 200; `None`: too long.
    async fn accepted(&self, port: u16, request: &[u8], limit: Duration) -> Cell<Option<Duration>> {
        let start = Instant::now();
        let mut connection = Connection::new(port);
        while start.elapsed() < limit {
            if connection.send(request).await.is_ok_and(|response| response.status == 200) {
                return Ok(Some(start.elapsed()));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(None)
    }

    /// The cookies of a user who signed in.
    async fn log_in(&self) -> Cell<String> {
        let mut connection = Connection::new(self.port);
        let host = ("host", "localhost:3000".to_owned());
        if !self.contender.is_ours() {
            let request = http_client::get("/login", &[host]);
            let response = connection.send(&request).await.map_err(|error| error.to_string())?;
            return cookies(&response);
        }
        let headers = [host.clone(), ("sec-fetch-site", "same-origin".to_owned())];
        let request = http_client::request("POST", "/auth/signin/zitadel", &headers);
        let response = connection.send(&request).await.map_err(|error| error.to_string())?;
        let location = response.header("location").next().ok_or("no redirect to the provider")?.to_owned();
        let pending = cookies(&response)?;
        let callback = self.provider.emulator.try_authorize_as(&location, "alice")?;
        let path = callback.strip_prefix("http://localhost:3000").ok_or("the callback is elsewhere")?;
        let request = http_client::get(path, &[host, ("cookie", pending)]);
        cookies(&connection.send(&request).await.map_err(|error| error.to_string())?)
    }

    async fn measure(&mut self) -> Row {
        let has_token = self.contender.credential != Credential::Session;
        let verifies_jwt = self.contender.credential == Credential::Jwt;
        let no_token = || Err("no token".to_owned());
        let rate = self.rate().await.map_err(|error| error.to_string());
        let simultaneous =
            if has_token { self.simultaneous().await.map_err(|error| error.to_string()) } else { no_token() };
        let bad = self.bad().await.map_err(|error| error.to_string());
        let kids =
            if verifies_jwt { self.kids().await.map_err(|error| error.to_string()) } else { Err("no keys".to_owned()) };
        let rotation = if verifies_jwt { self.rotation().await } else { Err("no keys".to_owned()) };
        let instructions = instructions::added(self.contender, &self.settings);
        Row { rate, instructions, simultaneous, bad, kids, rotation }
    }

    async fn rate(&mut self) -> io::Result<Rate> {
        let request = self.request(&self.credential);
        let (mut bare, mut ours) = (load::Pool::new(self.bare_port), load::Pool::new(self.port));
        for pool in [&mut bare, &mut ours] {
            pool.run(Rc::clone(&request), Duration::from_millis(500)).await?;
        }
        let pid = self.process.id();
        let mut totals = [(0_u64, Duration::ZERO, Duration::ZERO); 2];
        let (mut rates, mut ratios) = (Vec::new(), Vec::new());
        for slice in 0..SLICES {
            let mut pair = [0.0, 0.0];
            // In turns, so that neither is always the second one.
            for side in [slice % 2, 1 - slice % 2] {
                let pool = if side == 0 { &mut bare } else { &mut ours };
                let before = process::cpu_times(pid).unwrap_or_default();
                let start = Instant::now();
                let responses = pool.run(Rc::clone(&request), SLICE).await?;
                pair[side] = responses as f64 / start.elapsed().as_secs_f64();
                totals[side].0 += responses;
                let after = process::cpu_times(pid).unwrap_or_default();
                totals[side].1 += after.0.saturating_sub(before.0);
                totals[side].2 += after.1.saturating_sub(before.1);
            }
            rates.push(pair[0]);
            ratios.push(pair[1] / pair[0]);
        }
        let per_request = |time: Duration, responses: u64| time.as_secs_f64() * 1e6 / responses as f64;
        let user = totals.map(|(responses, user, _)| per_request(user, responses));
        let all = totals.map(|(responses, _, all)| per_request(all, responses));
        Ok(Rate {
            bare: median(&mut rates),
            ratio: median(&mut ratios),
            cpu_ratio: all[0] / all[1],
            added: user[1] - user[0],
        })
    }

    async fn simultaneous(&self) -> io::Result<usize> {
        let kind = match self.contender.credential {
            Credential::Opaque => AccessTokenType::Opaque,
            _ => AccessTokenType::Jwt,
        };
        let request = self.request(&self.provider.token(kind));
        self.provider.emulator.clear_requests();
        let statuses = load::simultaneous(self.port, SIMULTANEOUS, request).await?;
        match statuses.iter().find(|status| **status != 200) {
            Some(status) => Err(io::Error::other(format!("status {status}"))),
            None => Ok(self.provider.emulator.requests().len()),
        }
    }

    async fn bad(&self) -> io::Result<Bad> {
        let (credential, token, valid) = (self.contender.credential, self.sample.clone(), self.credential.clone());
        let make = Rc::new(move |number| {
            let value = match credential {
                Credential::Jwt | Credential::Opaque => provider::forged(&token, number, None),
                Credential::Session => {
                    let (name, value) = valid.split_once('=').unwrap_or_default();
                    // As long as a real one, and different from its first character that can be.
                    let text = provider::random_text(number, value.len() * 3 / 4);
                    let kept = value.get(..1).filter(|_| value.len() > 100).unwrap_or_default();
                    format!("{name}={kept}{text}")
                }
            };
            server::request(credential, &value)
        });
        let mut pool = load::Pool::new(self.port);
        let (pid, start) = (self.process.id(), 1_000_000);
        // What every server allocates once for its connections is not counted.
        let deadline = Instant::now() + BAD_TIME / 4;
        pool.send_each(0..2_000, deadline, Rc::clone(&make) as Rc<_>).await?;
        self.provider.emulator.clear_requests();
        let before = process::resident_bytes(pid).unwrap_or_default();
        let began = Instant::now();
        let sent = pool.send_each(start..start + BAD, began + BAD_TIME, make).await?;
        let after = process::resident_bytes(pid).unwrap_or_default();
        let growth = i64::try_from(after).unwrap_or_default() - i64::try_from(before).unwrap_or_default();
        Ok(Bad { sent, growth, upstream: self.provider.emulator.requests().len(), took: began.elapsed() })
    }

    async fn kids(&self) -> io::Result<Kids> {
        let request = self.request(&self.credential);
        let mut rounds = Vec::new();
        let mut fetches = 0;
        for round in 0..KIDS_ROUNDS {
            let without = load::paced(self.port, Rc::clone(&request), KIDS_TIME, None, 0).await?;
            let token = self.sample.clone();
            let make = move |number: u64| {
                let number = number + round as u64 * KIDS;
                let kid = provider::random_text(number, 12);
                server::request(Credential::Jwt, &provider::forged(&token, number, Some(&kid)))
            };
            self.provider.emulator.clear_requests();
            let with = load::paced(self.port, Rc::clone(&request), KIDS_TIME, Some(Rc::new(make)), KIDS).await?;
            fetches = fetches.max(self.provider.key_fetches());
            rounds.push((percentile_99(without), percentile_99(with)));
        }
        rounds.sort_by(|one, other| ratio(*one).total_cmp(&ratio(*other)));
        Ok(Kids { fetches, p99: rounds[KIDS_ROUNDS / 2] })
    }

    async fn rotation(&self) -> Cell<Option<Duration>> {
        // Nothing of what was sent before may hold it up.
        tokio::time::sleep(Duration::from_secs(6)).await;
        self.provider.emulator.rotate_keys(zitadel_emulator::SigningAlgorithm::Rs256);
        let request = self.request(&self.provider.token(AccessTokenType::Jwt));
        self.accepted(self.port, &request, ROTATION).await
    }
}

fn free_port() -> Cell<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| error.to_string())
}

/// The `name=value` of what a response sets and does not remove.
fn cookies(response: &http_client::Response<'_>) -> Cell<String> {
    let set = response.header("set-cookie").filter(|cookie| !cookie.to_ascii_lowercase().contains("max-age=0"));
    let pairs: Vec<&str> = set.filter_map(|cookie| cookie.split(';').next()).collect();
    if pairs.is_empty() { Err(format!("no cookie, status {}", response.status)) } else { Ok(pairs.join("; ")) }
}

pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn percentile_99(mut latencies: Vec<Duration>) -> Duration {
    latencies.sort();
    latencies[latencies.len() * 99 / 100]
}

fn ratio((without, with): (Duration, Duration)) -> f64 {
    with.as_secs_f64() / without.as_secs_f64()
}

impl Kids {
    pub(crate) fn ratio(&self) -> f64 {
        ratio(self.p99)
    }
}
