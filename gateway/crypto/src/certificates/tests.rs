//! Certificates as rustls and our reader see them: real handshakes in memory, at a fixed moment.

use std::sync::Arc;
use std::time::Duration;

use gateway_types::{AgencyId, Timestamp};
use openssl::hash::MessageDigest;
use openssl::x509::X509;
use openssl::x509::extension::SubjectAlternativeName;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::time_provider::TimeProvider;
use rustls::{CertificateError as TlsCertificateError, Error as TlsError};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};

use super::*;
use crate::testing::{DryEntropy, SeededEntropy};

const DAY: i64 = 86_400;

fn now() -> Timestamp {
    "2026-11-10T14:00:00Z".parse().unwrap()
}

fn authority(seed: u64) -> Authority {
    Authority::create("Assent test authority", now(), 365, &SeededEntropy::new(seed)).unwrap()
}

fn agency(id: &str) -> AgencyId {
    AgencyId::new(id).unwrap()
}

fn issue(authority: &Authority, id: &str, seed: u64) -> Issued {
    authority
        .issue_agency(&agency(id), now(), 30, &SeededEntropy::new(seed))
        .unwrap()
}

fn der(pem: &str) -> Vec<u8> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}

#[derive(Debug)]
struct FixedTime(Timestamp);

impl TimeProvider for FixedTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.as_seconds()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// One end of a handshake: the authority it trusts, the certificate it shows, its clock.
struct End<'a> {
    trusts: &'a Authority,
    shows: Option<&'a Issued>,
    at: Timestamp,
}

impl End<'_> {
    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(self.trusts.cert_pem().as_bytes()).unwrap())
            .unwrap();
        Arc::new(roots)
    }

    fn chain(&self) -> Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        let issued = self.shows?;
        Some((
            CertificateDer::pem_slice_iter(issued.cert_pem.as_bytes())
                .collect::<Result<_, _>>()
                .unwrap(),
            PrivateKeyDer::from_pem_slice(issued.key_pem.as_bytes()).unwrap(),
        ))
    }

    fn server(&self) -> ServerConnection {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(self.roots(), provider.clone())
            .build()
            .unwrap();
        let (chain, key) = self.chain().unwrap();
        let config = ServerConfig::builder_with_details(provider, Arc::new(FixedTime(self.at)))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)
            .unwrap();
        ServerConnection::new(Arc::new(config)).unwrap()
    }

    fn client(&self, server: &str) -> ClientConnection {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_details(provider, Arc::new(FixedTime(self.at)))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.roots());
        let config = match self.chain() {
            Some((chain, key)) => builder.with_client_auth_cert(chain, key).unwrap(),
            None => builder.with_no_client_auth(),
        };
        let name = ServerName::try_from(server.to_owned()).unwrap();
        ClientConnection::new(Arc::new(config), name).unwrap()
    }
}

/// Lets both ends talk until they are done; gives the client's certificate as the server saw it.
fn handshake(mut client: ClientConnection, mut server: ServerConnection) -> Result<Vec<u8>, TlsError> {
    for _ in 0..10 {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).unwrap();
        server.read_tls(&mut wire.as_slice()).unwrap();
        server.process_new_packets()?;
        let mut wire = Vec::new();
        server.write_tls(&mut wire).unwrap();
        client.read_tls(&mut wire.as_slice()).unwrap();
        client.process_new_packets()?;
        if !client.is_handshaking() && !server.is_handshaking() {
            return Ok(server.peer_certificates().unwrap()[0].to_vec());
        }
    }
    panic!("the handshake does not end");
}

fn talk(ca: &Authority, client: &End<'_>, at: Timestamp) -> Result<Vec<u8>, TlsError> {
    let issued = ca
        .issue_server(&["localhost", "127.0.0.1"], now(), 30, &SeededEntropy::new(7))
        .unwrap();
    let server = End {
        trusts: ca,
        shows: Some(&issued),
        at,
    };
    handshake(client.client("127.0.0.1"), server.server())
}

