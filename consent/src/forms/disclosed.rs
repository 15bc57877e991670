//! Who got a client's records, as a page for the client: 45 CFR 164.528(b), 42 CFR 2.24 and 2.25, in plain words.
//!
//! Each line says when, who, what, why and what allowed it. Every page says the same about disclosures that may be kept off
//! it for a time (164.528(a)(2)), whether there are any or not.

use std::fmt::Write as _;

use gateway_types::vocabulary::{Basis, Category, PurposeOfUse, Word as _};
use gateway_types::{Date, Timestamp, WordSet};

use super::{DOCTYPE, FOOT, Language, MAIN, STYLE, escaped, spanish};
use crate::plain_words::{category_words, moment_words, purpose_words};

/// An accounting as it is given to the client.
#[derive(Clone, Debug)]
pub struct Disclosed {
    /// The agency whose records they were, by name.
    pub agency: String,
    /// The rule that asks for this accounting, as lawyers cite it.
    pub rule: &'static str,
    /// The first day it covers; `None`: all that is on record.
    pub since: Option<Date>,
    /// When it was made.
    pub made: Timestamp,
    /// What was disclosed, the oldest first.
    pub lines: Vec<DisclosedLine>,
}

/// One disclosure.
#[derive(Clone, Debug)]
pub struct DisclosedLine {
    /// When.
    pub at: Timestamp,
    /// Who received, by name.
    pub to: String,
    /// What.
    pub what: WordSet<Category>,
    /// Why.
    pub why: Option<PurposeOfUse>,
    /// What allowed it.
    pub bases: WordSet<Basis>,
    /// Where it stands in the log: number and event.
    pub mark: String,
}

/// What allowed a disclosure, so far as a client has to tell it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ground {
    Consent,
    Emergency,
    ByLaw,
    PublicHealth,
    Abuse,
    Oversight,
    Court,
    Police,
    Death,
    Research,
    Threat,
    Rules,
}

impl Ground {
    #[cfg(test)]
    const ALL: [Self; 12] = [
        Self::Consent,
        Self::Emergency,
        Self::ByLaw,
        Self::PublicHealth,
        Self::Abuse,
        Self::Oversight,
        Self::Court,
        Self::Police,
        Self::Death,
        Self::Research,
        Self::Threat,
        Self::Rules,
    ];

    const fn of(basis: Basis) -> Self {
        match basis {
            Basis::Hip508c
            | Basis::Hip508psy
            | Basis::P231a
            | Basis::P231b
            | Basis::P231d
            | Basis::P233
            | Basis::P235
            | Basis::P236 => Self::Consent,
            Basis::P251 => Self::Emergency,
            Basis::Hip512a => Self::ByLaw,
            Basis::Hip512b => Self::PublicHealth,
            Basis::Hip512c => Self::Abuse,
            Basis::Hip512d | Basis::P253 => Self::Oversight,
            Basis::Hip512e => Self::Court,
            Basis::Hip512f1i
            | Basis::Hip512f1iiA
            | Basis::Hip512f1iiB
            | Basis::Hip512f1iiC
            | Basis::Hip512f2
            | Basis::Hip512f3
            | Basis::Hip512f4
            | Basis::Hip512f5
            | Basis::Hip512f6 => Self::Police,
            Basis::Hip512g => Self::Death,
            Basis::Hip512i | Basis::P252 => Self::Research,
            Basis::Hip512j1 | Basis::Hip512j2 | Basis::Hip512j3 => Self::Threat,
            _ => Self::Rules,
        }
    }

    const fn in_words(self, language: Language) -> &'static str {
        let (english, spanish) = match self {
            Self::Consent => ("You said yes in writing.", "Usted dijo que sí por escrito."),
            Self::Emergency => (
                "You had a health emergency.",
                "Usted tuvo una emergencia de salud.",
            ),
            Self::ByLaw => ("A law says it must be told.", "Una ley manda decirlo."),
            Self::PublicHealth => (
                "The law lets them tell it to protect public health.",
                "La ley deja decirlo para cuidar la salud de todos.",
            ),
            Self::Abuse => (
                "The law lets them report abuse or neglect.",
                "La ley deja dar aviso de abuso o descuido.",
            ),
            Self::Oversight => (
                "The law lets the state check health care.",
                "La ley deja que el estado revise los servicios de salud.",
            ),
            Self::Court => ("A court or a hearing asked for it.", "Una corte lo pidió."),
            Self::Police => (
                "The law lets the police have it in a case like this.",
                "La ley deja que la policía lo tenga en un caso como este.",
            ),
            Self::Death => (
                "The law lets them tell it after a death.",
                "La ley deja decirlo cuando alguien muere.",
            ),
            Self::Research => (
                "The law lets it be used in a study.",
                "La ley deja usarlo en un estudio.",
            ),
            Self::Threat => (
                "The law lets them tell it to stop serious harm.",
                "La ley deja decirlo para evitar un daño grave.",
            ),
            Self::Rules => (
                "The rules for these records let them tell it.",
                "Las reglas de estos datos dejan decirlo.",
            ),
        };
        match language {
            Language::English => english,
            Language::Spanish => spanish,
        }
    }
}

