//! The rules that a field form is held to.

use crate::report::rules;

rules! { pub(super) static;
    TOO_LARGE: "too-large", RefusesPush,
        "the document is larger, or has more forms or values, than is accepted", "send fewer forms at a time";
    SYNTAX: "not-json", RefusesPush,
        "not valid JSON (the row is the line)", "send one form as an object, or an array of forms";
    REPEATED_KEY: "repeated-key", RefusesPush,
        "an object names a key twice (the row is the line)", "a key may stand once";
    TOO_DEEP: "too-deep", RefusesPush,
        "nested more deeply than any form (the row is the line)", "compare with the schema";
    NOTHING_TAKEN: "nothing-taken", RefusesPush,
        "not one form could be taken", "correct what the other findings name";
    NOT_A_FORM: "not-a-form", RefusesRow,
        "not an object with a `form` that is known here",
        "cit_contact, diversion_referral, overdose_event and lethality_screen are";
    UNKNOWN_KEY: "unknown-key", RefusesRow,
        "a key that the form does not have (told by its place among the keys, in alphabetical order)", "remove or rename it";
    MISSING: "missing-key", RefusesRow,
        "the key is missing", "add it";
    BAD_VALUE: "bad-value", RefusesRow,
        "not a value that this key takes", "compare with the schema";
    NOBODY: "about-nobody", RefusesRow,
        "the form names no person in full, so it belongs to no client's record",
        "keep forms without a known person to yourself; counts need no names";
    DUPLICATE: "duplicate-form", RefusesRow,
        "another form of this kind has this id; the first was taken", "give each form its own id";
    JUVENILE: "juvenile", Barred,
        "the person was under eighteen; the form was not kept", "leave out forms about minors";
    NCIC: "ncic-return", Barred,
        "a text carries what looks like an NCIC or III return (28 CFR 20.33); the form was not kept",
        "take these returns out of the form";
    ANSWERS: "lethality-answers", Barred,
        "the answers of a lethality screen go to the domestic violence programme alone; the form was not kept",
        "send the result only";
    ARREST: "arrest-notation", Warning,
        "a text mentions an arrest, charge or warrant; the form is kept as criminal history and withheld accordingly",
        "leave arrests out of texts";
}