#[test]
fn rustls_accepts_an_agency_and_we_read_which() {
    let ca = authority(1);
    let issued = issue(&ca, "harbor-crisis", 2);
    let client = End {
        trusts: &ca,
        shows: Some(&issued),
        at: now(),
    };
    let seen = talk(&ca, &client, now()).unwrap();
    let peer = PeerCertificate::read(&seen).unwrap();
    assert_eq!(peer.agency, agency("harbor-crisis"));
    assert_eq!(peer.thumbprint, Thumbprint::of(&der(&issued.cert_pem)));
}

#[test]
fn a_certificate_of_another_authority_is_refused() {
    let (ca, other) = (authority(1), authority(2));
    // The other authority bears the same name and the certificate names a real agency.
    let forged = issue(&other, "harbor-crisis", 3);
    let client = End {
        trusts: &ca,
        shows: Some(&forged),
        at: now(),
    };
    let refused = talk(&ca, &client, now()).unwrap_err();
    assert!(
        matches!(
            refused,
            TlsError::InvalidCertificate(
                TlsCertificateError::UnknownIssuer | TlsCertificateError::BadSignature
            )
        ),
        "{refused:?}"
    );
}

#[test]
fn a_client_without_a_certificate_is_refused() {
    let ca = authority(1);
    let client = End {
        trusts: &ca,
        shows: None,
        at: now(),
    };
    assert_eq!(talk(&ca, &client, now()), Err(TlsError::NoCertificatesPresented));
}

#[test]
fn a_certificate_counts_only_in_its_days() {
    let ca = authority(1);
    let issued = issue(&ca, "harbor-crisis", 2);
    // The client does not mind the server's dates here: its own clock stays at the day of issue.
    let client = End {
        trusts: &ca,
        shows: Some(&issued),
        at: now(),
    };
    for (seconds, accepted) in [
        (-3600, false),
        (-200, true),
        (30 * DAY - 1, true),
        (30 * DAY + 1, false),
    ] {
        let outcome = talk(&ca, &client, now().plus_seconds(seconds));
        assert_eq!(outcome.is_ok(), accepted, "{seconds}: {outcome:?}");
    }
}

#[test]
fn a_server_certificate_does_not_pass_as_an_agencys_nor_the_reverse() {
    let ca = authority(1);
    let server = ca
        .issue_server(&["localhost"], now(), 30, &SeededEntropy::new(4))
        .unwrap();
    let client = End {
        trusts: &ca,
        shows: Some(&server),
        at: now(),
    };
    assert!(
        matches!(
            talk(&ca, &client, now()),
            Err(TlsError::InvalidCertificate(
                TlsCertificateError::InvalidPurposeContext { .. }
            ))
        ),
        "a server's certificate passed as an agency's"
    );

    let issued = issue(&ca, "harbor-crisis", 5);
    let impostor = End {
        trusts: &ca,
        shows: Some(&issued),
        at: now(),
    };
    let refused = handshake(impostor.client("localhost"), impostor.server()).unwrap_err();
    assert!(
        matches!(
            refused,
            TlsError::InvalidCertificate(TlsCertificateError::InvalidPurposeContext { .. })
        ),
        "{refused:?}"
    );
}

#[test]
fn a_client_refuses_a_server_under_another_name() {
    let ca = authority(1);
    let issued = ca
        .issue_server(&["localhost", "::1"], now(), 30, &SeededEntropy::new(7))
        .unwrap();
    let agency = issue(&ca, "harbor-crisis", 5);
    let server = End {
        trusts: &ca,
        shows: Some(&issued),
        at: now(),
    };
    let client = End {
        trusts: &ca,
        shows: Some(&agency),
        at: now(),
    };
    for (name, accepted) in [
        ("localhost", true),
        ("::1", true),
        ("127.0.0.1", false),
        ("example.org", false),
    ] {
        assert_eq!(
            handshake(client.client(name), server.server()).is_ok(),
            accepted,
            "{name}"
        );
    }
}

