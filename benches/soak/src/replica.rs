//! `Replica`: a process of the application, and its ways to Redis and to the provider.

use std::{
    collections::BTreeMap,
    fs,
    net::Ipv4Addr,
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use redis_test_server::{Port, Proxy, until};
use tokio::{
    process::{Child, Command},
    sync::Mutex,
};

use crate::app::Framework;

pub(crate) struct Replica {
    pub(crate) framework: Framework,
    pub(crate) redis: Proxy,
    port: Port,
    vars: BTreeMap<String, String>,
    process: Mutex<Option<Child>>,
    logs: PathBuf,
    starts: AtomicU32,
}

impl Replica {
    /// Not started yet.
    pub(crate) fn new(number: usize, redis: Proxy, vars: BTreeMap<String, String>, logs: PathBuf) -> Self {
        let framework = Framework::ALL.into_iter().cycle().nth(number).unwrap_or(Framework::Axum);
        let port = Port::reserve();
        Self { framework, redis, port, vars, process: Mutex::default(), logs, starts: AtomicU32::new(0) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port.number()
    }

    /// Returns when it listens.
    pub(crate) async fn start(&self) -> Result<(), String> {
        let start = self.starts.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{}-{start}.log", self.framework.name(), self.port());
        let log = fs::File::create(self.logs.join(name)).map_err(|error| error.to_string())?;
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command.args(["--replica", self.framework.name()]).envs(&self.vars);
        command.env("HOST", "127.0.0.1").env("PORT", self.port().to_string()).env("SESSION_STORE", self.redis.url());
        if std::env::var_os("RUST_LOG").is_none() {
            command.env("RUST_LOG", "info,zitadel_core=debug");
        }
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true).spawn();
        *self.process.lock().await = Some(process.map_err(|error| error.to_string())?);
        until(async || tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, self.port())).await).await;
        Ok(())
    }

    /// As `kill -9`.
    pub(crate) async fn kill(&self) {
        if let Some(mut process) = self.process.lock().await.take() {
            drop(tokio::time::timeout(Duration::from_secs(5), process.kill()).await);
        }
    }
}
