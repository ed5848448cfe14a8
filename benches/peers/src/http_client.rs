//! A client of HTTP/1.1 that costs less than any server: requests are bytes that were made before, responses are read to their
//! end and not parsed further than needed.

use std::io;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A connection that is used again and again.
pub(crate) struct Connection {
    port: u16,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

/// The parts of a response that are looked at.
pub(crate) struct Response<'a> {
    pub(crate) status: u16,
    pub(crate) head: &'a str,
}

impl Response<'_> {
    /// Every value of a header.
    pub(crate) fn header(&self, name: &str) -> impl Iterator<Item = &str> {
        self.head.lines().filter_map(move |line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

impl Connection {
    pub(crate) const fn new(port: u16) -> Self {
        Self { port, stream: None, buffer: Vec::new() }
    }

    /// Connects now, and not with the first request.
    pub(crate) async fn open(&mut self) -> io::Result<()> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
            stream.set_nodelay(true)?;
            self.stream = Some(stream);
        }
        Ok(())
    }

    /// Sends a request and reads its response.
    pub(crate) async fn send(&mut self, request: &[u8]) -> io::Result<Response<'_>> {
        self.open().await?;
        match self.exchange(request).await {
            Ok((head, closes)) => {
                if closes {
                    self.stream = None;
                }
                let head = std::str::from_utf8(&self.buffer[..head]).map_err(io::Error::other)?;
                let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_default();
                Ok(Response { status, head })
            }
            Err(error) => {
                self.stream = None;
                Err(error)
            }
        }
    }

    async fn exchange(&mut self, request: &[u8]) -> io::Result<(usize, bool)> {
        let Self { stream: Some(stream), buffer, .. } = self else { return Err(io::ErrorKind::NotConnected.into()) };
        stream.write_all(request).await?;
        buffer.clear();
        let mut expected = None;
        loop {
            if stream.read_buf(buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if expected.is_none()
                && let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n")
            {
                let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
                let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or_default();
                expected = Some((end, end + 4 + length, head.contains("connection: close")));
            }
            if let Some((head, total, closes)) = expected
                && buffer.len() >= total
            {
                return Ok((head, closes));
            }
        }
    }
}

/// A `GET` request with these headers.
pub(crate) fn get(path: &str, headers: &[(&str, String)]) -> Vec<u8> {
    request("GET", path, headers)
}

pub(crate) fn request(method: &str, path: &str, headers: &[(&str, String)]) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(if method == "POST" { "content-length: 0\r\n\r\n" } else { "\r\n" });
    text.into_bytes()
}
