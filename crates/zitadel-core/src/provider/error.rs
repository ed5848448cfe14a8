//! `ProviderError`: why the provider could not be asked.

use crate::{
    environment::TransportError,
    protocol::{discovery::DiscoveryError, key_set::KeySetError},
    telemetry::ProviderReason,
};

/// Why a request to the provider gave nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum ProviderError {
    #[error("the provider cannot be reached")]
    Transport(#[from] TransportError),
    #[error("the provider responded with status {0}")]
    Status(u16),
    #[error("the provider's metadata is not acceptable")]
    Metadata(#[from] DiscoveryError),
    #[error("the provider's key set is not acceptable")]
    Keys(#[from] KeySetError),
    #[error("the provider failed a moment ago and is not asked again yet")]
    BackingOff(#[source] Box<Self>),
    #[error("the provider has no {0}")]
    NoEndpoint(&'static str),
}

impl ProviderError {
    /// The reason as one stable word, for logs, metrics and `/readyz`.
    pub(crate) fn reason(&self) -> ProviderReason {
        match self {
            Self::Transport(error) => error.reason(),
            Self::Status(_) => ProviderReason::HttpStatus,
            Self::Metadata(DiscoveryError::Issuer | DiscoveryError::IssuerMismatch) => ProviderReason::WrongIssuer,
            Self::Metadata(_) => ProviderReason::Metadata,
            Self::Keys(_) => ProviderReason::KeySet,
            Self::BackingOff(failure) => failure.reason(),
            Self::NoEndpoint(_) => ProviderReason::NoEndpoint,
        }
    }
}
