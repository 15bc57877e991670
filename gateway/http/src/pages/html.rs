//! The pages themselves. Everything that somebody wrote is escaped; a drawing is drawn by us from its numbers.

use std::fmt::Write as _;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use consent::{Hand, Language, ScreenWords, escaped};
use gateway_exchange::consents::{Copy, Danger, Signing, ToSign};
use gateway_types::Word as _;
use gateway_types::vocabulary::SignerRole;

use super::Pages;
use super::filled::{Fault, Filled};

struct Page {
    status: StatusCode,
    html: String,
}

impl Page {
    /// The beginning of a page. Its title tells nothing.
    fn begin(status: StatusCode, language: Language) -> Self {
        let (tag, title) = (language.tag(), ScreenWords::of(language).title);
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
             <link rel=\"stylesheet\" href=\"/page.css\">\n<script src=\"/page.js\" defer></script>\n</head>\n<body>\n"
        );
        Self { status, html }
    }

    fn push(&mut self, html: &str) {
        self.html.push_str(html);
        self.html.push('\n');
    }

    fn way_out(&mut self, pages: &Pages, language: Language, danger: Danger) {
        if danger == Danger::VictimService {
            let words = ScreenWords::of(language);
            let _ = writeln!(
                self.html,
                "<p class=\"leave\"><a id=\"leave\" href=\"{}\" rel=\"noreferrer\">{}</a></p>",
                escaped(&pages.leave_to),
                words.leave,
            );
        }
    }

    fn end(mut self) -> Response {
        self.html.push_str("</main>\n</body>\n</html>\n");
        let media_type = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
        (self.status, media_type, self.html).into_response()
    }
}

/// The one page for whatever is wrong with a link, in both languages: which one is wanted, nobody knows.
pub(super) fn gone() -> Response {
    notice(StatusCode::NOT_FOUND, |words| (words.gone, words.gone_why))
}

/// The page for when it does not work now.
pub(super) fn later(status: StatusCode) -> Response {
    notice(status, |words| (words.later, words.later_why))
}

fn notice(status: StatusCode, say: fn(&ScreenWords) -> (&'static str, &'static str)) -> Response {
    let mut page = Page::begin(status, Language::English);
    page.push("<main>");
    for language in Language::ALL {
        let (heading, why) = say(ScreenWords::of(language));
        let _ = writeln!(
            page.html,
            "<section lang=\"{}\">\n<h1>{heading}</h1>\n<p>{why}</p>\n</section>",
            language.tag()
        );
    }
    page.end()
}

/// The form, with what was filled in so far.
pub(super) fn form(
    pages: &Pages,
    secret: &str,
    form: &ToSign,
    filled: &Filled,
    faults: &[Fault],
) -> Response {
    let language = filled.language;
    let words = ScreenWords::of(language);
    let mut page = Page::begin(StatusCode::OK, language);
    page.way_out(pages, language, form.danger());
    let path = escaped(secret);
    page.push("<nav>");
    for other in Language::ALL.into_iter().filter(|other| *other != language) {
        let (tag, name) = (other.tag(), own_name(other));
        let _ = writeln!(
            page.html,
            "<a href=\"/sign/{path}?language={tag}\" hreflang=\"{tag}\" lang=\"{tag}\">{name}</a>"
        );
    }
    page.push("</nav>\n<main>");
    list_faults(&mut page, words, faults);
    let _ = writeln!(page.html, "<p class=\"begin\">{}</p>", words.begin);
    page.push("<section class=\"form\">");
    page.push(form.form(language));
    page.push("</section>");
    let _ = writeln!(page.html, "<h2 id=\"sign\">{}</h2>", words.sign);
    let _ = writeln!(
        page.html,
        "<form method=\"post\" action=\"/sign/{path}/review\" autocomplete=\"off\" novalidate>"
    );
    hidden(&mut page, "language", language.tag());
    hidden(&mut page, "shown", &form.digest().to_string());
    field(
        &mut page,
        "name",
        words.name,
        &filled.name,
        fault(faults, &[Fault::Name]),
    );
    roles(&mut page, words, form, filled, faults);
    signature(&mut page, words, filled, faults);
    let wrong = fault(faults, &[Fault::Electronic]);
    let _ = writeln!(
        page.html,
        "<p class=\"choice\"><input type=\"checkbox\" id=\"electronic\" name=\"electronic\" value=\"yes\"{}{}> \
         <label for=\"electronic\">{}</label></p>",
        if filled.electronic { " checked" } else { "" },
        wrong.map_or("", |_| INVALID),
        words.electronic,
    );
    let _ = writeln!(
        page.html,
        "<p><button type=\"submit\">{}</button></p>\n</form>",
        words.go_on
    );
    page.end()
}

