//! Signing on a screen: a link for one form, made by the agency that holds it, with which its client signs.
//!
//! The link is bound to the version of the form and to what is shown of it, and is good once. What the client signs is
//! put on record by the person who asked for the link, through the same gates as a form signed on paper, and is in the log
//! before it counts. Whatever is wrong with a link, whoever holds it is told the same.

use std::collections::BTreeSet;
use std::fmt;

use consent::{
    ArtefactDigest, Attested, Consent, ElementCheck, Hand, Language, NameOf, Outcome, Screen, Signature,
    SignedOnScreen, Signer, Standing, Status, WrittenName, signed_body,
};
use gateway_audit::EntryKind;
use gateway_crypto::Digest;
use gateway_store::{Artefact, LinkDigest, LinkParticulars, LinkUse, SigningLink, StoreError};
use gateway_types::vocabulary::{AgencyKind, ConsentKind, SignerRole};
use gateway_types::{ConsentId, SigningLinkId, Timestamp};

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

/// How long the copy can be seen. On a screen of the agency somebody else sits down next.
const fn copy_seconds(screen: Screen) -> i64 {
    match screen {
        Screen::InPerson => 15 * MINUTE,
        Screen::Sent => 24 * HOUR,
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

/// Why there is no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPage {
    /// The link is good for nothing: unknown, used, expired, ended, or of a form that has changed.
    #[error("the link is good for nothing")]
    Gone,
    /// The store or the log cannot be reached.
    #[error("the gateway cannot answer now")]
    Unavailable,
}

impl From<StoreError> for NoPage {
    fn from(error: StoreError) -> Self {
        crate::gateway::log_store_error(&error);
        Self::Unavailable
    }
}

/// What a link opens.
#[derive(Debug)]
pub enum Opened {
    /// A form to be signed.
    ToSign(Box<ToSign>),
    /// The copy of one that was signed.
    Signed(Copy),
}

/// The copy of a form that was signed.
pub struct Copy {
    /// In which language.
    pub language: Language,
    /// What the signed page shows, as it is kept.
    pub body: String,
    /// Whether who looks at it may have to leave fast.
    pub danger: Danger,
}

/// Whether somebody may be harmed by being seen with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Danger {
    /// Not more than by any.
    Usual,
    /// It is of a victim service: there is to be a way to leave it fast.
    VictimService,
}

/// A form that can be signed.
pub struct ToSign {
    link: SigningLink,
    consent: Consent,
    by: Requester,
    danger: Danger,
    shown: Vec<(Language, String, String)>,
}

impl fmt::Debug for Copy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[copy]")
    }
}

impl fmt::Debug for ToSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[form to sign]")
    }
}

impl ToSign {
    /// The language in which it is shown first.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.link.particulars.language
    }

    /// What the form says in a language, as a piece of HTML.
    #[must_use]
    pub fn form(&self, language: Language) -> &str {
        self.of(language).map_or("", |(_, form, _)| form)
    }

    /// The sentence that is read back.
    #[must_use]
    pub fn read_back(&self, language: Language) -> &str {
        self.of(language).map_or("", |(.., told)| told)
    }

    fn of(&self, language: Language) -> Option<&(Language, String, String)> {
        self.shown.iter().find(|(of, ..)| *of == language)
    }

    /// The digest of what is shown: who signs says what was before them.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.link.particulars.shown
    }

    /// The capacities in which it may be signed.
    pub fn roles(&self) -> impl Iterator<Item = SignerRole> {
        self.link.particulars.signers.iter().map(|signer| signer.role)
    }

    /// Whether there is to be a way to leave fast.
    #[must_use]
    pub const fn danger(&self) -> Danger {
        self.danger
    }
}

/// A signing.
#[derive(Debug)]
pub struct Signing {
    /// The digest of what was shown.
    pub shown: Digest,
    /// In which language.
    pub language: Language,
    /// In which capacity.
    pub role: SignerRole,
    /// The signer's name.
    pub name: WrittenName,
    /// The name of the person signed for, if for another.
    pub signed_for: Option<WrittenName>,
    /// The signature.
    pub hand: Hand,
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

    /// Ends the link of a form that the agency holds, and the sight of its copy. It counts before it is in the log.
    ///
    /// # Errors
    /// [`NotLinked`].
    pub async fn end_signing_link(&self, by: &Requester, id: ConsentId) -> Result<(), NotLinked> {
        let consent = self.to_be_signed(by, id).await?;
        if self.records().end_signing_links(id).await? {
            let note = Some("the link to sign it was ended");
            self.log_consent(by, &consent, EntryKind::ConsentRecorded, note)
                .await?;
        }
        Ok(())
    }

    /// Opens a link. Nothing changes by it, however often it is done and by whatever program.
    ///
    /// # Errors
    /// [`NoPage`].
    pub async fn open_signing_link(&self, secret: &str) -> Result<Opened, NoPage> {
        let (now, digest) = (self.now(), LinkDigest::of(secret.as_bytes()));
        let Some((link, good_for)) = self.records().signing_link(&digest, now).await? else {
            return Err(NoPage::Gone);
        };
        let stored = self.records().consent(link.consent).await?.ok_or(NoPage::Gone)?;
        match good_for {
            LinkUse::Sign => self.to_sign(link, stored.consent, now),
            LinkUse::Copy => self.copy(&stored.consent).await,
        }
    }

