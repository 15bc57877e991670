//! Every kind in both languages: what has to be said is said, readably, and nothing that the terms do not say.

use gateway_types::Word as _;
use gateway_types::vocabulary::{Category, PurposeOfUse};

use super::readability::{flesch_kincaid_grade, inflesz};
use super::*;
use crate::CategoryScope;
use crate::tests::good_terms;

fn name_of(mentioned: Mentioned<'_>) -> Option<String> {
    Some(match mentioned {
        Mentioned::Agency(id) if id.as_str() == "cedar-recovery" => "Cedar House".to_owned(),
        Mentioned::Agency(_) => "Harbor Team".to_owned(),
        Mentioned::Person(_) => "Imani Reyes".to_owned(),
    })
}

/// Good terms with no statement but those that the kind has to carry.
fn terms(kind: ConsentKind) -> Terms {
    let mut terms = good_terms(kind);
    terms.statements = terms.required_statements();
    terms
}

/// What a reader sees: a line for each block.
fn visible(html: &str) -> String {
    let body = html.split("<body>").nth(1).unwrap();
    let mut text = String::new();
    let mut inside = false;
    for letter in body.chars() {
        match letter {
            '<' => {
                inside = true;
                text.push('\n');
            }
            '>' => inside = false,
            _ if !inside => text.push(letter),
            _ => {}
        }
    }
    text.replace("&amp;", "&").replace("&#39;", "'")
}

#[test]
fn every_kind_can_be_read_at_sixth_grade_in_english_and_easily_in_spanish() {
    for kind in ConsentKind::ALL {
        let form = |language| visible(&terms(*kind).form(language, &name_of).unwrap());
        let grade = flesch_kincaid_grade(&form(Language::English));
        assert!(grade <= 6.0, "{kind}: grade {grade:.1}");
        let ease = inflesz(&form(Language::Spanish));
        assert!(ease >= 65.0, "{kind}: INFLESZ {ease:.1}");
    }
}

#[test]
fn the_statements_themselves_can_be_read() {
    for statement in Statement::ALL {
        let fill = |text: &str| {
            text.replace("{from}", "Cedar House")
                .replace("{end}", "It ends soon.")
                .replace("{why}", "to treat you")
        };
        let grade = flesch_kincaid_grade(&fill((english::WORDS.statement)(*statement)));
        assert!(grade <= 7.0, "{statement}: grade {grade:.1}");
        let ease = inflesz(&fill((spanish::WORDS.statement)(*statement)));
        assert!(ease >= 55.0, "{statement}: INFLESZ {ease:.1}");
    }
}

#[test]
fn what_is_on_record_is_printed_and_nothing_else() {
    for language in Language::ALL {
        let words = language.words();
        for kind in ConsentKind::ALL {
            let terms = terms(*kind);
            let shown = visible(&terms.form(language, &name_of).unwrap());
            let told = (words.told)(&terms, &name_of);
            for part in told
                .from
                .iter()
                .chain(&told.to)
                .chain(&told.what)
                .chain(&told.why)
            {
                assert!(shown.contains(part), "{kind} {language:?}: {part}");
            }
            assert!(shown.contains(&told.end), "{kind} {language:?}");
            let sentence = terms.read_back(language, &name_of).unwrap();
            assert!(shown.contains(&sentence), "{kind} {language:?}: {sentence}");
            for statement in Statement::ALL {
                let text = (words.statement)(*statement);
                let first = text.split(['{', '.']).next().unwrap();
                // Two statements that say the same at first are told apart by their second sentence.
                let printed = shown.contains(first);
                let carried = terms
                    .statements
                    .iter()
                    .any(|carried| (words.statement)(carried).starts_with(first));
                let others = [words.take_back, words.case, words.gateway];
                if !others.iter().any(|other| other.starts_with(first)) {
                    assert_eq!(printed, carried, "{kind} {language:?} {statement}");
                }
            }
            let mut wider = terms.clone();
            wider.categories = CategoryScope::Only(Category::ALL.iter().copied().collect());
            wider.purposes = PurposeOfUse::ALL.iter().copied().collect();
            wider.statements = wider.required_statements();
            assert_ne!(wider.form(language, &name_of), terms.form(language, &name_of));
        }
    }
}