/// What the page says around its lines.
struct Around {
    title: &'static str,
    whose: &'static str,
    since: &'static str,
    all: &'static str,
    none: &'static str,
    columns: [&'static str; 5],
    always: [&'static str; 3],
    made: &'static str,
    mark: &'static str,
    unstated: &'static str,
}

const ENGLISH: Around = Around {
    title: "Who got your records",
    whose: "This list is from {agency}. It shows who got your records from them.",
    since: "It goes back to {day}.",
    all: "It goes back as far as the list is kept.",
    none: "There is nothing on this list.",
    columns: ["When", "Who got it", "What they got", "Why", "What let it happen"],
    always: [
        "This page is made for one rule. Other rules have lists of their own.",
        "The law lets the police or a health agency ask us to leave some lines off for a time. \
         We say this on each list. It does not mean that this was done to yours.",
        "Do you have a question? Ask the people who gave you this page.",
    ],
    made: "Made on {day}.",
    mark: "Line {mark} in the log",
    unstated: "not told",
};

const SPANISH: Around = Around {
    title: "Quién recibió sus datos",
    whose: "Esta lista es de {agency}. Dice quién recibió de ellos sus datos.",
    since: "Va desde el {day}.",
    all: "Va desde que se guarda la lista.",
    none: "No hay nada en esta lista.",
    columns: [
        "Cuándo",
        "Quién lo recibió",
        "Qué recibió",
        "Por qué",
        "Qué lo deja",
    ],
    always: [
        "Esta hoja se hace para una regla. Otras reglas tienen su propia lista.",
        "La ley deja que la policía o una oficina de salud pida quitar líneas por un tiempo. \
         Lo decimos en cada lista. No quiere decir que se hizo en la suya.",
        "¿Tiene una pregunta? Hable con quien le dio esta hoja.",
    ],
    made: "Hecha el {day}.",
    mark: "Línea {mark} del registro",
    unstated: "no se dijo",
};

impl Language {
    const fn around(self) -> &'static Around {
        match self {
            Self::English => &ENGLISH,
            Self::Spanish => &SPANISH,
        }
    }

    fn moment(self, moment: Timestamp) -> String {
        match self {
            Self::English => moment_words(moment),
            Self::Spanish => spanish::day(moment),
        }
    }

    /// A day without an hour.
    fn date(self, date: Date) -> String {
        let told = self.moment(date.start_utc());
        told.split_once(", a")
            .map_or_else(|| told.clone(), |(day, _)| day.to_owned())
    }
}

/// What every accounting for a client says about lines that may be kept off it for a time, word for word.
#[must_use]
pub fn may_be_suspended(language: Language) -> &'static str {
    let [_, suspended, _] = language.around().always;
    suspended
}

impl DisclosedLine {
    /// What was told, each kind in words.
    pub fn what_in_words(&self, language: Language) -> impl Iterator<Item = &'static str> {
        self.what.iter().map(move |category| match language {
            Language::English => category_words(category),
            Language::Spanish => spanish::category(category),
        })
    }

    /// Why, in words.
    #[must_use]
    pub fn why_in_words(&self, language: Language) -> &'static str {
        self.why
            .map_or(language.around().unstated, |purpose| match language {
                Language::English => purpose_words(purpose),
                Language::Spanish => spanish::purpose(purpose),
            })
    }

    /// What allowed it, in words; each ground once.
    #[must_use]
    pub fn allowed_in_words(&self, language: Language) -> Vec<&'static str> {
        let mut grounds: Vec<Ground> = self.bases.iter().map(Ground::of).collect();
        grounds.sort_unstable();
        grounds.dedup();
        // That the rules allow it says no more where one of them is told by name.
        if grounds.len() > 1 {
            grounds.retain(|ground| *ground != Ground::Rules);
        }
        grounds
            .into_iter()
            .map(|ground| ground.in_words(language))
            .collect()
    }
}

impl Disclosed {
    /// As one page of HTML that prints on paper and that a screen reader can follow.
    #[must_use]
    pub fn page(&self, language: Language) -> String {
        let around = language.around();
        let mut html = format!(
            "{DOCTYPE}{}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
             <style>{STYLE}{TABLE}</style>\n</head>\n<body>\n{MAIN}<h1>{}</h1>\n",
            language.tag(),
            around.title,
            around.title,
        );
        let whose = around.whose.replace("{agency}", &escaped(&self.agency));
        let reach = self.since.map_or_else(
            || around.all.to_owned(),
            |since| around.since.replace("{day}", &language.date(since)),
        );
        let _ = writeln!(html, "<p>{whose} {reach}</p>");
        if self.lines.is_empty() {
            let _ = writeln!(html, "<p class=\"short\">{}</p>", around.none);
        } else {
            self.table(&mut html, language);
        }
        html.push_str("<ul class=\"know\">\n");
        for line in around.always {
            let _ = writeln!(html, "<li>{line}</li>");
        }
        let made = around.made.replace("{day}", &language.moment(self.made));
        let _ = write!(html, "</ul>\n<p class=\"mark\">{made} {}</p>\n{FOOT}", self.rule);
        html
    }

