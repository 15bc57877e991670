//! Tokens: what is accepted, and every way in which one is refused.

use gateway_types::registry::TokenKey;
use gateway_types::vocabulary::Role;
use gateway_types::{AgencyId, StaffId, SystemId, Timestamp, Word};
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::PKey;
use proptest::prelude::*;
use ring::hmac;
use serde_json::{Value, json};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::certificates::Thumbprint;
use crate::testing::{DryEntropy, SeededEntropy};

const AUDIENCE: &str = "https://gateway.riverton.example";

fn now() -> Timestamp {
    "2026-11-10T14:00:00Z".parse().unwrap()
}

fn agency() -> AgencyId {
    AgencyId::new("harbor-crisis").unwrap()
}

fn thumbprint() -> Thumbprint {
    Thumbprint::of(b"the agency's certificate")
}

fn key(seed: u64) -> TokenSigningKey {
    TokenSigningKey::generate(&SeededEntropy::new(seed)).unwrap()
}

fn registered(kid: &str, key: &TokenSigningKey) -> TokenKey {
    TokenKey {
        kid: kid.to_owned(),
        public_key_pem: key.public_pem().to_owned(),
    }
}

fn claims() -> AgencyClaims {
    AgencyClaims {
        iss: agency(),
        sub: StaffId::new("a-rivera").unwrap(),
        aud: AUDIENCE.to_owned(),
        iat: now().as_seconds() - 10,
        exp: now().as_seconds() + 290,
        jti: "7f1c".to_owned(),
        role: Role::ALL[0],
        system: SystemId::new("pavement-tablet").unwrap(),
        licensed_clinician: true,
        medical_personnel: false,
        cnf: Confirmation {
            thumbprint: thumbprint(),
        },
    }
}

fn token() -> String {
    sign_agency_token(&key(1), "k1", &claims()).unwrap()
}

fn check_at(token: &str, at: Timestamp) -> Result<AgencyClaims, TokenError> {
    let keys = [registered("k0", &key(9)), registered("k1", &key(1))];
    let expect = Expect {
        audience: AUDIENCE,
        issuer: &agency(),
        thumbprint: &thumbprint(),
        now: at,
        max_age_seconds: 600,
        leeway_seconds: 30,
    };
    verify_agency_token(token, &keys, expect)
}

fn check(token: &str) -> Result<AgencyClaims, TokenError> {
    check_at(token, now())
}

fn check_claims(change: impl FnOnce(&mut AgencyClaims)) -> Result<AgencyClaims, TokenError> {
    let mut claims = claims();
    change(&mut claims);
    check(&sign_agency_token(&key(1), "k1", &claims).unwrap())
}

/// A token of any header and payload, rightly signed with the registered key.
fn signed_raw(header: &str, payload: &str) -> String {
    provider::install().unwrap();
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let signature = jsonwebtoken::crypto::sign(
        message.as_bytes(),
        key(1).encoding(),
        jsonwebtoken::Algorithm::ES256,
    );
    format!("{message}.{}", signature.unwrap())
}

