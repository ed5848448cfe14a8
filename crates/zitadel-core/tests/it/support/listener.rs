//! Servers on loopback that send fixed bytes, plainly or over TLS.

use std::{
    io::{BufRead as _, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer},
};

/// The first line of each request so far.
pub(crate) type Seen = Arc<Mutex<Vec<String>>>;

/// Sends these bytes on every connection and closes it; records the first line of each request.
pub(crate) fn listener(response: impl Fn(SocketAddr) -> Vec<u8> + Send + 'static) -> (SocketAddr, Seen) {
    serve(move |_, address| response(address), |stream, exchange| exchange(&mut { stream }))
}

/// The same over TLS, with the path of the request, and a certificate for these names.
pub(crate) fn tls_listener(
    authority: &Authority,
    names: &[&str],
    response: impl Fn(&str, SocketAddr) -> Vec<u8> + Send + 'static,
) -> (SocketAddr, Seen) {
    let config = authority.server(names);
    let respond = move |line: &str, address| response(line.split(' ').nth(1).unwrap_or_default(), address);
    serve(respond, move |stream, exchange| {
        let connection = ServerConnection::new(config.clone()).unwrap();
        exchange(&mut StreamOwned::new(connection, stream));
    })
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

fn serve(
    respond: impl Fn(&str, SocketAddr) -> Vec<u8> + Send + 'static,
    connect: impl Fn(TcpStream, &dyn Fn(&mut dyn Stream)) + Send + 'static,
) -> (SocketAddr, Seen) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Seen::default();
    let lines = Arc::clone(&seen);
    // The thread ends with the process.
    thread::spawn(move || {
        for stream in listener.incoming() {
            connect(stream.unwrap(), &|mut stream: &mut dyn Stream| {
                let head: Vec<_> = BufReader::new(&mut stream)
                    .lines()
                    .map_while(Result::ok)
                    .take_while(|line| !line.is_empty())
                    .collect();
                let first = head.into_iter().next().unwrap_or_default();
                lines.lock().unwrap().extend(Some(first.clone()).filter(|line| !line.is_empty()));
                // A client that has read enough, or that accepts no certificate, disconnects.
                let _ = stream.write_all(&respond(&first, address)).and_then(|()| stream.flush());
            });
        }
    });
    (address, seen)
}

/// A response with a length, or until the connection ends.
pub(crate) fn response(status: u16, body: &[u8], with_length: bool) -> Vec<u8> {
    let length = if with_length { format!("content-length: {}\r\n", body.len()) } else { String::new() };
    let head =
        format!("HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\n{length}connection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// A port on which nothing listens.
pub(crate) fn refused() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap()
}

/// A certificate authority that no system knows.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Its certificate.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    fn server(&self, names: &[&str]) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &self.0).unwrap();
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).unwrap())
    }
}