    fn table(&self, html: &mut String, language: Language) {
        let around = language.around();
        let _ = write!(html, "<table>\n<caption>{}</caption>\n<thead><tr>", around.title);
        for column in around.columns {
            let _ = write!(html, "<th scope=\"col\">{column}</th>");
        }
        html.push_str("</tr></thead>\n<tbody>\n");
        for line in &self.lines {
            let codes: Vec<_> = line.bases.iter().map(|basis| basis.code()).collect();
            let _ = writeln!(
                html,
                "<tr><th scope=\"row\">{}<br><span class=\"mark\">{}</span></th><td>{}</td><td>{}</td><td>{}</td>\
                 <td>{} <span class=\"mark\">({})</span></td></tr>",
                language.moment(line.at),
                around.mark.replace("{mark}", &escaped(&line.mark)),
                escaped(&line.to),
                line.what_in_words(language).collect::<Vec<_>>().join("; "),
                line.why_in_words(language),
                line.allowed_in_words(language).join(" "),
                codes.join(", "),
            );
        }
        html.push_str("</tbody>\n</table>\n");
    }
}

/// Beside the style of a form.
const TABLE: &str = "main{max-width:60rem}table{border-collapse:collapse;width:100%;margin:1rem 0}\
caption{text-align:left;font-weight:600}th,td{border:1pt solid #111;padding:.3rem .4rem;text-align:left;vertical-align:top}\
thead{display:table-header-group}tr{break-inside:avoid}th[scope=row]{font-weight:400}";

#[cfg(test)]
mod tests {
    use super::super::readability::{flesch_kincaid_grade, inflesz};
    use super::*;

    fn disclosed(lines: Vec<DisclosedLine>) -> Disclosed {
        Disclosed {
            agency: "Cedar & Sons".to_owned(),
            rule: "42 CFR 2.25",
            since: Date::new(2023, 11, 23),
            made: "2026-11-23T14:05:00Z".parse().unwrap(),
            lines,
        }
    }

    fn line(bases: &[Basis]) -> DisclosedLine {
        DisclosedLine {
            at: "2026-11-22T17:05:00Z".parse().unwrap(),
            to: "Harbor <Crisis>".to_owned(),
            what: [Category::Medications, Category::Conditions]
                .into_iter()
                .collect(),
            why: Some(PurposeOfUse::Treat),
            bases: bases.iter().copied().collect(),
            mark: "21 1c55d8".to_owned(),
        }
    }

    #[test]
    fn each_line_says_when_who_what_why_and_what_allowed_it() {
        let page = disclosed(vec![line(&[Basis::P231a, Basis::Hip506a])]).page(Language::English);
        for said in [
            "November 22, 2026 at 17:05 (UTC)",
            "Harbor &lt;Crisis&gt;",
            "Cedar &amp; Sons",
            "It goes back to November 23, 2023.",
            "your medicines; your health problems",
            "to treat you",
            "You said yes in writing. <span",
            "HIP-506a, P2-31a",
            "Line 21 1c55d8 in the log",
            "42 CFR 2.25",
        ] {
            assert!(page.contains(said), "`{said}` in {page}");
        }
        let page = disclosed(vec![line(&[Basis::Hip512j1])]).page(Language::Spanish);
        for said in [
            "<html lang=\"es\">",
            "22 de noviembre de 2026 a las 17:05",
            "Va desde el 23 de noviembre de 2023.",
            "para evitar un daño grave",
        ] {
            assert!(page.contains(said), "`{said}` in {page}");
        }
    }

    #[test]
    fn a_list_with_lines_or_none_says_the_same_about_suspensions() {
        for language in Language::ALL {
            for lines in [Vec::new(), vec![line(&[Basis::Hip512f2])]] {
                let page = disclosed(lines).page(language);
                assert_eq!(page.matches(may_be_suspended(language)).count(), 1);
            }
        }
    }

    /// All that the page can say of its own.
    fn text(language: Language) -> String {
        let around = language.around();
        let mut lines = vec![around.title, around.whose, around.since, around.all, around.none];
        lines.extend(around.columns);
        lines.extend(around.always);
        lines.extend(Ground::ALL.map(|ground| ground.in_words(language)));
        lines.push(around.unstated);
        lines.join("\n")
    }

    #[test]
    fn it_reads_as_easily_as_a_form() {
        let grade = flesch_kincaid_grade(&text(Language::English));
        assert!(grade <= 6.0, "grade {grade:.1}");
        let ease = inflesz(&text(Language::Spanish));
        assert!(ease >= 65.0, "INFLESZ {ease:.1}");
    }
}
