//! `Proxy`: a way to a server that can be cut. Its connections then stay open, and nothing arrives any more, as behind a
//! firewall that has forgotten them.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
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
}

impl Proxy {
    /// To this port of 127.0.0.1.
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            frozen: watch::channel(0).0,
            connections: Arc::new(AtomicUsize::new(0)),
        };
        let (frozen, connections) = (proxy.frozen.subscribe(), Arc::clone(&proxy.connections));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let number = connections.fetch_add(1, Ordering::Relaxed) + 1;
                tokio::spawn(pass(client, port, frozen.clone(), number));
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

async fn pass(client: TcpStream, port: u16, frozen: watch::Receiver<usize>, number: usize) {
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { return };
    // Small commands must not wait for the acknowledgment of earlier ones.
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::spawn(copy(from_client, to_server, frozen.clone(), number));
    tokio::spawn(copy(from_server, to_client, frozen, number));
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut frozen: watch::Receiver<usize>, number: usize) {
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
            Ok(length) if to.write_all(&buffer[..length]).await.is_err() => break,
            Ok(_) => {}
        }
    }
}
