//! What somebody has filled in so far. Nothing of it is kept before they say yes: it travels with the page.

use consent::{Drawing, Hand, Language, WrittenName};
use gateway_crypto::Digest;
use gateway_exchange::consents::{Signing, ToSign};
use gateway_types::Word as _;
use gateway_types::vocabulary::SignerRole;

/// What is wrong with what was filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Name,
    Role,
    SignedFor,
    Signature,
    Drawing,
    Electronic,
}

/// What was filled in, as it came.
pub(super) struct Filled {
    pub(super) language: Language,
    pub(super) name: String,
    pub(super) role: Option<SignerRole>,
    pub(super) signed_for: String,
    pub(super) typed: String,
    pub(super) strokes: String,
    pub(super) electronic: bool,
    shown: String,
}

impl Filled {
    pub(super) const fn empty(language: Language) -> Self {
        Self {
            language,
            name: String::new(),
            role: None,
            signed_for: String::new(),
            typed: String::new(),
            strokes: String::new(),
            electronic: false,
            shown: String::new(),
        }
    }

    /// Reads `application/x-www-form-urlencoded`. What cannot be read is as if it were not there.
    pub(super) fn read(bytes: &[u8], first: Language) -> Self {
        let mut filled = Self::empty(first);
        for (name, value) in form_urlencoded::parse(bytes) {
            let value = value.into_owned();
            match &*name {
                "language" => filled.language = Language::from_tag(&value).unwrap_or(first),
                "name" => filled.name = value,
                "role" => filled.role = SignerRole::from_code(&value).ok(),
                "signed_for" => filled.signed_for = value,
                "typed" => filled.typed = value,
                "strokes" => filled.strokes = value,
                "electronic" => filled.electronic = value == "yes",
                "shown" => filled.shown = value,
                _ => {}
            }
        }
        filled
    }

    /// The signing that it makes of a form, or everything that is wrong with it.
    pub(super) fn signing(&self, form: &ToSign) -> Result<Signing, Vec<Fault>> {
        let mut faults = Vec::new();
        let name = WrittenName::read(&self.name).ok();
        if name.is_none() {
            faults.push(Fault::Name);
        }
        let role = self.role_of(form);
        if role.is_none() {
            faults.push(Fault::Role);
        }
        let for_another = role.is_some_and(|role| role != SignerRole::Client);
        let signed_for = for_another
            .then(|| WrittenName::read(&self.signed_for).ok())
            .flatten();
        if for_another && signed_for.is_none() {
            faults.push(Fault::SignedFor);
        }
        let hand = match (Drawing::read(&self.strokes), WrittenName::read(&self.typed)) {
            (Ok(Some(drawing)), _) => Some(Hand::Drawn(drawing)),
            (Ok(None), Ok(typed)) => Some(Hand::Typed(typed)),
            (Ok(None), Err(_)) => {
                faults.push(Fault::Signature);
                None
            }
            (Err(_), _) => {
                faults.push(Fault::Drawing);
                None
            }
        };
        if !self.electronic {
            faults.push(Fault::Electronic);
        }
        match (name, role, hand) {
            (Some(name), Some(role), Some(hand)) if faults.is_empty() => Ok(Signing {
                // What names another form than any is a form that has changed.
                shown: self.shown.parse().unwrap_or(Digest::from_bytes([0; 32])),
                language: self.language,
                role,
                name,
                signed_for,
                hand,
            }),
            _ => Err(faults),
        }
    }

    /// The capacity chosen; if there is but one, nobody is asked.
    pub(super) fn role_of(&self, form: &ToSign) -> Option<SignerRole> {
        let roles: Vec<SignerRole> = form.roles().collect();
        match roles.as_slice() {
            [only] => Some(*only),
            several => self.role.filter(|role| several.contains(role)),
        }
    }
}
