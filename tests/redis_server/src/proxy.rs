//! `Proxy`: a way to a server that can be cut: its connections then stay open, and nothing arrives any more, as behind a
//! firewall that has forgotten them. And it can lose answers: the server has executed a command, and the connection breaks.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// A way to a server.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    /// Connections up to this one are frozen.
    frozen: watch::Sender<usize>,
    connections: Arc<AtomicUsize>,
    losses: Arc<Losses>,
}

/// Which answers are lost.
#[derive(Debug, Default)]
struct Losses {
    /// The next command with this in it.
    pattern: Mutex<Option<&'static str>>,
    /// How many were.
    count: AtomicUsize,
}

impl Proxy {
    /// To this port of 127.0.0.1.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            frozen: watch::channel(0).0,
            connections: Arc::new(AtomicUsize::new(0)),
            losses: Arc::default(),
        };
        let (frozen, connections) = (proxy.frozen.subscribe(), Arc::clone(&proxy.connections));
        let losses = Arc::clone(&proxy.losses);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = connections.fetch_add(1, Ordering::Relaxed) + 1;
                tokio::spawn(pass(client, port, frozen.clone(), number, Arc::clone(&losses)));
            }
        });
        proxy
    }

    /// The value of `SESSION_STORE`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// How many connections there have been.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// The port of 127.0.0.1 that it listens on.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The next command that contains `pattern` is executed, and its connection breaks instead of bringing the answer.
    pub fn lose_answer_to(&self, pattern: &'static str) {
        *self.losses.pattern.lock().unwrap() = Some(pattern);
    }

    /// How many answers were lost.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.losses.count.load(Ordering::Relaxed)
    }

    /// Freezes the connections that are open now; later ones work.
    pub fn freeze(&self) {
        self.frozen.send_replace(self.connections());
    }

    /// Freezes the connections that are open now, and later ones.
    pub fn cut(&self) {
        self.frozen.send_replace(usize::MAX);
    }

    /// Ends a cut: later connections work.
    pub fn restore(&self) {
        self.freeze();
    }
}

async fn pass(client: TcpStream, port: u16, frozen: watch::Receiver<usize>, number: usize, losses: Arc<Losses>) {
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { return };
    // Small commands must not wait for the acknowledgment of earlier ones.
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let is_cut = Arc::new(AtomicBool::new(false));
    let commands = Passed::Commands { losses: Arc::clone(&losses), is_cut: Arc::clone(&is_cut) };
    let answers = Passed::Answers { losses, is_cut };
    // Both ends are closed when one is.
    tokio::select! {
        () = copy(from_client, to_server, frozen.clone(), number, commands) => {}
        () = copy(from_server, to_client, frozen, number, answers) => {}
    }
}

/// What passes in one direction.
enum Passed {
    Commands { losses: Arc<Losses>, is_cut: Arc<AtomicBool> },
    Answers { losses: Arc<Losses>, is_cut: Arc<AtomicBool> },
}

impl Passed {
    /// Whether it may go on.
    fn may_pass(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Commands { losses, is_cut } => {
                let contains = |pattern: &str| bytes.windows(pattern.len()).any(|part| part == pattern.as_bytes());
                if losses.pattern.lock().unwrap().take_if(|pattern| contains(pattern)).is_some() {
                    is_cut.store(true, Ordering::Relaxed);
                }
                true
            }
            Self::Answers { losses, is_cut } => {
                let is_lost = is_cut.load(Ordering::Relaxed);
                losses.count.fetch_add(usize::from(is_lost), Ordering::Relaxed);
                !is_lost
            }
        }
    }
}

async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut frozen: watch::Receiver<usize>,
    number: usize,
    passed: Passed,
) {
    let mut buffer = [0; 16 * 1024];
    loop {
        let read = tokio::select! {
            _ = async { frozen.wait_for(|last| number <= *last).await.map(drop) } => None,
            read = from.read(&mut buffer) => Some(read),
        };
        let Some(read) = read else {
            // Held open.
            return std::future::pending().await;
        };
        match read {
            Ok(0) | Err(_) => break,
            Ok(length) if !passed.may_pass(&buffer[..length]) => break,
            Ok(length) if to.write_all(&buffer[..length]).await.is_err() => break,
            Ok(_) => {}
        }
    }
}
