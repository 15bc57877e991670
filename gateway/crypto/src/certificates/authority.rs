//! A certificate authority small enough to read: it makes the demo's and the tests' certificates, and those of an
//! operator who has no other. P-256 keys, SHA-256, random 127-bit serial numbers (RFC 5280 section 4.1.2.2).

use std::fmt;
use std::net::IpAddr;

use gateway_types::{AgencyId, Entropy, Timestamp};
use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Builder, X509Name, X509NameRef};
use zeroize::Zeroizing;

use super::keys::generate_p256;
use super::{AGENCY_URN, CertificateError};

/// Certificates start this much before the moment they are made, for peers whose clocks run behind.
const BACKDATED_SECONDS: i64 = 300;
const DAY_SECONDS: i64 = 86_400;
/// RFC 5280 appendix A: `ub-common-name`.
const COMMON_NAME_MAX: usize = 64;

/// An authority that issues certificates. `Debug` shows nothing of its key.
pub struct Authority {
    certificate: X509,
    key: PKey<Private>,
    cert_pem: String,
    key_pem: Zeroizing<String>,
}

/// A certificate and its private key. `Debug` shows neither.
#[derive(Clone)]
pub struct Issued {
    /// The certificate, PEM.
    pub cert_pem: String,
    /// Its private key, PKCS#8 PEM.
    pub key_pem: Zeroizing<String>,
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Issued([secret])")
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority([secret])")
    }
}

impl Authority {
    /// A new authority that may issue to ends but not make further authorities.
    ///
    /// # Errors
    /// [`CertificateError`] if the name or the dates cannot be written, or no key could be drawn.
    pub fn create(
        name: &str,
        now: Timestamp,
        days: u32,
        entropy: &dyn Entropy,
    ) -> Result<Self, CertificateError> {
        let key = generate_p256(entropy)?;
        let subject = common_name(name)?;
        let mut builder = begin(&subject, &subject, &key, entropy)?;
        let start = moment(now.plus_seconds(-BACKDATED_SECONDS))?;
        builder.set_not_before(&start)?;
        let end = moment(days_later(now, days))?;
        builder.set_not_after(&end)?;
        builder.append_extension(BasicConstraints::new().critical().ca().pathlen(0).build()?)?;
        builder.append_extension(KeyUsage::new().critical().key_cert_sign().crl_sign().build()?)?;
        let key_identifier = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?;
        builder.append_extension(key_identifier)?;
        builder.sign(&key, MessageDigest::sha256())?;
        Self::of(builder.build(), key)
    }

    /// The authority whose certificate and key were kept elsewhere.
    ///
    /// # Errors
    /// [`CertificateError`] if one cannot be read or they do not belong together.
    pub fn from_pem(cert_pem: &str, key_pem: &str) -> Result<Self, CertificateError> {
        let certificate = X509::from_pem(cert_pem.as_bytes()).map_err(|_| CertificateError::Unreadable)?;
        // An empty passphrase callback keeps the library from asking on the terminal for an encrypted key.
        let key = PKey::private_key_from_pem_callback(key_pem.as_bytes(), |_| Ok(0))
            .map_err(|_| CertificateError::UnreadableKey)?;
        if !certificate.public_key()?.public_eq(&key) {
            return Err(CertificateError::KeyMismatch);
        }
        Self::of(certificate, key)
    }

    fn of(certificate: X509, key: PKey<Private>) -> Result<Self, CertificateError> {
        Ok(Self {
            cert_pem: certificate_pem(&certificate)?,
            key_pem: private_key_pem(&key)?,
            certificate,
            key,
        })
    }

    /// The authority's certificate, PEM.
    #[must_use]
    pub fn cert_pem(&self) -> &str {
        &self.cert_pem
    }

    /// The authority's private key, PKCS#8 PEM.
    #[must_use]
    pub fn key_pem(&self) -> &str {
        &self.key_pem
    }

    /// A server certificate for DNS names and IP addresses, ending with the authority if that ends sooner.
    ///
    /// # Errors
    /// [`CertificateError`] if there is no name, or a name or the dates cannot be written.
    pub fn issue_server(
        &self,
        names: &[&str],
        now: Timestamp,
        days: u32,
        entropy: &dyn Entropy,
    ) -> Result<Issued, CertificateError> {
        let first = names
            .first()
            .ok_or(CertificateError::BadName("at least one is needed"))?;
        let mut alternatives = SubjectAlternativeName::new();
        for name in names {
            if name.parse::<IpAddr>().is_ok() {
                alternatives.ip(name);
            } else {
                alternatives.dns(dns_name(name)?);
            }
        }
        let usage = ExtendedKeyUsage::new().server_auth().build()?;
        self.issue(first, alternatives, usage, now, days, entropy)
    }

