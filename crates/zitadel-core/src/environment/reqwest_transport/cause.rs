//! Why a request failed, from the errors behind reqwest's. Only the kind: their texts contain addresses.

use std::{error::Error, io};

use crate::environment::TransportError;

/// The kind of failure. `through_proxy`: the request was not sent to the provider itself.
pub(super) fn of(error: &reqwest::Error, through_proxy: bool) -> TransportError {
    if error.is_timeout() {
        return TransportError::Timeout;
    }
    if !error.is_connect() {
        return TransportError::Broken;
    }
    match known(error) {
        // The handshake is with the provider, also through a proxy.
        Some(tls @ (TransportError::Certificate | TransportError::Tls)) => tls,
        _ if through_proxy => TransportError::Proxy,
        known => known.unwrap_or(TransportError::Connect),
    }
}

/// The first error behind this one whose kind is known.
fn known(error: &(dyn Error + 'static)) -> Option<TransportError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(kind) = kind(error) {
            return Some(kind);
        }
        // `io::Error::source` skips the error that it wraps.
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(kind) = wrapped.and_then(|wrapped| known(wrapped)) {
            return Some(kind);
        }
        next = error.source();
    }
    None
}

fn kind(error: &(dyn Error + 'static)) -> Option<TransportError> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(match tls {
            rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
                TransportError::Certificate
            }
            _ => TransportError::Tls,
        });
    }
    if let Some(io) = error.downcast_ref::<io::Error>() {
        return (io.kind() == io::ErrorKind::ConnectionRefused).then_some(TransportError::Refused);
    }
    // The type is private to hyper-util; a test notices if the text changes.
    error.to_string().starts_with("dns error").then_some(TransportError::NameNotFound)
}
