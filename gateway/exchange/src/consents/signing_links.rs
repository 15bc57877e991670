//! Signing on a screen: a link for one form, made by the agency that holds it, with which its client signs.
//!
//! The link is bound to the version of the form and to what is shown of it, and is good once. What the client signs is
//! put on record by the person who asked for the link, through the same gates as a form signed on paper, and is in the log
//! before it counts. Whatever is wrong with a link, whoever holds it is told the same.

mod signing;

use std::collections::BTreeSet;
use std::fmt;

use consent::{
    ArtefactDigest, Attested, Consent, ElementCheck, Language, NameOf, Outcome, Screen, Signature, Signer,
    Standing, Status,
};
use gateway_audit::EntryKind;
use gateway_crypto::Digest;
use gateway_store::{LinkDigest, LinkParticulars, SigningLink, StoreError};
use gateway_types::{ConsentId, SigningLinkId, Timestamp};

pub use self::signing::{Copy, Danger, NoPage, Opened, Signing, ToSign};
use super::{NotRecorded, form_digest, may_put_on_record, name_of, recorder};
use crate::gateway::Gateway;
use crate::requester::Requester;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// How long links are good, in minutes: usually, and at most.
#[must_use]
pub const fn link_minutes(screen: Screen) -> (u32, u32) {
    match screen {
        Screen::InPerson => (30, 120),
        Screen::Sent => (24 * 60, 7 * 24 * 60),
    }
}

/// What signing on the page itself shows: the form is made from its terms in plain words, the scope was read back and
/// agreed to, and the copy is the answer.
const SHOWN_BY_THE_PAGE: [Attested; 4] = [
    Attested::StatementsSeen,
    Attested::ReadBack,
    Attested::PlainLanguage,
    Attested::CopyGiven,
];

/// The secret of a link. Whoever has it can sign.
#[derive(Clone)]
pub struct LinkSecret(String);

