//! `RootCertificates`: certificate authorities that are trusted in addition to the system's.

use std::fmt;

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};

/// Root certificates (RFC 5280 §6.1.1) that a [`ReqwestTransport`](super::ReqwestTransport) accepts besides those of the
/// system: for a provider whose certificate is from an authority of your own.
#[derive(Clone)]
pub struct RootCertificates(Vec<CertificateDer<'static>>);

/// Why a text holds no root certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RootCertificatesError {
    /// It is not PEM (RFC 7468), or its base64 is damaged.
    #[error("it is not PEM")]
    Pem,
    /// PEM without a certificate, for example a key.
    #[error("there is no certificate in it")]
    Empty,
    /// A certificate that cannot be read.
    #[error("one of its certificates is not valid X.509")]
    Certificate,
}

impl RootCertificates {
    /// Reads certificates in PEM: one, or several in a row. What is between them, and entries of other kinds, is ignored.
    ///
    /// # Errors
    ///
    /// [`RootCertificatesError`], which never quotes the text.
    pub fn from_pem(pem: &[u8]) -> Result<Self, RootCertificatesError> {
        let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        let certificates = certificates.map_err(|_| RootCertificatesError::Pem)?;
        if certificates.is_empty() {
            return Err(RootCertificatesError::Empty);
        }
        // The store is what the connection will use: whatever it accepts now it accepts then.
        let mut store = RootCertStore::empty();
        for certificate in &certificates {
            store.add(certificate.clone()).map_err(|_| RootCertificatesError::Certificate)?;
        }
        Ok(Self(certificates))
    }

    /// Each certificate in DER.
    pub(super) fn der(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(AsRef::as_ref)
    }
}

impl fmt::Debug for RootCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootCertificates").field("count", &self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate() -> String {
        let key = rcgen::KeyPair::generate().unwrap();
        rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap().pem()
    }

    #[test]
    fn a_bundle_is_read_with_the_comments_in_it() {
        let bundle = format!("# Our authority\n{}\nAnother one:\n{}", certificate(), certificate());
        let certificates = RootCertificates::from_pem(bundle.as_bytes()).unwrap();
        assert_eq!(certificates.der().count(), 2);
        assert_eq!(format!("{certificates:?}"), "RootCertificates { count: 2 }");
    }

    #[test]
    fn what_is_not_a_certificate_is_refused_with_the_reason() {
        let error = |text: &str| RootCertificates::from_pem(text.as_bytes()).unwrap_err();
        assert_eq!(error(""), RootCertificatesError::Empty);
        assert_eq!(error("hello"), RootCertificatesError::Empty);
        assert_eq!(error(&rcgen::KeyPair::generate().unwrap().serialize_pem()), RootCertificatesError::Empty);
        assert_eq!(error(&certificate().replace("MII", "*II")), RootCertificatesError::Pem);
        assert_eq!(error(&certificate().replace("-----END CERTIFICATE-----", "")), RootCertificatesError::Pem);
        let other_der = "-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n";
        assert_eq!(error(other_der), RootCertificatesError::Certificate);
        // One bad certificate among good ones is not ignored: it may be the one that is needed.
        assert_eq!(error(&format!("{}{other_der}", certificate())), RootCertificatesError::Certificate);
    }
}