fn check_payload(payload: &str) -> Result<AgencyClaims, TokenError> {
    check(&signed_raw(r#"{"alg":"ES256","kid":"k1"}"#, payload))
}

fn payload() -> Value {
    serde_json::to_value(claims()).unwrap()
}

#[test]
fn a_good_token_is_accepted_and_says_who_asks() {
    assert_eq!(check(&token()), Ok(claims()));
}

#[test]
fn the_claims_are_written_as_the_standards_name_them() {
    let written = payload();
    assert_eq!(written["cnf"]["x5t#S256"], json!(thumbprint().to_string()));
    assert_eq!(written["iss"], json!("harbor-crisis"));
    assert_eq!(written["role"], json!(Role::ALL[0].code()));
}

#[test]
fn another_issuer_audience_or_certificate_is_refused() {
    let other = AgencyId::new("riverton-hmis").unwrap();
    assert_eq!(
        check_claims(|claims| claims.iss = other),
        Err(TokenError::WrongIssuer)
    );
    assert_eq!(
        check_claims(|claims| claims.aud = "https://other.example".to_owned()),
        Err(TokenError::WrongAudience)
    );
    assert_eq!(
        check_claims(|claims| claims.aud = format!("{AUDIENCE}/")),
        Err(TokenError::WrongAudience)
    );
    let stolen = Thumbprint::of(b"another certificate");
    assert_eq!(
        check_claims(|claims| claims.cnf.thumbprint = stolen),
        Err(TokenError::WrongCertificate)
    );
}

#[test]
fn times_are_checked_to_the_second_against_the_moment_given() {
    let start = claims().iat;
    // 300 s of life, 600 s of greatest age, 30 s of leeway.
    for (offset, expected) in [
        (-31, Err(TokenError::NotYetValid)),
        (-30, Ok(())),
        (0, Ok(())),
        (329, Ok(())),
        (330, Err(TokenError::Expired)),
        (100_000_000, Err(TokenError::Expired)),
        (-100_000_000, Err(TokenError::NotYetValid)),
    ] {
        let at = Timestamp::from_micros((start + offset) * 1_000_000);
        assert_eq!(check_at(&token(), at).map(|_| ()), expected, "{offset}");
    }
}

#[test]
fn a_token_made_to_live_long_is_still_too_old_after_the_greatest_age() {
    let issued = |ago: i64| {
        check_claims(|claims| {
            claims.iat = now().as_seconds() - ago;
            claims.exp = now().as_seconds() + 1_000_000;
        })
        .map(|_| ())
    };
    assert_eq!(issued(630), Ok(()));
    assert_eq!(issued(631), Err(TokenError::TooOld));
}

#[test]
fn not_before_counts_where_it_is_given() {
    let with_nbf = |nbf: Value| {
        let mut payload = payload();
        payload["nbf"] = nbf;
        check_payload(&payload.to_string()).map(|_| ())
    };
    let seconds = now().as_seconds();
    assert_eq!(with_nbf(json!(seconds + 30)), Ok(()));
    assert_eq!(with_nbf(json!(seconds + 31)), Err(TokenError::NotYetValid));
    assert_eq!(with_nbf(json!("soon")), Err(TokenError::MalformedClaims));
}

#[test]
fn absurd_times_are_refused_without_overflow() {
    for (iat, exp, expected) in [
        (i64::MIN, i64::MAX, TokenError::TooOld),
        (i64::MAX, i64::MIN, TokenError::MalformedClaims),
        (i64::MIN, i64::MIN + 1, TokenError::Expired),
        (i64::MAX - 1, i64::MAX, TokenError::NotYetValid),
        (
            now().as_seconds(),
            now().as_seconds(),
            TokenError::MalformedClaims,
        ),
    ] {
        let outcome = check_claims(|claims| (claims.iat, claims.exp) = (iat, exp));
        assert_eq!(outcome, Err(expected), "{iat} {exp}");
    }
    for exp in [
        "1e30",
        "\"1793894700\"",
        "1793894700.5",
        "null",
        "18446744073709551615",
    ] {
        let mut text = payload().to_string();
        text = text.replace(&format!("\"exp\":{}", claims().exp), &format!("\"exp\":{exp}"));
        assert_eq!(check_payload(&text), Err(TokenError::MalformedClaims), "{exp}");
    }
}

#[test]
fn every_claim_but_the_two_statements_is_required() {
    for name in [
        "iss",
        "sub",
        "aud",
        "iat",
        "exp",
        "jti",
        "role",
        "system",
        "cnf",
        "licensed_clinician",
        "medical_personnel",
    ] {
        let mut payload = payload();
        payload.as_object_mut().unwrap().remove(name).unwrap();
        let outcome = check_payload(&payload.to_string());
        if ["licensed_clinician", "medical_personnel"].contains(&name) {
            let claims = outcome.unwrap();
            assert!(!claims.medical_personnel);
            assert_eq!(claims.licensed_clinician, name == "medical_personnel");
        } else {
            assert_eq!(outcome, Err(TokenError::MalformedClaims), "{name}");
        }
    }
}

#[test]
fn unknown_claims_are_ignored_and_doubled_or_malformed_ones_are_not() {
    let mut extra = payload();
    extra["amr"] = json!(["pwd"]);
    assert!(check_payload(&extra.to_string()).is_ok());

    let doubled = payload()
        .to_string()
        .replacen('{', r#"{"sub":"someone-else","#, 1);
    assert_eq!(check_payload(&doubled), Err(TokenError::MalformedClaims));
    for (name, value) in [
        ("aud", json!([AUDIENCE, "https://other.example"])),
        ("sub", json!("A Rivera")),
        ("role", json!("superuser")),
        ("cnf", json!({"jkt": "x"})),
        ("cnf", json!({"x5t#S256": "AAAA"})),
        ("jti", json!("")),
        ("jti", json!("x".repeat(129))),
        ("licensed_clinician", json!("yes")),
    ] {
        let mut payload = payload();
        payload[name] = value;
        assert_eq!(
            check_payload(&payload.to_string()),
            Err(TokenError::MalformedClaims),
            "{name}"
        );
    }
    for not_claims in ["[]", "null", "", "{", "7"] {
        assert_eq!(check_payload(not_claims), Err(TokenError::MalformedClaims));
    }
}

#[test]
fn another_key_or_an_unregistered_one_is_refused() {
    let forged = sign_agency_token(&key(2), "k1", &claims()).unwrap();
    assert_eq!(check(&forged), Err(TokenError::BadSignature));
    let swapped = sign_agency_token(&key(1), "k0", &claims()).unwrap();
    assert_eq!(check(&swapped), Err(TokenError::BadSignature));
    let unknown = sign_agency_token(&key(1), "k7", &claims()).unwrap();
    assert_eq!(check(&unknown), Err(TokenError::UnknownKey));
    let nameless = signed_raw(r#"{"alg":"ES256"}"#, &payload().to_string());
    assert_eq!(check(&nameless), Err(TokenError::UnknownKey));
}

#[test]
fn a_public_key_does_not_pass_as_a_shared_secret() {
    let public = key(1).public_pem().to_owned();
    let der = PKey::public_key_from_pem(public.as_bytes())
        .unwrap()
        .public_key_to_der()
        .unwrap();
    for secret in [public.as_bytes(), public.trim_end().as_bytes(), &der] {
        for (alg, digest) in [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384)] {
            let header = format!(r#"{{"alg":"{alg}","kid":"k1"}}"#);
            let message = format!(
                "{}.{}",
                URL_SAFE_NO_PAD.encode(header),
                URL_SAFE_NO_PAD.encode(payload().to_string())
            );
            let code = hmac::sign(&hmac::Key::new(digest, secret), message.as_bytes());
            let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(code.as_ref()));
            assert_eq!(check(&token), Err(TokenError::WrongAlgorithm), "{alg}");
        }
    }
}

#[test]
fn a_header_cannot_choose_its_algorithm_or_bring_its_key() {
    for alg in ["none", "None", "NONE", "", "es256", "ES384", "RS256", "EdDSA"] {
        let header = format!(r#"{{"alg":"{alg}","kid":"k1"}}"#);
        let token = signed_raw(&header, &payload().to_string());
        assert_eq!(check(&token), Err(TokenError::WrongAlgorithm), "{alg}");
        let (message, _) = token.rsplit_once('.').unwrap();
        assert_eq!(
            check(&format!("{message}.")),
            Err(TokenError::WrongAlgorithm),
            "{alg}"
        );
    }
    let bad = Err(TokenError::Malformed);
    let critical = signed_raw(r#"{"alg":"ES256","kid":"k1","crit":["b64"],"b64":false}"#, "{}");
    assert_eq!(check(&critical), bad);
    let no_algorithm = signed_raw(r#"{"kid":"k1"}"#, "{}");
    assert_eq!(check(&no_algorithm), bad);

    // A token that carries its forger's key is still checked with the registered one.
    let forger = sign_agency_token(&key(2), "k1", &claims()).unwrap();
    let (_, signature) = forger.rsplit_once('.').unwrap();
    let header = r#"{"alg":"ES256","kid":"k1","jwk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}"#;
    let own = signed_raw(header, &payload().to_string());
    let (message, _) = own.rsplit_once('.').unwrap();
    assert_eq!(
        check(&format!("{message}.{signature}")),
        Err(TokenError::BadSignature)
    );
}

#[test]
fn a_p384_key_checks_es384_and_nothing_else() {
    provider::install().unwrap();
    let group = EcGroup::from_curve_name(Nid::SECP384R1).unwrap();
    let private = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let public_key_pem = String::from_utf8(private.public_key_to_pem().unwrap()).unwrap();
    let keys = [TokenKey {
        kid: "big".to_owned(),
        public_key_pem,
    }];
    let pem = private.private_key_to_pem_pkcs8().unwrap();
    let encoding = jsonwebtoken::EncodingKey::from_ec_pem(&pem).unwrap();
    let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES384);
    header.kid = Some("big".to_owned());
    let token = jsonwebtoken::encode(&header, &claims(), &encoding).unwrap();
    let expect = Expect {
        audience: AUDIENCE,
        issuer: &agency(),
        thumbprint: &thumbprint(),
        now: now(),
        max_age_seconds: 600,
        leeway_seconds: 30,
    };
    assert_eq!(verify_agency_token(&token, &keys, expect), Ok(claims()));
    let wrong = sign_agency_token(&key(1), "big", &claims()).unwrap();
    assert_eq!(
        verify_agency_token(&wrong, &keys, expect),
        Err(TokenError::WrongAlgorithm)
    );
    // Our signing keys are P-256 only.
    assert!(matches!(
        TokenSigningKey::from_pem(std::str::from_utf8(&pem).unwrap()),
        Err(TokenError::UnusableKey)
    ));
}

#[test]
fn keys_of_other_kinds_are_refused_when_the_registry_is_loaded() {
    let ed25519 = PKey::generate_ed25519().unwrap().public_key_to_pem().unwrap();
    let group = EcGroup::from_curve_name(Nid::SECP256K1).unwrap();
    let bitcoin = EcKey::generate(&group).unwrap().public_key_to_pem().unwrap();
    for bad in [
        "",
        "not a key",
        std::str::from_utf8(&ed25519).unwrap(),
        std::str::from_utf8(&bitcoin).unwrap(),
    ] {
        assert_eq!(check_token_key(bad), Err(TokenError::UnusableKey));
    }
    assert_eq!(
        check_token_key(key(1).private_pem()),
        Err(TokenError::UnusableKey)
    );
    assert_eq!(check_token_key(key(1).public_pem()), Ok(()));
}

#[test]
fn a_cut_token_is_refused_at_every_length() {
    let token = token();
    for length in 0..token.len() {
        assert!(check(token.get(..length).unwrap()).is_err(), "{length}");
    }
    let parts: Vec<&str> = token.split('.').collect();
    let [head, body, signature] = parts[..] else {
        panic!("three parts")
    };
    for bad in [
        format!("{token}."),
        format!("{token}.{signature}"),
        format!("{head}.{signature}"),
        format!("{head}..{signature}"),
        format!("{body}.{head}.{signature}"),
        format!("{token}="),
        format!("{token} "),
        format!("Bearer {token}"),
    ] {
        assert!(check(&bad).is_err(), "{bad}");
    }
}

#[test]
fn a_huge_token_is_refused_before_it_is_read() {
    assert_eq!(check(&"A".repeat(1 << 20)), Err(TokenError::TooLong));
}

#[test]
fn a_kept_key_signs_on_and_debug_shows_nothing() {
    let key = key(1);
    let again = TokenSigningKey::from_pem(key.private_pem()).unwrap();
    assert_eq!(again.public_pem(), key.public_pem());
    let token = sign_agency_token(&again, "k1", &claims()).unwrap();
    assert_eq!(check(&token), Ok(claims()));
    assert_eq!(format!("{key:?}"), "TokenSigningKey([secret])");
    assert!(matches!(
        TokenSigningKey::from_pem(key.public_pem()),
        Err(TokenError::UnusableKey)
    ));
    assert!(matches!(
        TokenSigningKey::generate(&DryEntropy),
        Err(TokenError::Entropy)
    ));
}

#[test]
fn officers_tokens_and_agencies_tokens_do_not_pass_as_each_other() {
    let officer = OfficerClaims {
        iss: OfficerIssuer::Gateway,
        sub: StaffId::new("d-whitfield").unwrap(),
        aud: AUDIENCE.to_owned(),
        iat: now().as_seconds(),
        exp: now().as_seconds() + 60,
        jti: "1".to_owned(),
        agency: AgencyId::new("riverton-hmis").unwrap(),
    };
    let expect = |now| ExpectOfficer {
        audience: AUDIENCE,
        now,
        max_age_seconds: 600,
        leeway_seconds: 30,
    };
    let public = key(1).public_pem().to_owned();
    let signed = sign_officer_token(&key(1), "k1", &officer).unwrap();
    assert_eq!(
        verify_officer_token(&signed, &public, expect(now())),
        Ok(officer.clone())
    );
    assert_eq!(
        verify_officer_token(&signed, &public, expect(now().plus_seconds(90))),
        Err(TokenError::Expired)
    );
    assert_eq!(
        verify_officer_token(&signed, key(2).public_pem(), expect(now())),
        Err(TokenError::BadSignature)
    );
    let elsewhere = ExpectOfficer {
        audience: "https://other.example",
        ..expect(now())
    };
    assert_eq!(
        verify_officer_token(&signed, &public, elsewhere),
        Err(TokenError::WrongAudience)
    );
    assert_eq!(check(&signed), Err(TokenError::MalformedClaims));
    assert_eq!(
        verify_officer_token(&token(), &public, expect(now())),
        Err(TokenError::MalformedClaims)
    );

    // An agency that adds the officer's claims to its own token is still the agency, not the officer.
    let mut both = payload();
    both["agency"] = json!("riverton-hmis");
    let both = signed_raw(r#"{"alg":"ES256","kid":"k1"}"#, &both.to_string());
    assert_eq!(
        verify_officer_token(&both, &public, expect(now())),
        Err(TokenError::MalformedClaims)
    );
}

#[test]
fn errors_carry_nothing_of_the_token() {
    let error = check_claims(|claims| claims.sub = StaffId::new("q-zzyzx").unwrap());
    assert!(error.is_ok());
    for (token, error) in [
        ("zzyzx", TokenError::Malformed),
        ("zzyzx.zzyzx.zzyzx", TokenError::Malformed),
    ] {
        let outcome = check(token).unwrap_err();
        assert_eq!(outcome, error);
        assert!(!format!("{outcome} {outcome:?}").contains("zzyzx"));
    }
}

/// Not a proof, a figure: `cargo test -p gateway-crypto --release -- --ignored --nocapture how_fast`.
#[test]
#[ignore = "measures, and proves nothing"]
fn how_fast_tokens_are_checked() {
    let token = token();
    let start = std::time::Instant::now();
    for _ in 0..2000 {
        std::hint::black_box(check(&token).unwrap());
    }
    println!("verify {:?}", start.elapsed() / 2000);
}

proptest! {
    #[test]
    fn any_changed_character_is_noticed(at: prop::sample::Index, to in "[A-Za-z0-9_.-]") {
        let token = token();
        let at = at.index(token.len());
        let mut changed = token.clone();
        changed.replace_range(at..=at, &to);
        prop_assume!(changed != token);
        prop_assert!(check(&changed).is_err());
    }

    #[test]
    fn no_text_makes_checking_panic(text: String, parts in prop::collection::vec("[A-Za-z0-9_-]{0,40}", 0..5)) {
        prop_assert!(check(&text).is_err());
        prop_assert!(check(&parts.join(".")).is_err());
    }
}
