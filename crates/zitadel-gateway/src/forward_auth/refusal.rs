//! `Refusal`: why a sub-request is not judged at all. Neither reaches a client's request: every proxy lets only a 2xx pass.

use std::net::IpAddr;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::error::ApiError;

/// Why a sub-request is not judged. Texts about it go to the log; what the peer gets says no more than which kind it is.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Its peer is not a trusted proxy, or not known.
    UntrustedPeer(Option<IpAddr>),
    /// It does not describe one original request.
    NoOriginalRequest(&'static str),
    /// Its policy cannot be read: why, and the parameter.
    Policy(&'static str, String),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = match self {
            // Not an error of this gateway, and with many of them no reason to fill the log with errors.
            Self::UntrustedPeer(peer) => {
                let peer = peer.map(tracing::field::display);
                tracing::warn!(name: "forward_auth_untrusted_peer", peer, "forward_auth_untrusted_peer");
                ApiError::new(
                    StatusCode::BAD_REQUEST,
                    "untrusted_proxy",
                    "Only a proxy that TRUSTED_PROXIES names may ask here.",
                )
            }
            Self::NoOriginalRequest(reason) => {
                tracing::warn!(name: "forward_auth_no_original_request", reason, "forward_auth_no_original_request");
                ApiError::new(
                    StatusCode::BAD_REQUEST,
                    "no_original_request",
                    "The proxy does not say which request it asks about.",
                )
            }
            Self::Policy(reason, parameter) => {
                tracing::error!(name: "forward_auth_misconfigured", reason, ?parameter, "forward_auth_misconfigured");
                ApiError::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "misconfigured",
                    "The policy in the address of forward-auth cannot be read.",
                )
            }
        };
        error.into_response()
    }
}
