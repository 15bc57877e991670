//! The words around a form that is signed on a screen, for a reader of sixth grade, in English and Spanish.

use gateway_types::vocabulary::SignerRole;

use super::signed::role_words;
use super::{Language, english, spanish};

/// What a signing page says beside the form.
#[derive(Clone, Copy, Debug)]
pub struct ScreenWords {
    language: Language,
    /// What stands in the title bar: nothing of the form.
    pub title: &'static str,
    /// What to do.
    pub begin: &'static str,
    /// A way out at once.
    pub leave: &'static str,
    /// Where one signs.
    pub sign: &'static str,
    /// The signer's name.
    pub name: &'static str,
    /// In which capacity.
    pub role: &'static str,
    /// The name of the person signed for.
    pub signed_for: &'static str,
    /// The signature.
    pub signature: &'static str,
    /// To sign by typing.
    pub typed: &'static str,
    /// To sign by drawing.
    pub drawn: &'static str,
    /// How to draw, and what else there is.
    pub how_to_draw: &'static str,
    /// Begin the drawing again.
    pub clear: &'static str,
    /// The wish to sign on a screen.
    pub electronic: &'static str,
    /// On to what is read back.
    pub go_on: &'static str,
    /// Over the list of what is wrong.
    pub mend: &'static str,
    /// The name is missing.
    pub no_name: &'static str,
    /// The capacity is missing.
    pub no_role: &'static str,
    /// The name of the person signed for is missing.
    pub no_signed_for: &'static str,
    /// There is no signature.
    pub no_signature: &'static str,
    /// The drawing cannot be used.
    pub no_drawing: &'static str,
    /// The wish to sign on a screen was not stated.
    pub no_electronic: &'static str,
    /// Over what is read back.
    pub right: &'static str,
    /// What happens if one says yes.
    pub before_yes: &'static str,
    /// That is what I want.
    pub yes: &'static str,
    /// It is not.
    pub no: &'static str,
    /// It is signed.
    pub signed: &'static str,
    /// What to do with the copy.
    pub copy: &'static str,
    /// Print.
    pub print: &'static str,
    /// End the sight of the copy.
    pub done: &'static str,
    /// The page of a link that is good for nothing.
    pub gone: &'static str,
    /// What to do then.
    pub gone_why: &'static str,
    /// It does not work now.
    pub later: &'static str,
    /// What to do then.
    pub later_why: &'static str,
}

static ENGLISH: ScreenWords = ScreenWords {
    language: Language::English,
    title: "A form to read",
    begin: "Please read this form. You do not have to sign it. If you want to sign on paper, ask the person who gave you this link.",
    leave: "Leave this page fast",
    sign: english::WORDS.sign,
    name: "Your full name",
    role: "I sign as",
    signed_for: "If you sign for someone else: the full name of that person",
    signature: "Your signature",
    typed: "Type your full name here to sign",
    drawn: "Or draw it in this box",
    how_to_draw: "Use your finger, a pen or a mouse. If you can not draw, type your name in the field above.",
    clear: "Clear the box",
    electronic: "I want to sign on this screen and not on paper.",
    go_on: "Go on. You can still say no.",
    mend: "Please look at this:",
    no_name: "Write your full name.",
    no_role: "Say who you are.",
    no_signed_for: "Write the full name of the person you sign for.",
    no_signature: "Type your name to sign, or draw it.",
    no_drawing: "The drawing can not be used. Please draw it again, or type your name.",
    no_electronic: "Mark that you want to sign on this screen. Or ask for the form on paper.",
    right: "Is this what you want?",
    before_yes: "If you say yes, you sign the form and it counts at once.",
    yes: "Yes, that is what I want. I sign.",
    no: "No, go back",
    signed: "You signed the form",
    copy: "This is your copy. You can print it. You can see it here for a short time only.",
    print: "Print",
    done: "I am done. Close my copy.",
    gone: "This link can not be used",
    gone_why: "It may have ended, or it was not copied right. Ask the person who gave it to you.",
    later: "This does not work right now",
    later_why: "Please try again in a few minutes.",
};