#[test]
fn an_agency_cannot_issue_further_certificates() {
    let ca = authority(1);
    let issued = issue(&ca, "harbor-crisis", 2);
    let own = Authority::from_pem(&issued.cert_pem, &issued.key_pem).unwrap();
    let forged = issue(&own, "riverton-hmis", 3);
    let client = End {
        trusts: &ca,
        shows: Some(&forged),
        at: now(),
    };
    assert_eq!(
        talk(&ca, &client, now()),
        Err(TlsError::InvalidCertificate(TlsCertificateError::UnknownIssuer))
    );
    // Nor with its own certificate sent along as the link to the authority.
    let linked = Issued {
        cert_pem: format!("{}{}", forged.cert_pem, issued.cert_pem),
        key_pem: forged.key_pem.clone(),
    };
    let client = End {
        shows: Some(&linked),
        ..client
    };
    let refused = talk(&ca, &client, now()).unwrap_err();
    assert!(
        format!("{refused:?}").contains("EndEntityUsedAsCa"),
        "{refused:?}"
    );
}

#[test]
fn a_kept_authority_goes_on_issuing() {
    let ca = authority(1);
    let again = Authority::from_pem(ca.cert_pem(), ca.key_pem()).unwrap();
    assert_eq!(again.cert_pem(), ca.cert_pem());
    let issued = issue(&again, "cedar-recovery", 9);
    let client = End {
        trusts: &ca,
        shows: Some(&issued),
        at: now(),
    };
    assert!(talk(&ca, &client, now()).is_ok());
    assert!(matches!(
        Authority::from_pem(ca.cert_pem(), authority(2).key_pem()),
        Err(CertificateError::KeyMismatch)
    ));
    assert!(matches!(
        Authority::from_pem(ca.key_pem(), ca.key_pem()),
        Err(CertificateError::Unreadable)
    ));
    assert!(matches!(
        Authority::from_pem(ca.cert_pem(), ca.cert_pem()),
        Err(CertificateError::UnreadableKey)
    ));
}

#[test]
fn a_certificate_ends_with_its_authority() {
    let ca = Authority::create("short", now(), 10, &SeededEntropy::new(1)).unwrap();
    let issued = issue(&ca, "harbor-crisis", 2);
    let certificate = X509::from_pem(issued.cert_pem.as_bytes()).unwrap();
    let authority = X509::from_pem(ca.cert_pem().as_bytes()).unwrap();
    assert_eq!(
        certificate.not_after().to_string(),
        authority.not_after().to_string()
    );
}

#[test]
fn serial_numbers_are_positive_and_differ() {
    let ca = authority(1);
    let serial = |issued: &Issued| {
        let certificate = X509::from_pem(issued.cert_pem.as_bytes()).unwrap();
        certificate.serial_number().to_bn().unwrap()
    };
    let entropy = SeededEntropy::new(3);
    let mut seen = Vec::new();
    for _ in 0..8 {
        let issued = ca
            .issue_agency(&agency("harbor-crisis"), now(), 1, &entropy)
            .unwrap();
        let number = serial(&issued);
        assert!(!number.is_negative() && number.num_bytes() == 16);
        assert!(!seen.contains(&number));
        seen.push(number);
    }
}

/// A certificate with these URIs, signed by nobody of note: reading does not check the chain.
fn with_uris(uris: &[&str]) -> Vec<u8> {
    let key = generate_p256(&SeededEntropy::new(1)).unwrap();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_pubkey(&key).unwrap();
    let moment = openssl::asn1::Asn1Time::from_unix(now().as_seconds()).unwrap();
    builder.set_not_before(&moment).unwrap();
    builder.set_not_after(&moment).unwrap();
    if !uris.is_empty() {
        let mut names = SubjectAlternativeName::new();
        for uri in uris {
            names.uri(uri);
        }
        let names = names.build(&builder.x509v3_context(None, None)).unwrap();
        builder.append_extension(names).unwrap();
    }
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    builder.build().to_der().unwrap()
}