#[test]
fn each_statement_missing_in_turn_makes_no_form() {
    for kind in ConsentKind::ALL {
        for statement in terms(*kind).statements.iter() {
            let mut less = terms(*kind);
            less.statements.remove(statement);
            for language in Language::ALL {
                assert_eq!(
                    less.form(language, &name_of),
                    Err(NoForm::Lacks(statement)),
                    "{kind}"
                );
            }
        }
        for empty in [
            (|terms: &mut Terms| terms.discloser = crate::Discloser::default()) as fn(&mut Terms),
            |terms| terms.recipients = crate::Recipients::default(),
            |terms| terms.categories = CategoryScope::default(),
            |terms| terms.purposes = gateway_types::WordSet::EMPTY,
            |terms| terms.expiry = Expiry::Unstated,
        ] {
            let mut less = terms(*kind);
            empty(&mut less);
            assert_eq!(
                less.form(Language::English, &name_of),
                Err(NoForm::Incomplete),
                "{kind}"
            );
        }
    }
    let mut barred = terms(ConsentKind::Tpo);
    barred.combined_with.insert(ConsentKind::Notes);
    assert!(matches!(
        barred.form(Language::Spanish, &name_of),
        Err(NoForm::Combination(_))
    ));
}

#[test]
fn the_page_is_well_formed_says_its_language_and_lets_no_name_break_out() {
    let evil = |_: Mentioned<'_>| Some("<script>alert('x')</script> & \"Co\"".to_owned());
    for kind in ConsentKind::ALL {
        for language in Language::ALL {
            let html = terms(*kind).form(language, &evil).unwrap();
            assert!(html.starts_with(&format!("<!DOCTYPE html>\n<html lang=\"{}\">", language.tag())));
            assert!(!html.contains("<script"), "{kind}");
            assert_eq!(html.matches("<h1>").count(), 1);
            assert!(
                !html.contains('{')
                    || html
                        .split("</style>")
                        .nth(1)
                        .is_some_and(|body| !body.contains('{'))
            );
            let mut open = Vec::new();
            for tag in html.split('<').skip(2).filter_map(|rest| rest.split('>').next()) {
                match tag.strip_prefix('/') {
                    Some(closed) => assert_eq!(open.pop(), Some(closed.to_owned()), "{kind}"),
                    None if tag.starts_with("meta") => {}
                    None => open.push(tag.split(' ').next().unwrap().to_owned()),
                }
            }
            assert!(open.is_empty(), "{kind}: {open:?}");
        }
    }
}

#[test]
fn the_sentence_read_back_is_the_one_that_the_record_gives() {
    for kind in ConsentKind::ALL {
        let sentence = terms(*kind).read_back(Language::English, &name_of).unwrap();
        let recorded = crate::tests::signed(terms(*kind)).confirm_back(name_of);
        assert!(recorded.starts_with(&sentence), "{kind}: {sentence}\n{recorded}");
    }
}

/// What WeasyPrint 57 does not read it leaves out, with the line to sign on; what has no place to break is wider than a
/// phone.
#[test]
fn the_style_is_read_by_what_prints_it_and_lets_the_digest_break() {
    for newer in [
        "gap", "min(", "max(", "clamp(", "grid", "var(", "@layer", ":has(", "dvh",
    ] {
        assert!(!STYLE.contains(newer), "{newer}");
    }
    assert!(STYLE.contains("main{overflow-wrap:anywhere}"));
    for language in Language::ALL {
        let consent = crate::tests::signed(terms(ConsentKind::Tpo));
        let html = consent.form(language, &name_of, &"0f".repeat(32)).unwrap();
        let (_, main) = html.split_once("<main>").unwrap();
        let (main, _) = main.split_once("</main>").unwrap();
        assert!(
            main.contains(&"0f".repeat(32)),
            "the digest stands in `main`, which may be broken anywhere"
        );
    }
}

/// For looking at: `ASSENT_WRITE_FORMS=<folder> cargo test -p consent forms`.
#[test]
fn pages_can_be_written_to_be_looked_at() {
    let Some(folder) = std::env::var_os("ASSENT_WRITE_FORMS") else {
        return;
    };
    for kind in ConsentKind::ALL {
        for language in Language::ALL {
            let digest = format!("sha256:{}", "0f".repeat(32));
            let consent = crate::tests::signed(terms(*kind));
            let html = consent.form(language, &name_of, &digest).unwrap();
            let file = format!("{}-{}.html", kind.code(), language.tag());
            std::fs::write(std::path::Path::new(&folder).join(file), html).unwrap();
        }
    }
}