impl LinkSecret {
    /// The secret, for the one to whom the link is given.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LinkSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A link that is wanted.
#[derive(Debug)]
pub struct LinkWanted {
    /// On whose screen.
    pub screen: Screen,
    /// For how many minutes, if not as usual.
    pub minutes: Option<u32>,
    /// The language in which the form is shown first.
    pub language: Language,
    /// What the client is in law.
    pub standing: Standing,
    /// Who may sign.
    pub signers: Vec<Signer>,
    /// What the person who asks for it vouches for.
    pub attested: BTreeSet<Attested>,
}

/// A link that was made.
#[derive(Debug)]
pub struct LinkMade {
    /// Its id, by which the log names it.
    pub id: SigningLinkId,
    /// Its secret, told this once.
    pub secret: LinkSecret,
    /// The moment from which on it cannot be used.
    pub expires_at: Timestamp,
    /// What the form will still lack once it is signed, because nobody has vouched for it.
    pub will_lack: Vec<ElementCheck>,
}

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
pub enum NotLinked {
    /// The agency holds no such form.
    #[error("there is no such form of yours")]
    NotThere,
    /// It would be good for too long, or not at all.
    #[error("`minutes`: 1 to {0} are allowed")]
    Minutes(u32),
    /// Nobody is named who may sign, or somebody twice.
    #[error("`signers`: who may sign is to be named, each capacity once")]
    Signers,
    /// A suspected abuser signs nothing.
    #[error("`signers`: whoever is suspected of abusing the client cannot sign for them")]
    Abuser,
    /// What is signed would be good for nothing, and vouching for it would not help.
    #[error("the form would be good for nothing once it is signed so: {0}")]
    Lacks(&'static str),
    /// Another step was taken at the same moment.
    #[error("the form was changed at the same moment")]
    Overtaken,
    /// It cannot be signed, or nothing can be shown.
    #[error(transparent)]
    NotRecorded(#[from] NotRecorded),
}

impl From<StoreError> for NotLinked {
    fn from(error: StoreError) -> Self {
        Self::NotRecorded(error.into())
    }
}

impl Gateway {
    /// Makes a link for a form that the agency holds, and ends the one before it. It is in the log before it is good.
    ///
    /// # Errors
    /// [`NotLinked`].
    pub async fn make_signing_link(
        &self,
        by: &Requester,
        id: ConsentId,
        wanted: LinkWanted,
    ) -> Result<LinkMade, NotLinked> {
        let now = self.now();
        let (usually, most) = link_minutes(wanted.screen);
        let minutes = wanted.minutes.unwrap_or(usually);
        if !(1..=most).contains(&minutes) {
            return Err(NotLinked::Minutes(most));
        }
        check_signers(&wanted.signers)?;
        let consent = self.to_be_signed(by, id).await?;
        may_put_on_record(by, consent.terms())?;
        for signer in &wanted.signers {
            good_once_signed(&consent, by, *signer, wanted.standing, now)?;
        }
        let shown = self.shown(&consent)?;
        let mut random = [0u8; 32];
        self.entropy().fill(&mut random).map_err(|_| NotRecorded::Fault)?;
        let secret: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let will_lack = lacking(&consent, by, &wanted, now)?;
        let link = SigningLink {
            id: SigningLinkId::generate(self.clock(), self.entropy()).map_err(|_| NotRecorded::Fault)?,
            digest: LinkDigest::of(secret.as_bytes()),
            consent: id,
            client: consent.client(),
            version: consent.version().number(),
            expires_at: now.plus_seconds(i64::from(minutes) * MINUTE),
            particulars: LinkParticulars {
                asked_by: recorder(by),
                role: by.role(),
                system: by.system().clone(),
                shown: digest_of_shown(&shown),
                language: wanted.language,
                screen: wanted.screen,
                standing: wanted.standing,
                signers: wanted.signers,
                attested: wanted.attested,
            },
        };
        let note = format!(
            "a link to sign it {} was made: {}, good until {}",
            on_screen(link.particulars.screen),
            link.id,
            link.expires_at
        );
        self.log_consent(by, &consent, EntryKind::ConsentRecorded, Some(&note))
            .await?;
        if let Err(error) = self.records().make_signing_link(&link, now).await {
            let note = format!("the store did not say that the link is kept: {}", link.id);
            self.log_consent(by, &consent, EntryKind::ConsentRecorded, Some(&note))
                .await?;
            return Err(match error {
                StoreError::Conflict { .. } => NotLinked::Overtaken,
                error => error.into(),
            });
        }
        Ok(LinkMade {
            id: link.id,
            secret: LinkSecret(secret),
            expires_at: link.expires_at,
            will_lack,
        })
    }

    /// Ends the link of a form that the agency holds, and the sight of its copy; says whether there was one. It counts before
    /// it is in the log, which is owed its entry from that moment on.
    ///
    /// # Errors
    /// [`NotLinked`].
    pub async fn end_signing_link(&self, by: &Requester, id: ConsentId) -> Result<bool, NotLinked> {
        let consent = self.to_be_signed(by, id).await?;
        let note = Some("the link to sign it was ended");
        let owed = self.owe_about(by, &consent, EntryKind::ConsentRecorded, note)?;
        let ended = self.records().end_signing_links(id, Some(&owed)).await?;
        if ended {
            self.make_owed_entry(&owed).await.map_err(NotRecorded::from)?;
        }
        Ok(ended)
    }

    /// A form that the agency holds.
    async fn to_be_signed(&self, by: &Requester, id: ConsentId) -> Result<Consent, NotLinked> {
        let consent = match self.concerning(by, id).await {
            Err(NotRecorded::NoConsent) => return Err(NotLinked::NotThere),
            other => other?,
        };
        if consent.holder() == by.agency_id() {
            Ok(consent)
        } else {
            Err(NotLinked::NotThere)
        }
    }

    /// What is shown of a form in each language, and what is read back.
    fn shown(&self, consent: &Consent) -> Result<Vec<(Language, String, String)>, NotRecorded> {
        let directory = self.directory();
        let mark = form_digest(consent)?.to_string();
        let names: &NameOf<'_> = &|mentioned| name_of(&directory, mentioned);
        let in_language = |language| {
            let form = consent.form_on_screen(language, names, &mark)?;
            let told = consent.terms().read_back(language, names)?;
            Ok((language, form, told))
        };
        Language::ALL.into_iter().map(in_language).collect()
    }
}

const fn on_screen(screen: Screen) -> &'static str {
    match screen {
        Screen::InPerson => "on a screen of the agency",
        Screen::Sent => "on the signer's own screen",
    }
}

fn check_signers(signers: &[Signer]) -> Result<(), NotLinked> {
    let twice = |(place, signer): (usize, &Signer)| {
        signers
            .iter()
            .take(place)
            .any(|earlier| earlier.role == signer.role)
    };
    if signers.is_empty() || signers.iter().enumerate().any(twice) {
        return Err(NotLinked::Signers);
    }
    if signers.iter().any(|signer| signer.suspected_abuser) {
        return Err(NotLinked::Abuser);
    }
    Ok(())
}

/// The form as it would be once signed so.
fn once_signed(
    consent: &Consent,
    by: &Requester,
    signer: Signer,
    standing: Standing,
    attested: BTreeSet<Attested>,
    now: Timestamp,
) -> Result<Consent, NotRecorded> {
    let signature = Signature {
        signed_at: now,
        signer,
        co_signer: None,
        standing,
        artefact: Some(ArtefactDigest::from_bytes([0; 32])),
    };
    Ok(consent.clone().sign(signature, attested, recorder(by), now)?)
}

/// Refuses to have somebody sign what would be good for nothing whatever were vouched for.
fn good_once_signed(
    consent: &Consent,
    by: &Requester,
    signer: Signer,
    standing: Standing,
    now: Timestamp,
) -> Result<(), NotLinked> {
    let signed = once_signed(consent, by, signer, standing, Attested::ALL.into(), now)?;
    let missing = signed
        .adequacy(now)
        .into_iter()
        .find_map(|check| match check.outcome {
            Outcome::Missing(why) => Some(why),
            _ => None,
        });
    match (missing, signed.status(now)) {
        (Some(why), _) => Err(NotLinked::Lacks(why)),
        (None, Status::Active | Status::Unconfirmed) => Ok(()),
        (None, _) => Err(NotLinked::Lacks("its end has come")),
    }
}

/// What would still be missing with what is vouched for.
fn lacking(
    consent: &Consent,
    by: &Requester,
    wanted: &LinkWanted,
    now: Timestamp,
) -> Result<Vec<ElementCheck>, NotRecorded> {
    let attested: BTreeSet<_> = wanted.attested.iter().copied().chain(SHOWN_BY_THE_PAGE).collect();
    let Some(signer) = wanted.signers.first() else {
        return Ok(Vec::new());
    };
    let signed = once_signed(consent, by, *signer, wanted.standing, attested, now)?;
    let missing = |check: &ElementCheck| matches!(check.outcome, Outcome::Missing(_));
    Ok(signed.adequacy(now).into_iter().filter(missing).collect())
}

fn digest_of_shown(shown: &[(Language, String, String)]) -> Digest {
    let parts: Vec<&[u8]> = shown
        .iter()
        .flat_map(|(_, form, told)| [form.as_bytes(), told.as_bytes()])
        .collect();
    Digest::of_parts(&parts)
}
