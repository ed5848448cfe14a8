//! The whole run: starts everything, breaks it by the schedule, and judges.

use std::{
    collections::BTreeMap,
    process::ExitCode,
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::future::join_all;
use redis_test_server::{Folder, Proxy, Server};
use tokio::sync::Mutex;
use zitadel_emulator::{Emulator, Lifetimes, Person, SigningAlgorithm};

use crate::{
    browser::Browser,
    client::Client,
    copies::Copies,
    logout_receiver,
    options::Options,
    provider::Provider,
    random::Random,
    record::{At, RECOVERY, Record},
    replica::Replica,
    report,
    schedule::{Fault, outages},
};

/// Everything that the parts of the program share.
pub(crate) struct Run {
    pub(crate) this: Weak<Self>,
    pub(crate) record: Arc<Record>,
    pub(crate) provider: Arc<Provider>,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) copies: Copies,
    pub(crate) client: Client,
    /// `http://localhost:PORT`, the address that browsers and provider know.
    pub(crate) base: String,
    redis: Mutex<Server>,
    duration: Duration,
}

impl Run {
    /// A path at a replica.
    pub(crate) fn url(&self, replica: usize, path: &str) -> String {
        let port = self.replicas.get(replica).map_or(0, Replica::port);
        format!("http://127.0.0.1:{port}{path}")
    }

    /// The `Host` header for the application.
    pub(crate) fn host(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// A URL of the provider; it may be a path.
    pub(crate) fn at_provider(&self, url: &str) -> String {
        if url.starts_with("http") { url.to_owned() } else { format!("{}{url}", self.provider.emulator.issuer()) }
    }

    /// Sessions are ended by their users after this time at the earliest; most are refreshed before.
    pub(crate) fn shortest_session(&self) -> Duration {
        (self.duration / 4).min(Duration::from_secs(20))
    }

    pub(crate) fn longest_session(&self) -> Duration {
        self.duration.min(Duration::from_secs(180))
    }

    pub(crate) async fn wait_for_recovery(&self, ends_at: At) {
        let until = ends_at + RECOVERY;
        tokio::time::sleep(until.saturating_sub(self.record.now())).await;
    }

    async fn start_fault(&self, fault: Fault) {
        self.record.begin_outage(fault);
        match fault {
            Fault::Redis => self.redis.lock().await.kill().await,
            Fault::Replica(number) => {
                if let Some(replica) = self.replicas.get(number) {
                    replica.kill().await;
                }
            }
            Fault::Network(number) => {
                if let Some(replica) = self.replicas.get(number) {
                    replica.redis.cut();
                }
            }
            Fault::Provider => self.provider.set_faulty(true),
        }
    }

    async fn repair(&self, fault: Fault) -> Result<(), String> {
        match fault {
            Fault::Redis => self.redis.lock().await.run().await,
            Fault::Replica(number) => {
                if let Some(replica) = self.replicas.get(number) {
                    replica.start().await?;
                }
            }
            Fault::Network(number) => {
                if let Some(replica) = self.replicas.get(number) {
                    replica.redis.restore();
                }
            }
            Fault::Provider => self.provider.set_faulty(false),
        }
        self.record.end_outage(fault);
        Ok(())
    }
}

pub(crate) fn run(options: &Options) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("the tokio runtime cannot be created: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(soak(options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing was wrong.
async fn soak(options: &Options) -> Result<bool, String> {
    println!(
        "{} browsers on {} replicas for {:.1} minutes, seed {}",
        options.browsers,
        options.replicas,
        options.duration.as_secs_f64() / 60.0,
        options.seed
    );
    let logs = Folder::new();
    println!("the replicas log to {}", logs.path().display());
    let run = start(options, &logs).await?;
    let browsers = (0..options.browsers).map(|number| {
        let name = user(number);
        let subject = run.provider.emulator.person(&name).map(|person| person.id).unwrap_or_default();
        let random = Random::new(options.seed, 2 + u64::try_from(number).unwrap_or(0));
        tokio::spawn(Browser::new(Arc::clone(&run), name, subject, random).run(options.duration))
    });
    let browsers: Vec<_> = browsers.collect();
    for outage in outages(options) {
        tokio::time::sleep(outage.at.saturating_sub(run.record.now())).await;
        println!("{outage}");
        run.start_fault(outage.fault).await;
        tokio::time::sleep(outage.lasts).await;
        run.repair(outage.fault).await?;
    }
    for lost in join_all(browsers).await.into_iter().filter_map(Result::err) {
        run.record.wrong(&format!("a browser of this program broke: {lost}"));
    }
    run.copies.present_again(&run).await;
    let is_right = report::print(&run);
    join_all(run.replicas.iter().map(Replica::kill)).await;
    if !is_right {
        // To look for the reason.
        let kept = std::env::temp_dir().join(format!("soak-{}", std::process::id()));
        if std::fs::rename(logs.path(), &kept).is_ok() {
            println!("the logs of the replicas are in {}", kept.display());
        }
    }
    Ok(is_right)
}

async fn start(options: &Options, logs: &Folder) -> Result<Arc<Run>, String> {
    let text = |error: std::io::Error| error.to_string();
    let redis = Server::start_durable("").await;
    let (listener, base) = logout_receiver::bind().await.map_err(text)?;
    let emulator = emulator(options).await.map_err(text)?;
    let mut vars: BTreeMap<_, _> = emulator.env_for(&base).into_iter().collect();
    let record = Arc::new(Record::new());
    let provider = Provider::new(emulator, Arc::clone(&record), Random::new(options.seed, 1));
    let mut replicas = Vec::new();
    for number in 0..options.replicas {
        vars.insert("ZITADEL_INTERNAL_URL".to_owned(), provider.listen_for(number).await.map_err(text)?);
        let proxy = Proxy::to(redis.port()).await;
        replicas.push(Replica::new(number, proxy, vars.clone(), logs.path().to_owned()));
    }
    for replica in &replicas {
        replica.start().await?;
    }
    let run = Arc::new_cyclic(|this| Run {
        this: Weak::clone(this),
        record,
        provider,
        replicas,
        copies: Copies::default(),
        client: Client::new(),
        base,
        redis: Mutex::new(redis),
        duration: options.duration,
    });
    logout_receiver::serve(listener, Arc::clone(&run));
    Ok(run)
}

async fn emulator(options: &Options) -> std::io::Result<Emulator> {
    let lifetimes = Lifetimes { access_token: Duration::from_secs(5), ..Lifetimes::default() };
    let mut builder = Emulator::builder().signing_algorithm(SigningAlgorithm::Es256).lifetimes(lifetimes);
    for number in 0..options.browsers {
        builder = builder.person(Person::named(&user(number), "User", &number.to_string()));
    }
    builder.start().await
}

fn user(number: usize) -> String {
    format!("user{number}")
}
