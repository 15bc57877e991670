//! The server's TLS: rustls on ring, TLS 1.3 and 1.2, client certificates from the agency CA.
//!
//! A client certificate is asked for. The handshake proves only that the client holds the key of what it presents;
//! whether that chains to the agency CA and is in its dates is judged right after it, once per connection and also on
//! a resumed one ([`ServerTls::judge`]), so that a partner whose certificate does not hold is told so in words. None
//! at all is let through: compliance officers and health checks come without one.

use std::sync::Arc;

use gateway_crypto::certificates::PeerCertificate;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::UnixTime;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    ServerConfig, SignatureScheme,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// The server's side of TLS, as [`server_config`] makes it.
#[derive(Clone)]
pub struct ServerTls {
    config: Arc<ServerConfig>,
    /// `None`: nobody is asked for a certificate.
    agency_ca: Option<Arc<dyn ClientCertVerifier>>,
}

/// Why a client certificate that was presented cannot be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateFault {
    /// Past its end.
    #[error("the client certificate is past its dates: ask for a new one")]
    Expired,
    /// Before its beginning.
    #[error("the client certificate is not valid yet: compare the clocks")]
    NotYetValid,
    /// Of another authority, or not in order.
    #[error("the client certificate was not issued by this gateway's agency CA")]
    Foreign,
    /// Of ours, and names no agency, or more than one.
    #[error("the client certificate does not name one agency")]
    NoAgency,
}

impl ServerTls {
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// Whose certificate a connection shows, if it shows one. The one place where a client certificate becomes trusted.
    ///
    /// # Errors
    /// [`CertificateFault`] if it shows one that does not hold now.
    pub(crate) fn judge(
        &self,
        presented: Option<&[CertificateDer<'_>]>,
    ) -> Result<Option<PeerCertificate>, CertificateFault> {
        let Some((own, chain)) = presented.and_then(<[_]>::split_first) else {
            return Ok(None);
        };
        let now = self
            .config
            .time_provider
            .current_time()
            .ok_or(CertificateFault::Foreign)?;
        self.agency_ca
            .as_ref()
            .ok_or(CertificateFault::Foreign)?
            .verify_client_cert(own, chain, now)
            .map_err(|error| fault(&error))?;
        PeerCertificate::read(own.as_ref())
            .map(Some)
            .map_err(|_| CertificateFault::NoAgency)
    }
}

impl std::fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[server TLS]")
    }
}

fn fault(error: &Error) -> CertificateFault {
    match error {
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            CertificateFault::Expired
        }
        Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => CertificateFault::NotYetValid,
        _ => CertificateFault::Foreign,
    }
}

/// Lets the handshake end whatever certificate is shown: nothing may trust the connection before [`ServerTls::judge`].
///
/// The proof that the client holds the certificate's key is rustls's own, unchanged.
#[derive(Debug)]
struct JudgedAfterHandshake(Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for JudgedAfterHandshake {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        _own: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

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

/// The server's side of TLS from PEM texts.
///
/// # Errors
/// [`TlsError`].
pub fn server_config(certificate: &str, key: &str, agency_ca: &str) -> Result<ServerTls, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = certificates(certificate)
        .filter(|chain| !chain.is_empty())
        .ok_or(TlsError::Certificate)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| TlsError::Key)?;
    let mut roots = RootCertStore::empty();
    for authority in certificates(agency_ca).ok_or(TlsError::AgencyCa)? {
        roots.add(authority).map_err(|_| TlsError::AgencyCa)?;
    }
    let agency_ca: Arc<dyn ClientCertVerifier> =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .allow_unauthenticated()
            .build()
            .map_err(|_| TlsError::AgencyCa)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| TlsError::Unusable(error.to_string()))?
        .with_client_cert_verifier(Arc::new(JudgedAfterHandshake(Arc::clone(&agency_ca))))
        .with_single_cert(chain, key)
        .map_err(|error| TlsError::Unusable(error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(ServerTls {
        config: Arc::new(config),
        agency_ca: Some(agency_ca),
    })
}

/// The side of TLS of a server that asks nobody for a certificate, from PEM texts.
///
/// # Errors
/// [`TlsError`].
pub fn page_config(certificate: &str, key: &str) -> Result<ServerTls, TlsError> {
    let chain = certificates(certificate)
        .filter(|chain| !chain.is_empty())
        .ok_or(TlsError::Certificate)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| TlsError::Key)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| TlsError::Unusable(error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| TlsError::Unusable(error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(ServerTls {
        config: Arc::new(config),
        agency_ca: None,
    })
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
