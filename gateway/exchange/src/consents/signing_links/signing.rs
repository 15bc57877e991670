//! What a link opens: the form to be signed, once, and then the copy of it.

use std::fmt;

use consent::{
    ArtefactDigest, Consent, Hand, Language, Screen, Signature, SignedOnScreen, WrittenName, signed_body,
};
use gateway_audit::EntryKind;
use gateway_crypto::Digest;
use gateway_store::{Artefact, LinkDigest, LinkUse, SigningLink, StoreError};
use gateway_types::Timestamp;
use gateway_types::vocabulary::{AgencyKind, ConsentKind, SignerRole};

use super::super::{may_put_on_record, recorder};
use super::{HOUR, MINUTE, SHOWN_BY_THE_PAGE, digest_of_shown, good_once_signed, on_screen};
use crate::gateway::Gateway;
use crate::requester::Requester;

/// How long the copy can be seen. On a screen of the agency somebody else sits down next.
const fn copy_seconds(screen: Screen) -> i64 {
    match screen {
        Screen::InPerson => 15 * MINUTE,
        Screen::Sent => 24 * HOUR,
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
    /// Opens a link. Nothing changes by it, however often it is done and by whatever program.
    ///
    /// # Errors
    /// [`NoPage`].
    pub async fn open_signing_link(&self, secret: &str) -> Result<Opened, NoPage> {
        let (now, digest) = (self.now(), LinkDigest::of(secret.as_bytes()));
        // Between the two look-ups somebody else can have signed: then the second look at the link says so.
        for _ in 0..2 {
            let Some((link, good_for)) = self.records().signing_link(&digest, now).await? else {
                return Err(NoPage::Gone);
            };
            let stored = self.records().consent(link.consent).await?.ok_or(NoPage::Gone)?;
            match good_for {
                LinkUse::Copy => return self.copy(&stored.consent).await,
                LinkUse::Sign if stored.version == link.version => {
                    return self.to_sign(link, stored.consent, now);
                }
                LinkUse::Sign => {}
            }
        }
        Err(NoPage::Gone)
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
            self.records().end_signing_links(link.consent, None).await?;
        }
        Ok(())
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
        let as_it_was = consent.client() == link.client
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