#[test]
fn a_certificate_must_name_exactly_one_agency() {
    let read = |uris: &[&str]| PeerCertificate::read(&with_uris(uris));
    let one = read(&["https://example.org", "urn:assent:agency:harbor-crisis"]).unwrap();
    assert_eq!(one.agency, agency("harbor-crisis"));
    for none in [
        &[][..],
        &["https://example.org/urn:assent:agency:x"],
        &["urn:assent:agencys:x"],
        &["URN:ASSENT:AGENCY:x"],
    ] {
        assert!(matches!(read(none), Err(CertificateError::NoAgency)), "{none:?}");
    }
    for two in [
        [
            "urn:assent:agency:harbor-crisis",
            "urn:assent:agency:riverton-hmis",
        ],
        [
            "urn:assent:agency:harbor-crisis",
            "urn:assent:agency:harbor-crisis",
        ],
    ] {
        assert!(matches!(read(&two), Err(CertificateError::SeveralAgencies)));
    }
    for bad in [
        "urn:assent:agency:",
        "urn:assent:agency:Harbor",
        "urn:assent:agency:a/b",
    ] {
        assert!(
            matches!(read(&[bad]), Err(CertificateError::BadAgency(_))),
            "{bad}"
        );
    }
}

#[test]
fn what_is_not_one_certificate_is_not_read() {
    let der = with_uris(&["urn:assent:agency:harbor-crisis"]);
    for length in [0, 1, der.len() / 2, der.len() - 1] {
        assert!(matches!(
            PeerCertificate::read(&der[..length]),
            Err(CertificateError::Unreadable)
        ));
    }
    let longer = [der.as_slice(), &[0]].concat();
    assert!(matches!(
        PeerCertificate::read(&longer),
        Err(CertificateError::Unreadable)
    ));
}

#[test]
fn names_that_are_no_names_are_refused() {
    let ca = authority(1);
    let issue = |names: &[&str]| ca.issue_server(names, now(), 1, &SeededEntropy::new(1));
    for good in [
        "localhost",
        "gw.riverton.example",
        "*.riverton.example",
        "10.0.0.1",
        "::1",
    ] {
        assert!(issue(&[good]).is_ok(), "{good}");
    }
    for bad in [
        "",
        "a b",
        "a,DNS:b",
        "-a",
        "a..b",
        "a.",
        "10.0.0",
        "ü.example",
        "a\nb",
        "*",
    ] {
        assert!(
            matches!(issue(&[bad]), Err(CertificateError::BadName(_))),
            "{bad}"
        );
    }
    assert!(matches!(issue(&[]), Err(CertificateError::BadName(_))));
    let long = format!("{0}.{0}.example", "a".repeat(60));
    assert!(issue(&[&long]).is_ok());
}

#[test]
fn without_entropy_nothing_is_issued() {
    let create = Authority::create("x", now(), 1, &DryEntropy);
    assert!(matches!(create, Err(CertificateError::Entropy(_))));
    let issue = authority(1).issue_agency(&agency("a"), now(), 1, &DryEntropy);
    assert!(matches!(issue, Err(CertificateError::Entropy(_))));
}

#[test]
fn debug_shows_no_key() {
    let ca = authority(1);
    assert_eq!(format!("{ca:?}"), "Authority([secret])");
    assert_eq!(format!("{:?}", issue(&ca, "a", 1)), "Issued([secret])");
}

#[test]
fn thumbprints_round_trip_as_text() {
    let thumbprint = Thumbprint::of(b"x");
    let text = thumbprint.to_string();
    assert_eq!(text.len(), 43);
    assert_eq!(text.parse::<Thumbprint>().unwrap(), thumbprint);
    assert_eq!(
        serde_json::from_str::<Thumbprint>(&format!("\"{text}\"")).unwrap(),
        thumbprint
    );
    for bad in [
        text.get(..42).unwrap(),
        &format!("{text}="),
        &format!("{text}A"),
        "",
    ] {
        assert!(bad.parse::<Thumbprint>().is_err(), "{bad}");
    }
}