static SPANISH: ScreenWords = ScreenWords {
    language: Language::Spanish,
    title: "Una hoja para leer",
    begin: "Lea esta hoja, por favor. No tiene que firmarla. Si quiere firmar en papel, dígalo a quien le dio este enlace.",
    leave: "Salir ya de esta página",
    sign: spanish::WORDS.sign,
    name: "Su nombre completo",
    role: "Firmo como",
    signed_for: "Si firma por otra persona: el nombre completo de ella",
    signature: "Su firma",
    typed: "Escriba aquí su nombre completo para firmar",
    drawn: "O haga su firma en esta caja",
    how_to_draw: "Use el dedo, un lápiz o el ratón. Si no puede, escriba su nombre arriba.",
    clear: "Borrar la caja",
    electronic: "Quiero firmar en esta pantalla y no en papel.",
    go_on: "Seguir. Aún puede decir que no.",
    mend: "Mire esto, por favor:",
    no_name: "Escriba su nombre completo.",
    no_role: "Diga quién es usted.",
    no_signed_for: "Escriba el nombre completo de la persona por quien firma.",
    no_signature: "Escriba su nombre para firmar, o haga su firma.",
    no_drawing: "La firma no se puede usar. Hágala otra vez o escriba su nombre.",
    no_electronic: "Marque que quiere firmar en esta pantalla. O pida la hoja en papel.",
    right: "¿Es esto lo que quiere?",
    before_yes: "Si dice que sí, firma la hoja y vale desde ya.",
    yes: "Sí, eso es lo que quiero. Firmo.",
    no: "No, volver",
    signed: "Usted firmó la hoja",
    copy: "Esta es su copia. La puede imprimir. Aquí se ve solo por poco tiempo.",
    print: "Imprimir",
    done: "Ya está. Cerrar mi copia.",
    gone: "Este enlace no se puede usar",
    gone_why: "Quizá ya no vale, o no se copió bien. Pregunte a quien se lo dio.",
    later: "Ahora no funciona",
    later_why: "Pruebe otra vez en unos minutos, por favor.",
};

impl ScreenWords {
    /// The words in a language.
    #[must_use]
    pub const fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::Spanish => &SPANISH,
        }
    }

    /// In which capacity somebody signs.
    #[must_use]
    pub const fn role_words(&self, role: SignerRole) -> &'static str {
        role_words(self.language, role)
    }
}

#[cfg(test)]
mod tests {
    use gateway_types::Word as _;

    use super::super::readability::{flesch_kincaid_grade, inflesz};
    use super::*;

    /// Everything that is said, each on a line of its own.
    fn all(words: &ScreenWords) -> String {
        let mut lines = vec![
            words.begin,
            words.leave,
            words.sign,
            words.name,
            words.role,
            words.signed_for,
            words.signature,
            words.typed,
            words.drawn,
            words.how_to_draw,
            words.clear,
            words.electronic,
            words.go_on,
            words.mend,
            words.no_name,
            words.no_role,
            words.no_signed_for,
            words.no_signature,
            words.no_drawing,
            words.no_electronic,
            words.right,
            words.before_yes,
            words.yes,
            words.no,
            words.signed,
            words.copy,
            words.print,
            words.done,
            words.gone,
            words.gone_why,
            words.later,
            words.later_why,
        ];
        lines.extend(SignerRole::ALL.iter().map(|role| words.role_words(*role)));
        lines.join("\n")
    }

    #[test]
    fn what_stands_around_a_form_reads_as_easily_as_the_form() {
        let grade = flesch_kincaid_grade(&all(ScreenWords::of(Language::English)));
        assert!(grade <= 6.0, "grade {grade:.1}");
        let ease = inflesz(&all(ScreenWords::of(Language::Spanish)));
        assert!(ease >= 65.0, "INFLESZ {ease:.1}");
    }
}
