//! Who signed, what the sender vouches for, which paper was signed: 42 CFR 2.31(a)(8)-(9), for which FHIR has only
//! `performer`, `dateTime` and `source[x]`.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_types::vocabulary::SignerRole;
use gateway_types::{Pii, SourceClientKey};

use super::names;
use super::node::{At, Found};
use crate::signing::{ArtefactDigest, Attested, Signer, Standing};

const NO_PATIENT: &str =
    "the client has to be named by your own key: `Patient/<key>`, or an identifier of that naming system";
const TWO_PATIENTS: &str = "the reference and its identifier name two different clients";
const WHO_SIGNED: &str = "who signed cannot be told: the one performer has to be the patient, or an extension `consent-signer` says who";
const OTHER_SIGNER: &str =
    "the performer is not the patient, and `consent-signer` says that the client signed";
const THREE_SIGNERS: &str = "more than two signers";
const NO_STANDING: &str = "whether the client signed as an adult, a minor, or somebody represented: an extension `consent-standing` has to say";
const TWICE: &str = "this may stand once";
const BASE64: &str = "the attachment's data is not base64";
const DIGEST: &str = "not a digest: `sha256:` and 64 lower-case hexadecimal digits are wanted";
const TWO_SOURCES: &str = "there may be one source";

/// The client, by the sender's own key.
pub(super) fn patient(at: &At<'_>, found: &mut Found) -> Option<SourceClientKey> {
    let Some(patient) = at.get("patient") else {
        found.fault(&at.path, NO_PATIENT);
        return None;
    };
    let keys = client_keys(&patient, found);
    match keys.as_slice() {
        [Some(key)] => Some(SourceClientKey::new(*key)),
        [Some(one), Some(other)] if one == other => Some(SourceClientKey::new(*one)),
        [Some(_), Some(_)] => {
            found.fault(&patient.path, TWO_PATIENTS);
            None
        }
        _ => {
            found.fault(&patient.path, NO_PATIENT);
            None
        }
    }
}

/// The client's key as identifier and as reference, as far as they are there.
fn client_keys<'a>(at: &At<'a>, found: &mut Found) -> Vec<Option<&'a str>> {
    let mut keys = Vec::new();
    if at
        .object(&["reference", "type", "identifier", "display"], found)
        .is_none()
    {
        return keys;
    }
    if let Some(identifier) = at.get("identifier") {
        let known = identifier.object(&["system", "value", "use", "type"], found);
        let system = known.and_then(|_| identifier.text_of("system", found));
        let value = identifier.text_of("value", found);
        keys.push(value.filter(|_| system == Some(names::OWN_KEY)));
    }
    if let Some(reference) = at.text_of("reference", found) {
        keys.push(reference.strip_prefix("Patient/").filter(|key| !key.is_empty()));
    }
    keys
}

/// Who signed, and beside whom.
pub(super) fn signers(
    at: &At<'_>,
    extensions: &[(&'static str, At<'_>)],
    patient: Option<&SourceClientKey>,
    found: &mut Found,
) -> Option<(Signer, Option<Signer>)> {
    let performers = at.list("performer", found);
    let performs: Vec<bool> = performers
        .iter()
        .map(|performer| {
            let keys = client_keys(performer, found);
            patient.is_some_and(|patient| keys.contains(&Some(patient.reveal())))
        })
        .collect();
    let said: Vec<&At<'_>> = extensions
        .iter()
        .filter(|(name, _)| *name == "consent-signer")
        .map(|(_, at)| at)
        .collect();
    let signers: Vec<Signer> = said.iter().filter_map(|at| signer(at, found)).collect();
    match (said.as_slice(), signers.as_slice()) {
        ([], _) if performs == [true] => Some((Signer::new(SignerRole::Client), None)),
        ([], _) => {
            // Without a patient nobody can be told to be the patient; that is said already.
            if patient.is_some() {
                found.fault(&format!("{}.performer", at.path), WHO_SIGNED);
            }
            None
        }
        ([_], [one]) => {
            let client = one.role == SignerRole::Client;
            if client && !performs.is_empty() && !performs.contains(&true) {
                found.fault(&format!("{}.performer", at.path), OTHER_SIGNER);
            }
            Some((*one, None))
        }
        ([_, _], [one, other]) => Some((*one, Some(*other))),
        ([_, _, third, ..], _) => {
            found.fault(&third.path, THREE_SIGNERS);
            None
        }
        // What is wrong with them is told already.
        _ => None,
    }
}

