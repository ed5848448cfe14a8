//! `Port`: a free port for a server that is another program.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use std::net::Ipv4Addr;

use tokio::net::TcpSocket;

/// A free port for a server that is another program.
#[derive(Debug)]
pub struct Port {
    /// Not listening: the program can share the port, and no other process is given it.
    socket: TcpSocket,
}

impl Port {
    /// Any that is free.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "no port is free")]
    pub fn reserve() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Self { socket }
    }

    /// Its number.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "the socket is bound")]
    pub fn number(&self) -> u16 {
        self.socket.local_addr().unwrap().port()
    }
}
