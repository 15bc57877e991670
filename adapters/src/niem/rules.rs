//! The rules that a NIEM exchange is held to.

use crate::report::rules;

rules! { pub(super) static;
    TOO_LARGE: "too-large", RefusesPush,
        "the document is larger, or has more elements or attributes, than is accepted", "send fewer reports at a time";
    TOO_DEEP: "too-deep", RefusesPush,
        "nested more deeply than any exchange", "check what made the document";
    NOT_UTF8: "not-utf-8", RefusesPush,
        "the document is not UTF-8", "send it in UTF-8";
    NOT_XML: "not-xml", RefusesPush,
        "not well-formed XML", "nothing may stand before the XML declaration; send the document as the system made it";
    DOCUMENT_TYPE: "document-type", RefusesPush,
        "a document type declaration or an entity of one is not accepted", "send the document without DOCTYPE";
    UNDECLARED_PREFIX: "undeclared-prefix", RefusesPush,
        "a namespace prefix is used that is not declared", "declare it on the root, or in @context";
    NOT_JSON: "not-json", RefusesPush,
        "not valid JSON, or an object names a key twice (the row is the line)", "send the document as the system made it";
    BAD_CONTEXT: "bad-context", RefusesPush,
        "no @context that maps prefixes to namespaces in the document itself", "send it with its context written out; none is fetched";
    VERSION: "niem-version", RefusesPush,
        "a version of NIEM that is not known here", "2 to 6 are";
    REPEATED_ID: "repeated-id", RefusesPush,
        "two objects have the same id, so that a reference to it means two things", "give each its own";
    UNKNOWN_EXCHANGE: "unknown-exchange", RefusesPush,
        "an exchange that is no report of an incident, a booking or a release", "incident reports, bookings and releases from custody are taken";
    WARRANT: "warrant", RefusesPush,
        "warrants do not enter (catalogue CJ-CADX)", "leave them in the police system";
    STATISTICAL: "statistical-report", RefusesPush,
        "NIBRS submissions name no person, so they belong to no client's record", "send N-DEx incident reports, or nothing";
    PAYLOAD_ALONE: "payload-alone", RefusesPush,
        "an N-DEx payload without its LEXS digest names no person", "send the whole submission";
    NOTHING_TAKEN: "nothing-taken", RefusesPush,
        "not one person could be taken", "correct what the other findings name";
    DELETION: "deletion", RefusesRow,
        "a deletion names no person, so what it deletes cannot be found", "tell the operator, who withdraws the client's record";
    NO_NUMBER: "no-number", RefusesRow,
        "the report or booking has no number of its own", "every one needs one";
    BAD_TIME: "bad-time", RefusesRow,
        "the date of the incident or booking is missing or cannot be read", "send a full date";
    BAD_BIRTH_DATE: "bad-birth-date", RefusesRow,
        "a birth date cannot be read, so the person's age is not known", "send a full date, or none";
    NOBODY: "about-nobody", RefusesRow,
        "the person is not named in full, or not in the document", "send given name and surname";
    DISSEMINATION: "dissemination", Barred,
        "its owner does not mark it as sharable; nothing of it was kept", "send what is marked green";
    THIRD_PARTY: "third-party", Barred,
        "a victim, witness, officer or person without a role; nothing about them was kept", "send subjects only";
    JUVENILE: "juvenile", Barred,
        "the person was under eighteen; nothing about them was kept", "leave out reports about minors";
    NCIC: "ncic-return", RefusesPush,
        "the document carries what looks like an NCIC or III return (28 CFR 20.33); nothing of it was kept", "take these returns out";
}
