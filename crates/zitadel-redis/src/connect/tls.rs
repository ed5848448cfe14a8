//! What TLS needs before the first connection.

use rustls::{
    RootCertStore,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, pem::PemObject as _},
};

use crate::url::UrlError;

/// Checks the root certificates now, instead of at the first connection.
pub(super) fn check(root_certificates: Option<&[u8]>) -> Result<(), UrlError> {
    // The client of Redis uses the provider of the process and panics if there is none, or if the features of other crates
    // leave a choice. An application that has chosen keeps its choice.
    if CryptoProvider::get_default().is_none() {
        drop(aws_lc_rs::default_provider().install_default());
    }
    let Some(pem) = root_certificates else { return Ok(()) };
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        store.add(certificate.map_err(|_| UrlError::CaInvalid)?).map_err(|_| UrlError::CaInvalid)?;
    }
    if store.is_empty() { Err(UrlError::CaInvalid) } else { Ok(()) }
}