    /// A client certificate that names an agency, ending with the authority if that ends sooner.
    ///
    /// # Errors
    /// [`CertificateError`] if the dates cannot be written or no key could be drawn.
    pub fn issue_agency(
        &self,
        agency: &AgencyId,
        now: Timestamp,
        days: u32,
        entropy: &dyn Entropy,
    ) -> Result<Issued, CertificateError> {
        let mut alternatives = SubjectAlternativeName::new();
        alternatives.uri(&format!("{AGENCY_URN}{agency}"));
        let usage = ExtendedKeyUsage::new().client_auth().build()?;
        self.issue(agency.as_str(), alternatives, usage, now, days, entropy)
    }

    fn issue(
        &self,
        name: &str,
        alternatives: SubjectAlternativeName,
        usage: openssl::x509::X509Extension,
        now: Timestamp,
        days: u32,
        entropy: &dyn Entropy,
    ) -> Result<Issued, CertificateError> {
        let key = generate_p256(entropy)?;
        let subject = common_name(name)?;
        let mut builder = begin(&subject, self.certificate.subject_name(), &key, entropy)?;
        let start = moment(now.plus_seconds(-BACKDATED_SECONDS))?;
        builder.set_not_before(later(&start, self.certificate.not_before()))?;
        let end = moment(days_later(now, days))?;
        builder.set_not_after(sooner(&end, self.certificate.not_after()))?;
        builder.append_extension(BasicConstraints::new().critical().build()?)?;
        builder.append_extension(KeyUsage::new().critical().digital_signature().build()?)?;
        builder.append_extension(usage)?;
        let context = builder.x509v3_context(Some(&self.certificate), None);
        let extensions = [
            alternatives.build(&context)?,
            SubjectKeyIdentifier::new().build(&context)?,
            AuthorityKeyIdentifier::new().keyid(true).build(&context)?,
        ];
        for extension in extensions {
            builder.append_extension(extension)?;
        }
        builder.sign(&self.key, MessageDigest::sha256())?;
        Ok(Issued {
            cert_pem: certificate_pem(&builder.build())?,
            key_pem: private_key_pem(&key)?,
        })
    }
}

fn begin(
    subject: &X509NameRef,
    issuer: &X509NameRef,
    key: &PKey<Private>,
    entropy: &dyn Entropy,
) -> Result<X509Builder, CertificateError> {
    let mut serial = [0u8; 16];
    entropy.fill(&mut serial)?;
    // Positive, never zero, always sixteen bytes.
    let [first, ..] = &mut serial;
    *first = *first & 0x7f | 0x40;
    let mut builder = X509::builder()?;
    builder.set_version(2)?; // X.509 v3
    builder.set_serial_number(&*Asn1Integer::from_bn(&*BigNum::from_slice(&serial)?)?)?;
    builder.set_subject_name(subject)?;
    builder.set_issuer_name(issuer)?;
    builder.set_pubkey(key)?;
    Ok(builder)
}

fn common_name(name: &str) -> Result<X509Name, CertificateError> {
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(CertificateError::BadName(
            "it is empty or holds control characters",
        ));
    }
    // A DNS name may be longer than a common name; nothing reads the common name, so it may be cut.
    let shortened: String = name.chars().take(COMMON_NAME_MAX).collect();
    let mut builder = X509Name::builder()?;
    builder.append_entry_by_nid(Nid::COMMONNAME, &shortened)?;
    Ok(builder.build())
}

fn dns_name(name: &str) -> Result<&str, CertificateError> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A last label of digits alone is a mistyped IP address.
    let ends_in_number = |name: &str| {
        let last = name.rsplit('.').next().unwrap_or_default();
        last.bytes().all(|b| b.is_ascii_digit())
    };
    let labels = name.strip_prefix("*.").unwrap_or(name);
    if name.len() <= 253 && labels.split('.').all(label) && !ends_in_number(labels) {
        Ok(name)
    } else {
        Err(CertificateError::BadName("neither a DNS name nor an IP address"))
    }
}

fn days_later(now: Timestamp, days: u32) -> Timestamp {
    now.plus_seconds(i64::from(days).saturating_mul(DAY_SECONDS))
}

fn moment(at: Timestamp) -> Result<Asn1Time, CertificateError> {
    Asn1Time::from_unix(at.as_seconds()).map_err(|_| CertificateError::BadValidity)
}

fn sooner<'a>(
    one: &'a openssl::asn1::Asn1TimeRef,
    other: &'a openssl::asn1::Asn1TimeRef,
) -> &'a openssl::asn1::Asn1TimeRef {
    if one < other { one } else { other }
}

fn later<'a>(
    one: &'a openssl::asn1::Asn1TimeRef,
    other: &'a openssl::asn1::Asn1TimeRef,
) -> &'a openssl::asn1::Asn1TimeRef {
    if one > other { one } else { other }
}

fn certificate_pem(certificate: &X509) -> Result<String, CertificateError> {
    String::from_utf8(certificate.to_pem()?).map_err(|_| CertificateError::Unreadable)
}

fn private_key_pem(key: &PKey<Private>) -> Result<Zeroizing<String>, CertificateError> {
    String::from_utf8(key.private_key_to_pem_pkcs8()?)
        .map(Zeroizing::new)
        .map_err(|_| CertificateError::UnreadableKey)
}
