//! The rules that an emergency incident data object is held to.

use crate::report::rules;

rules! { pub(super) static;
    TOO_LARGE: "too-large", RefusesPush,
        "the document is larger, or has more values, than is accepted", "send one incident at a time";
    SYNTAX: "not-json", RefusesPush,
        "not valid JSON (the row is the line)", "send the object as the system made it";
    REPEATED_KEY: "repeated-key", RefusesPush,
        "an object names a key twice (the row is the line)", "a key may stand once";
    TOO_DEEP: "too-deep", RefusesPush,
        "nested more deeply than any incident (the row is the line)", "check what made the document";
    NOTHING_TAKEN: "nothing-taken", RefusesPush,
        "not one person of any incident could be taken", "correct what the other findings name";
    NOT_EIDO: "not-eido", RefusesRow,
        "not an object of eidoVersion 1.0", "send EIDO-JSON of NENA-STA-021.1b";
    NO_INCIDENT: "no-incident", RefusesRow,
        "the object does not say which incident it is about", "send it with one incidentComponent and an $id";
    REPEATED_ID: "repeated-id", RefusesRow,
        "two components have the same $id, so that a reference to it means two things", "give each its own";
    BAD_TIME: "bad-time", RefusesRow,
        "the time of the last update is missing or cannot be read", "send it with its zone";
    BAD_BIRTH_DATE: "bad-birth-date", RefusesRow,
        "the birth date cannot be read, so the person's age is not known", "send a full date, or none";
    NOBODY: "about-nobody", RefusesRow,
        "no person is named in full, so the incident belongs to no client's record", "keep incidents without a known person to yourself";
    THIRD_PARTY: "third-party", Barred,
        "the person is a caller, victim or witness, or has no role; nothing about them was kept", "send subjects only";
    JUVENILE: "juvenile", Barred,
        "the person was under eighteen; nothing about them was kept", "leave out incidents about minors";
    NCIC: "ncic-return", Barred,
        "the incident carries what looks like an NCIC or III return (28 CFR 20.33); it was not kept", "take these returns out";
    ARREST: "arrest-notation", Warning,
        "the incident mentions an arrest, charge or warrant; it is kept as criminal history and withheld accordingly", "leave arrests out";
    NOT_KEPT: "component-not-kept", Warning,
        "a component that is not read here; nothing of it was kept", "nothing needs to be done";
}