const INVALID: &str = " aria-invalid=\"true\" aria-describedby=\"errors\"";

fn fault(faults: &[Fault], of: &[Fault]) -> Option<Fault> {
    faults.iter().copied().find(|fault| of.contains(fault))
}

/// Everything that is wrong, each leading to its field.
fn list_faults(page: &mut Page, words: &ScreenWords, faults: &[Fault]) {
    if faults.is_empty() {
        return;
    }
    let _ = writeln!(
        page.html,
        "<div class=\"errors\" id=\"errors\" role=\"alert\" tabindex=\"-1\">\n<h2>{}</h2>\n<ul>",
        words.mend
    );
    for fault in faults {
        let (field, said) = match fault {
            Fault::Name => ("name", words.no_name),
            Fault::Role => ("role", words.no_role),
            Fault::SignedFor => ("signed_for", words.no_signed_for),
            Fault::Signature => ("typed", words.no_signature),
            Fault::Drawing => ("typed", words.no_drawing),
            Fault::Electronic => ("electronic", words.no_electronic),
        };
        let _ = writeln!(page.html, "<li><a href=\"#{field}\">{said}</a></li>");
    }
    page.push("</ul>\n</div>");
}

fn hidden(page: &mut Page, name: &str, value: &str) {
    let _ = writeln!(
        page.html,
        "<input type=\"hidden\" name=\"{name}\" value=\"{}\">",
        escaped(value)
    );
}

fn field(page: &mut Page, name: &str, label: &str, value: &str, fault: Option<Fault>) {
    let _ = writeln!(
        page.html,
        "<p><label for=\"{name}\">{label}</label>\n<input type=\"text\" id=\"{name}\" name=\"{name}\" value=\"{}\" \
         maxlength=\"120\" autocomplete=\"off\" spellcheck=\"false\"{}></p>",
        escaped(value),
        fault.map_or("", |_| INVALID),
    );
}

/// In which capacity. Nothing is chosen beforehand; if there is but one, it is said.
fn roles(page: &mut Page, words: &ScreenWords, form: &ToSign, filled: &Filled, faults: &[Fault]) {
    let all: Vec<SignerRole> = form.roles().collect();
    let wrong = fault(faults, &[Fault::Role]).map_or("", |_| " aria-describedby=\"errors\"");
    let _ = writeln!(
        page.html,
        "<fieldset id=\"role\" tabindex=\"-1\"{wrong}>\n<legend>{}</legend>",
        words.role
    );
    match all.as_slice() {
        [only] => {
            let _ = writeln!(page.html, "<p>{}</p>", words.role_words(*only));
        }
        several => {
            for role in several {
                let (code, said) = (role.code(), words.role_words(*role));
                let chosen = if filled.role == Some(*role) {
                    " checked"
                } else {
                    ""
                };
                let _ = writeln!(
                    page.html,
                    "<p class=\"choice\"><input type=\"radio\" id=\"role-{code}\" name=\"role\" value=\"{code}\"{chosen}> \
                     <label for=\"role-{code}\">{said}</label></p>"
                );
            }
        }
    }
    page.push("</fieldset>");
    if all.iter().any(|role| *role != SignerRole::Client) {
        let wrong = fault(faults, &[Fault::SignedFor]);
        field(page, "signed_for", words.signed_for, &filled.signed_for, wrong);
    }
}