fn signer(at: &At<'_>, found: &mut Found) -> Option<Signer> {
    let mut role = None;
    let (mut authority_documented, mut suspected_abuser) = (false, false);
    for (name, part) in at.parts(&["role", "authority-documented", "suspected-abuser"], found) {
        match name {
            "role" => role = part.word(found),
            "authority-documented" => authority_documented = part.truth(found)?,
            _ => suspected_abuser = part.truth(found)?,
        }
    }
    if role.is_none() {
        found.fault(&at.path, WHO_SIGNED);
    }
    Some(Signer {
        role: role?,
        authority_documented,
        suspected_abuser,
    })
}

/// What the client was in law.
pub(super) fn standing(
    at: &At<'_>,
    extensions: &[(&'static str, At<'_>)],
    found: &mut Found,
) -> Option<Standing> {
    match once("consent-standing", extensions, found) {
        Some(standing) => standing.word(found),
        None => {
            found.fault(&at.path, NO_STANDING);
            None
        }
    }
}

/// What the sender vouches for.
pub(super) fn attested(extensions: &[(&'static str, At<'_>)], found: &mut Found) -> BTreeSet<Attested> {
    let named = extensions.iter().filter(|(name, _)| *name == "consent-attested");
    named.filter_map(|(_, at)| at.word(found)).collect()
}

/// The one extension of this name.
pub(super) fn once<'e, 'a>(
    wanted: &'static str,
    extensions: &'e [(&'static str, At<'a>)],
    found: &mut Found,
) -> Option<&'e At<'a>> {
    let mut named = extensions.iter().filter(|(name, _)| *name == wanted);
    let first = named.next().map(|(_, at)| at);
    for (_, again) in named {
        found.fault(&again.path, TWICE);
    }
    first
}

/// The signed paper.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) attached: Option<Pii<Vec<u8>>>,
    pub(super) stated: Option<ArtefactDigest>,
}

pub(super) fn source(at: &At<'_>, found: &mut Found) -> Source {
    let (attachment, reference) = (at.get("sourceAttachment"), at.get("sourceReference"));
    if attachment.is_some() && reference.is_some() {
        found.fault(&at.path, TWO_SOURCES);
    }
    let Some(source) = attachment.as_ref().or(reference.as_ref()) else {
        return Source::default();
    };
    let known: &[&str] = if attachment.is_some() {
        &[
            "contentType",
            "language",
            "data",
            "url",
            "size",
            "hash",
            "title",
            "creation",
        ]
    } else {
        &["reference", "type", "identifier", "display"]
    };
    source.fields(known, found);
    let extensions = source.extensions(&["consent-artefact"], found);
    let stated = once("consent-artefact", &extensions, found).and_then(|at| digest(at, found));
    let attached = attachment
        .as_ref()
        .and_then(|attachment| attachment.get("data"))
        .and_then(|data| {
            // FHIR lets white space stand between the digits.
            let digits: String = data.text(found)?.split_ascii_whitespace().collect();
            let bytes = STANDARD.decode(digits).ok();
            if bytes.is_none() {
                found.fault(&data.path, BASE64);
            }
            bytes.map(Pii::new)
        });
    Source { attached, stated }
}

fn digest(at: &At<'_>, found: &mut Found) -> Option<ArtefactDigest> {
    let value = at.value_of("valueString", found)?;
    let digest = value.text(found)?.parse().ok();
    if digest.is_none() {
        found.fault(&value.path, DIGEST);
    }
    digest
}
