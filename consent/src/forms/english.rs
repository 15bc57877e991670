//! The forms in English, for a reader of sixth grade.

use gateway_types::vocabulary::{ConsentKind, Statement};

use super::{NameOf, Told, Words, information};
use crate::plain_words::{
    Mentioned, agency_name, category_words, class_words, end_words, list, person_name, purpose_words,
};
use crate::terms::Terms;

pub(super) static WORDS: Words = Words {
    title,
    who: "Who may share",
    whom: "With whom",
    what: "What they may share",
    why: "Why",
    until: "Until when",
    know: "What you should know",
    short: "In short",
    case: "It is only for this case: {case}.",
    gateway: "The records pass through Assent, the shared system that checks this form.",
    not_investigate: "It may not be used to investigate you.",
    take_back: "You can take this back at any time. Tell or write to {from}. What was shared by then cannot be taken back.",
    statement,
    sign: "If you agree, sign here",
    name: "Your name",
    born: "Your birth date",
    signature: "Sign here",
    date: "Date",
    signer: "If you sign for someone else: who you are to them, and what lets you sign",
    parent: "Parent or guardian, if one has to sign too",
    staff: "Staff who read this with you",
    read_back: "The lines under \u{201c}In short\u{201d} were read to me. That is what I want.",
    copy: "I got a copy of this form.",
    tell,
    told,
};

fn title(kind: ConsentKind) -> &'static str {
    match kind {
        ConsentKind::Tpo => "Yes to sharing my drug or alcohol care records for my care",
        ConsentKind::Named => "Yes to sharing my records with those named here",
        ConsentKind::Notes => "Yes to sharing my therapist\u{2019}s separate notes",
        ConsentKind::LegalProceedings => "Yes to using my drug or alcohol care records in a case",
        ConsentKind::CriminalJustice => "Yes to telling the court team how my care goes",
        ConsentKind::Authorization => "Yes to sharing my health records",
        ConsentKind::VawaRelease => "Short-term yes to sharing what I told my advocate",
        ConsentKind::Research => "Yes to using my records in a study",
        ConsentKind::HmisRoi => "Yes to sharing my records to find me a home or help",
    }
}

fn statement(statement: Statement) -> &'static str {
    match statement {
        Statement::Part2RedisclosureByHipaaHolders => {
            "A clinic, a health plan, or those who work for them may share these records again if the health privacy \
             law (HIPAA) lets them. They may not use them against you. That means no civil or criminal case, no case \
             by the government, and no hearing by lawmakers."
        }
        Statement::Part2RightToRevoke => {
            "You can take this back at any time. Write to {from}. You can also tell us, and we will stop at once. \
             What was shared by then cannot be taken back."
        }
        Statement::Part2RedisclosurePotential => {
            "Those who get your records may share them again. Then the rules that guard drug and alcohol records may \
             not guard them any more."
        }
        Statement::Part2RefusalConsequences => {
            "You can say no. Then we do not share for your care, for pay, or to run our work. Those who care for you \
             will know less, and you may have to pay some of the cost."
        }
        Statement::HipaaRightToRevoke => {
            "You can take this back at any time. Write to {from}. What was shared by then cannot be taken back."
        }
        Statement::HipaaConditioning => {
            "You do not have to sign. You get the same care, the same price, and the same help if you say no."
        }
        Statement::HipaaRedisclosurePotential => {
            "Those who get this may share it again. Then the health privacy law may not guard it any more."
        }
        Statement::CjReasonablePeriod => {
            "It lasts as long as the court team needs it for your case, and no longer. {end}"
        }
        Statement::CjRevocableEvent => {
            "Your release or sentence may hang on this care. So you cannot take this back before that time. After it, you can."
        }
        Statement::VawaReason => {
            "We talked with you about why this is shared, and with whom. The reason: {why}."
        }
        Statement::VawaDuration => "It is only for a short time. {end}",
        Statement::VawaVoluntary => "You do not have to sign. You get our help if you sign or not.",
        Statement::VaApprovedForm => "The VA takes this form for the records that it has to guard most.",
    }
}

fn told(terms: &Terms, name_of: &NameOf<'_>) -> Told {
    let name_of = |mentioned: Mentioned<'_>| name_of(mentioned);
    let by_person =
        |id: &gateway_types::AgencyId| terms.recipients.persons.iter().any(|person| person.agency == *id);
    let mut from: Vec<String> = terms
        .discloser
        .agencies
        .iter()
        .map(|id| agency_name(id, &name_of))
        .collect();
    from.extend(class_words(terms.discloser.classes));
    let mut to: Vec<String> = terms
        .recipients
        .persons
        .iter()
        .map(|person| person_name(person, &name_of))
        .collect();
    let agencies = terms.recipients.agencies.iter().filter(|id| !by_person(id));
    to.extend(agencies.map(|id| agency_name(id, &name_of)));
    to.extend(class_words(terms.recipients.classes));
    Told {
        from,
        to,
        what: information(
            terms.categories,
            category_words,
            "all your records (not notes that a therapist keeps apart)",
        ),
        why: terms
            .purposes
            .iter()
            .map(|word| purpose_words(word).to_owned())
            .collect(),
        end: end_words(terms.expiry),
    }
}

fn tell(told: &Told) -> String {
    format!(
        "This lets {} tell {} about {}. The reason: {}. {}",
        list(&told.from, "and"),
        list(&told.to, "and"),
        list(&told.what, "and"),
        list(&told.why, "and"),
        told.end,
    )
}
