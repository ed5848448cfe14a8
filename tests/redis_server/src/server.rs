//! `redis-server`: started for one test and ended with it, without root, in a folder of its own.
//!
//! The program is that of the variable `REDIS_SERVER`, or found in `PATH`. The names of the options are those of Redis 6 and
//! later and of Valkey.

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use redis::{Client, Cmd, FromRedisValue, RedisResult, cmd};
use tokio::{
    net::TcpSocket,
    process::{Child, Command},
};

use crate::until;

/// A free port of loopback.
#[derive(Debug)]
pub struct Port {
    /// Not listening: the server can share the port, and no other process is given it.
    socket: TcpSocket,
}

impl Port {
    /// Takes one that is free.
    #[must_use]
    pub fn reserve() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Self { socket }
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u16 {
        self.socket.local_addr().unwrap().port()
    }
}

/// A folder that is removed with the test.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// An empty one, in the folder for temporary files.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("zitadel-redis-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left is in the folder for temporary files.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A running server, or a sentinel.
#[derive(Debug)]
pub struct Server {
    /// `None` while it is stopped.
    process: Option<Child>,
    folder: Folder,
    port: Port,
    is_sentinel: bool,
}

impl Server {
    /// With these lines of configuration, and nothing that is kept on disk.
    pub async fn start(configuration: &str) -> Self {
        Self::start_at("port", &format!("{configuration}\nsave \"\"\nappendonly no"), false).await
    }

    /// With these lines of configuration; every write is on disk before it is answered.
    pub async fn start_durable(configuration: &str) -> Self {
        Self::start_at("port", &format!("{configuration}\nsave \"\"\nappendonly yes\nappendfsync always"), false).await
    }

    /// The same, with TLS only.
    pub async fn start_with_tls(configuration: &str) -> Self {
        Self::start_at("port 0\ntls-port", &format!("{configuration}\nsave \"\"\nappendonly no"), false).await
    }

    /// A sentinel.
    pub async fn start_sentinel(configuration: &str) -> Self {
        Self::start_at("port", configuration, true).await
    }

    async fn start_at(name_of_port: &str, configuration: &str, is_sentinel: bool) -> Self {
        let (folder, port) = (Folder::new(), Port::reserve());
        let text = format!("bind 127.0.0.1\n{name_of_port} {}\n{configuration}\n", port.number());
        fs::write(folder.path().join("redis.conf"), text).unwrap();
        let mut server = Self { process: None, folder, port, is_sentinel };
        server.run().await;
        server
    }

    /// Starts it again, with what its configuration file says by now.
    pub async fn run(&mut self) {
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let process = Command::new(std::env::var_os("REDIS_SERVER").unwrap_or_else(|| "redis-server".into()))
            .arg("redis.conf")
            .args(self.is_sentinel.then_some("--sentinel"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Redis is not installed: apt-get install redis-server");
        self.process = Some(process);
        until(async || tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, self.port())).await).await;
    }

    /// As `kill -9`.
    pub async fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().await.unwrap();
        }
    }

    /// Where it listens, on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port())
    }

    /// The value of `SESSION_STORE`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// The same server, for a test that needs a password.
    #[must_use]
    pub fn with_password(&self, password: &str) -> Operator {
        Operator(format!("redis://:{password}@{}", self.address()))
    }

    /// The answer to a command; its words are separated by spaces.
    ///
    /// # Errors
    ///
    /// What the server or the connection says.
    pub async fn ask<T: FromRedisValue>(&self, words: &str) -> RedisResult<T> {
        Operator(self.url()).ask(words).await
    }

    /// A command whose answer does not matter.
    pub async fn tell(&self, words: &str) {
        self.ask::<redis::Value>(words).await.unwrap();
    }

    /// A number of `INFO`.
    pub async fn info(&self, name: &str) -> u64 {
        let all: String = self.ask("INFO everything").await.unwrap();
        let value = all.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        // `cmdstat_…` has several numbers; the first one is that of calls.
        let value = value.map(|value| value.trim_start_matches("calls=").split(',').next().unwrap_or_default());
        value.map_or(0, |value| value.trim().parse().unwrap())
    }

    /// Lets time pass for everybody but the server, which answers nothing meanwhile.
    pub async fn pause(&self, duration: Duration) {
        self.tell(&format!("CLIENT PAUSE {} ALL", duration.as_millis())).await;
    }
}

/// Who looks after a server: the test itself.
#[derive(Debug)]
pub struct Operator(String);

impl Operator {
    /// The answer to a command; its words are separated by spaces.
    ///
    /// # Errors
    ///
    /// What the server or the connection says.
    pub async fn ask<T: FromRedisValue>(&self, words: &str) -> RedisResult<T> {
        let mut connection = Client::open(self.0.as_str())?.get_multiplexed_async_connection().await?;
        command(words).query_async(&mut connection).await
    }
}

fn command(words: &str) -> Cmd {
    let mut words = words.split(' ');
    let mut command = cmd(words.next().unwrap());
    for word in words {
        command.arg(word);
    }
    command
}
