//! The server's TLS: rustls on ring, TLS 1.3 and 1.2, client certificates from the agency CA.
//!
//! A client certificate is asked for and, if presented, must chain to the agency CA; a foreign or expired one ends
//! the handshake. None at all is let through to the handlers, which answer with a problem document, because
//! compliance officers and health checks come without one. All rustls names stay in this file.

use std::sync::Arc;

/// The server's TLS configuration, as [`server_config`] makes it.
pub use rustls::ServerConfig as ServerTls;
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// What is wrong with the server's TLS material. For the operator; holds no secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate chain does not read.
    #[error("the server certificate is not PEM with at least one certificate")]
    Certificate,
    /// The key does not read.
    #[error("the server key is not a PEM private key")]
    Key,
    /// The agency CA does not read.
    #[error("the agency CA is not PEM with at least one CA certificate")]
    AgencyCa,
    /// They do not fit together.
    #[error("the server certificate and key cannot be used: {0}")]
    Unusable(String),
}

/// The server's TLS configuration from PEM texts.
///
/// # Errors
/// [`TlsError`].
pub fn server_config(certificate: &str, key: &str, agency_ca: &str) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = certificates(certificate)
        .filter(|chain| !chain.is_empty())
        .ok_or(TlsError::Certificate)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| TlsError::Key)?;
    let mut roots = RootCertStore::empty();
    for authority in certificates(agency_ca).ok_or(TlsError::AgencyCa)? {
        roots.add(authority).map_err(|_| TlsError::AgencyCa)?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .allow_unauthenticated()
        .build()
        .map_err(|_| TlsError::AgencyCa)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| TlsError::Unusable(error.to_string()))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(|error| TlsError::Unusable(error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// A client's TLS configuration from PEM texts.
///
/// # Errors
/// [`TlsError`].
pub fn client_config(server_ca: &str, identity: Option<(&str, &str)>) -> Result<Arc<ClientConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    for authority in certificates(server_ca).ok_or(TlsError::Certificate)? {
        roots.add(authority).map_err(|_| TlsError::Certificate)?;
    }
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| TlsError::Unusable(error.to_string()))?
        .with_root_certificates(roots);
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = certificates(certificate)
                .filter(|chain| !chain.is_empty())
                .ok_or(TlsError::Certificate)?;
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| TlsError::Key)?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| TlsError::Unusable(error.to_string()))?
        }
    };
    Ok(Arc::new(config))
}

fn certificates(pem: &str) -> Option<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .ok()
}
