//! The address to listen on, and the socket.

use std::{
    env, io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
};

/// The address to listen on, from `HOST` (default 127.0.0.1, so that no other machine can connect) and `PORT`.
///
/// # Errors
///
/// One line for each of the two variables that is wrong.
pub fn listen_address(default_port: u16) -> Result<SocketAddr, String> {
    address_from(|name| env::var(name).ok(), default_port)
}

fn address_from(variable: impl Fn(&str) -> Option<String>, default_port: u16) -> Result<SocketAddr, String> {
    let (host, port) = (host(variable("HOST").as_deref()), port("PORT", variable("PORT").as_deref(), default_port));
    match (host, port) {
        (Ok(host), Ok(port)) => Ok(SocketAddr::new(host, port)),
        (host, port) => Err([port.err(), host.err()].into_iter().flatten().collect::<Vec<_>>().join("\n")),
    }
}

/// The value of `HOST`: an IP address or `localhost`; loopback if it is not set or empty.
///
/// # Errors
///
/// A line that begins with the name of the variable.
pub fn host(value: Option<&str>) -> Result<IpAddr, String> {
    match value.map(str::trim) {
        None | Some("" | "localhost") => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Some(host) => {
            let unbracketed = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
            unbracketed.parse().map_err(|_| "HOST: must be an IP address or `localhost`".to_owned())
        }
    }
}

/// The value of `variable`, which is `PORT` as a rule: 0 to 65535, 0 for any free port; `default` if it is not set or empty.
///
/// # Errors
///
/// A line that begins with the name of the variable.
pub fn port(variable: &str, value: Option<&str>, default: u16) -> Result<u16, String> {
    match value.map(str::trim) {
        None | Some("") => Ok(default),
        Some(port) => port.parse().map_err(|_| format!("{variable}: must be a number from 0 to 65535")),
    }
}

/// A socket, and its address: for port 0 with the port that the system chose.
///
/// # Errors
///
/// A message for the user who started the program.
pub fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), String> {
    let listener = TcpListener::bind(address).map_err(|problem| cannot_listen(address, &problem))?;
    let address = listener.local_addr().map_err(|problem| format!("the socket has no address: {problem}"))?;
    Ok((listener, address))
}

/// Why a socket cannot be opened, and what to do about it.
#[must_use]
pub fn cannot_listen(address: SocketAddr, problem: &io::Error) -> String {
    match problem.kind() {
        io::ErrorKind::AddrInUse => {
            format!("{address} is in use: stop the program that uses it, or set PORT to another port")
        }
        _ => format!("cannot listen on {address}: {problem}; see HOST and PORT"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_address_is_loopback_and_the_port_that_is_passed() {
        let listen = |host: &str, port: &str| {
            let address = address_from(|name| Some(if name == "HOST" { host } else { port }.to_owned()), 3000);
            address.map(|address| address.to_string())
        };
        assert_eq!(listen("", "").unwrap(), "127.0.0.1:3000");
        assert_eq!(listen("0.0.0.0", "80").unwrap(), "0.0.0.0:80");
        assert_eq!(listen("localhost", "0").unwrap(), "127.0.0.1:0");
        assert_eq!(listen("[::1]", "1").unwrap(), "[::1]:1");
        assert_eq!(listen("::", "1").unwrap(), "[::]:1");
        assert_eq!(listen("example.com", "65536").unwrap_err().lines().count(), 2);
    }
}