    /// Signs, once. Whoever comes second finds it signed.
    ///
    /// # Errors
    /// [`NoPage`].
    pub async fn sign_by_link(&self, secret: &str, signing: &Signing) -> Result<(), NoPage> {
        let to_sign = match self.open_signing_link(secret).await? {
            Opened::Signed(_) => return Ok(()),
            Opened::ToSign(to_sign) => to_sign,
        };
        let now = self.now();
        let ToSign { link, by, .. } = &*to_sign;
        let particulars = &link.particulars;
        let signer = particulars
            .signers
            .iter()
            .find(|signer| signer.role == signing.role)
            .filter(|_| signing.shown == particulars.shown)
            .ok_or(NoPage::Gone)?;
        let page = SignedOnScreen {
            form: to_sign.form(signing.language),
            language: signing.language,
            role: signing.role,
            name: &signing.name,
            signed_for: signing.signed_for.as_ref(),
            hand: &signing.hand,
            screen: particulars.screen,
            at: now,
            link: link.id,
        }
        .page();
        let artefact = Artefact {
            consent: link.consent,
            client: link.client,
            digest: ArtefactDigest::from_bytes(*Digest::of(page.as_bytes()).as_bytes()),
            bytes: page.into_bytes(),
            handed_in_at: now,
        };
        let signature = Signature {
            signed_at: now,
            signer: *signer,
            co_signer: None,
            standing: particulars.standing,
            artefact: Some(artefact.digest),
        };
        let attested = particulars.attested.iter().copied().chain(SHOWN_BY_THE_PAGE);
        let signed = to_sign
            .consent
            .clone()
            .sign(signature, attested.collect(), recorder(by), now)
            .map_err(|_| NoPage::Gone)?;
        let note = format!(
            "signed by the {} {}, {}, in {}, by link {}; the page signed: {}",
            signing.role,
            on_screen(particulars.screen),
            signing.hand.in_a_word(),
            match signing.language {
                Language::English => "English",
                Language::Spanish => "Spanish",
            },
            link.id,
            artefact.digest,
        );
        self.log_signing(by, &signed, &note).await?;
        let copy_until = now.plus_seconds(copy_seconds(particulars.screen));
        let kept = self
            .records()
            .sign_by_link(link, &signed, &artefact, copy_until, now)
            .await;
        let Err(error) = kept else { return Ok(()) };
        let overtaken = matches!(error, StoreError::Conflict { .. });
        let note = if overtaken {
            "did not take effect: the link was used or ended, or another step came first"
        } else {
            crate::gateway::log_store_error(&error);
            "the store did not say that it is kept; what is on file counts"
        };
        self.log_signing(by, &signed, &format!("{note}: {}", artefact.digest))
            .await?;
        if !overtaken {
            return Err(NoPage::Unavailable);
        }
        match self.open_signing_link(secret).await? {
            Opened::Signed(_) => Ok(()),
            Opened::ToSign(_) => Err(NoPage::Gone),
        }
    }

    /// Ends the sight of a copy: whoever signed has done with it.
    ///
    /// # Errors
    /// [`NoPage`].
    pub async fn close_copy(&self, secret: &str) -> Result<(), NoPage> {
        let digest = LinkDigest::of(secret.as_bytes());
        let found = self.records().signing_link(&digest, self.now()).await?;
        if let Some((link, LinkUse::Copy)) = found {
            self.records().end_signing_links(link.consent).await?;
        }
        Ok(())
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

    fn to_sign(&self, link: SigningLink, consent: Consent, now: Timestamp) -> Result<Opened, NoPage> {
        let particulars = &link.particulars;
        let directory = self.directory();
        // Whoever asked for it answers for it now: their agency has to be one that may record it today.
        let by = Requester::still(
            &directory,
            &particulars.asked_by,
            particulars.role,
            &particulars.system,
            now,
        )
        .ok_or(NoPage::Gone)?;
        let shown = self.shown(&consent).map_err(|_| NoPage::Gone)?;
        let as_it_was = consent.version().number() == link.version
            && consent.client() == link.client
            && digest_of_shown(&shown) == particulars.shown
            && may_put_on_record(&by, consent.terms()).is_ok()
            && particulars
                .signers
                .iter()
                .all(|signer| good_once_signed(&consent, &by, *signer, particulars.standing, now).is_ok());
        if !as_it_was {
            return Err(NoPage::Gone);
        }
        Ok(Opened::ToSign(Box::new(ToSign {
            danger: self.danger(&consent),
            link,
            consent,
            by,
            shown,
        })))
    }

    async fn copy(&self, consent: &Consent) -> Result<Opened, NoPage> {
        let stated = consent
            .signed_as()
            .and_then(|signature| signature.artefact)
            .ok_or(NoPage::Gone)?;
        let kept = self.records().artefact(consent.id(), Some(stated)).await?;
        let page = kept
            .filter(|kept| kept.client == consent.client())
            .filter(|kept| *Digest::of(&kept.bytes).as_bytes() == *stated.as_bytes())
            .and_then(|kept| String::from_utf8(kept.bytes).ok())
            .ok_or(NoPage::Gone)?;
        let (language, body) = signed_body(&page).ok_or(NoPage::Gone)?;
        Ok(Opened::Signed(Copy {
            language,
            body: body.to_owned(),
            danger: self.danger(consent),
        }))
    }

    fn danger(&self, consent: &Consent) -> Danger {
        let directory = self.directory();
        let of_victim_service = directory
            .agency(consent.holder())
            .is_none_or(|agency| agency.kind == AgencyKind::VictimServiceProvider);
        if of_victim_service || consent.terms().kind == ConsentKind::VawaRelease {
            Danger::VictimService
        } else {
            Danger::Usual
        }
    }

    async fn log_signing(&self, by: &Requester, signed: &Consent, note: &str) -> Result<(), NoPage> {
        self.log_consent(by, signed, EntryKind::ConsentRecorded, Some(note))
            .await
            .map_err(|_| NoPage::Unavailable)
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