/// The signature: typed always, drawn where a script runs.
fn signature(page: &mut Page, words: &ScreenWords, filled: &Filled, faults: &[Fault]) {
    let _ = writeln!(page.html, "<fieldset>\n<legend>{}</legend>", words.signature);
    let wrong = fault(faults, &[Fault::Signature, Fault::Drawing]);
    field(page, "typed", words.typed, &filled.typed, wrong);
    // Of a drawing that cannot be used nothing goes back.
    let strokes = if fault(faults, &[Fault::Drawing]).is_some() {
        ""
    } else {
        &filled.strokes
    };
    hidden(page, "strokes", strokes);
    let _ = writeln!(
        page.html,
        "<div id=\"draw\" hidden>\n<p id=\"drawn\">{}</p>\n<p id=\"how\" class=\"hint\">{}</p>\n\
         <canvas id=\"pad\" width=\"1000\" height=\"400\" role=\"img\" aria-labelledby=\"drawn\" aria-describedby=\"how\"></canvas>\n\
         <p><button type=\"button\" id=\"clear\" class=\"quiet\">{}</button></p>\n</div>\n</fieldset>",
        words.drawn, words.how_to_draw, words.clear,
    );
}

/// What is read back before anything counts.
pub(super) fn review(
    pages: &Pages,
    secret: &str,
    form: &ToSign,
    filled: &Filled,
    signing: &Signing,
) -> Response {
    let language = filled.language;
    let words = ScreenWords::of(language);
    let mut page = Page::begin(StatusCode::OK, language);
    page.way_out(pages, language, form.danger());
    page.push("<main>");
    let _ = writeln!(page.html, "<h1>{}</h1>", words.right);
    let _ = writeln!(
        page.html,
        "<p class=\"short\">{}</p>",
        escaped(form.read_back(language))
    );
    page.push("<dl>");
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(page.html, "<dt>{label}</dt>\n<dd>{value}</dd>");
    };
    line(words.name, &escaped(signing.name.as_str()));
    line(words.role, words.role_words(signing.role));
    if let Some(client) = &signing.signed_for {
        line(words.signed_for, &escaped(client.as_str()));
    }
    match &signing.hand {
        Hand::Typed(name) => line(
            words.signature,
            &format!("<span class=\"typed\">{}</span>", escaped(name.as_str())),
        ),
        Hand::Drawn(drawing) => line(words.signature, &drawing.to_svg(words.signature)),
    }
    page.push("</dl>");
    let _ = writeln!(page.html, "<p>{}</p>", words.before_yes);
    let path = escaped(secret);
    let _ = writeln!(
        page.html,
        "<form method=\"post\" action=\"/sign/{path}/yes\" autocomplete=\"off\">"
    );
    hidden(&mut page, "language", language.tag());
    hidden(&mut page, "shown", &form.digest().to_string());
    hidden(&mut page, "name", &filled.name);
    hidden(&mut page, "role", signing.role.code());
    hidden(&mut page, "signed_for", &filled.signed_for);
    hidden(&mut page, "typed", &filled.typed);
    hidden(&mut page, "strokes", &filled.strokes);
    hidden(&mut page, "electronic", "yes");
    let _ = writeln!(
        page.html,
        "<p><button type=\"submit\" id=\"yes\">{}</button></p>\n\
         <p><button type=\"submit\" id=\"no\" class=\"quiet\" formaction=\"/sign/{path}/back\">{}</button></p>\n</form>",
        words.yes, words.no,
    );
    page.end()
}

/// The copy of what was signed, byte by byte as it is kept.
pub(super) fn copy(pages: &Pages, secret: &str, copy: &Copy) -> Response {
    let words = ScreenWords::of(copy.language);
    let mut page = Page::begin(StatusCode::OK, copy.language);
    page.way_out(pages, copy.language, copy.danger);
    page.push("<main>");
    let _ = writeln!(
        page.html,
        "<div class=\"done\" role=\"status\">\n<p><strong>{}</strong></p>\n<p>{}</p>\n\
         <p><button type=\"button\" id=\"print\" hidden>{}</button></p>\n\
         <form method=\"post\" action=\"/sign/{}/done\"><p><button type=\"submit\" id=\"done\" class=\"quiet\">{}</button></p></form>\n</div>",
        words.signed,
        words.copy,
        words.print,
        escaped(secret),
        words.done,
    );
    page.push("<section class=\"form\">");
    page.push(&copy.body);
    page.push("</section>");
    page.end()
}

const fn own_name(language: Language) -> &'static str {
    match language {
        Language::English => "English",
        Language::Spanish => "Español",
    }
}
