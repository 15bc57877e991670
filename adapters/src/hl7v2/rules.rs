//! The rules that HL7 v2 messages are held to. In a file of several messages a refused one does not hold up the others.

use crate::report::rules;

rules! { pub(super) static;
    TOO_LARGE: "too-large", RefusesRow,
        "the message is larger, or has more segments, fields or parts of a field, than is accepted", "check what made the message";
    FILE_TOO_LARGE: "file-too-large", RefusesPush,
        "the file is larger than is accepted", "send fewer messages in one file";
    NO_MESSAGE: "no-message", RefusesPush,
        "the file does not begin with MSH, or with the header of a batch", "send ER7 messages, each beginning with MSH";
    NOTHING_TAKEN: "nothing-taken", RefusesPush,
        "no message of the file could be taken", "see the other findings";
    BATCH_COUNT: "batch-count", RefusesPush,
        "the trailer of the batch counts other than there is: the file is cut off or joined", "send the batch whole";
    DELIMITERS: "delimiters", RefusesRow,
        "MSH-1 and MSH-2 do not name five different signs that separate", "use |^~\\&";
    CHARACTER_SET: "character-set", RefusesRow,
        "the character set named in MSH-18 is not taken, or the message is not written in it",
        "send ASCII, 8859/1 or UNICODE UTF-8, and name it";
    CONTROL_CHARACTER: "control-character", RefusesRow,
        "a control character within a segment", "check what made the message";
    SEGMENT_NAME: "segment-name", RefusesRow,
        "a segment does not begin with a name of three letters or digits", "end each segment with a carriage return, and escape those within a field";
    SEGMENT_END: "segment-end", Warning,
        "segments end in line feeds", "end each segment with a carriage return";
    MESSAGE_TYPE: "message-type", RefusesRow,
        "not an ADT message", "only ADT messages are taken";
    EVENT_CODE: "event-code", RefusesRow,
        "not an event that is taken", "A01, A03, A04, A08, A11, A13, A28, A31 and A40 are";
    NO_CONTROL_ID: "no-control-id", RefusesRow,
        "MSH-10 is empty, or longer than 199 characters", "give each message its own control id";
    TEST_MESSAGE: "test-message", RefusesRow,
        "marked as a test or for training", "send only what is about real clients, with P in MSH-11";
    VERSION: "version", RefusesRow,
        "not a version 2 message", "send 2.1 to 2.9";
    NO_PATIENT: "no-patient", RefusesRow,
        "no PID segment, or several where one is meant", "send one message a patient";
    NO_PATIENT_ID: "no-patient-id", RefusesRow,
        "the patient has no identifier of the source", "send the medical record number in PID-3, and in MRG-1 for a merge";
    NO_VISIT: "no-visit", RefusesRow,
        "an event of a visit without PV1", "send PV1";
    MERGED_WITH_ITSELF: "merged-with-itself", RefusesRow,
        "both identifiers of a merge are the same", "send the surviving one in PID-3, the other in MRG-1";
    BAD_DATE: "bad-date", WithholdsValue,
        "a date that is not a full date", "only full dates are used to recognise or to date";
    SEGMENT_NOT_KEPT: "segment-not-kept", Warning,
        "a segment of which nothing is kept", "relatives, guarantors, insurance, procedures and segments of one's own are not taken";
    VALUE_NOT_KEPT: "value-not-kept", Warning,
        "an observation in words, or as a document, is not kept", "send coded or numeric values";
    RESTRICTED: "restricted", Warning,
        "marked as restricted by the source (ARV, PD1-12, PV1-16 or MSH-8), without saying which law is meant; held to 42 CFR Part 2",
        "register the unit with its programme";
    LOCATION_RESTRICTED: "location-restricted", Warning,
        "the source bars disclosure of the whereabouts: the place of the visit and the address were not kept",
        "nothing need be done";
    CONSENT_NOT_READ: "consent-not-read", Warning,
        "a CON segment is not taken as a consent", "record the signed consent";
    OTHER_CONTENT: "control-id-used", RefusesRow,
        "the control id was used for another message", "give each message its own control id";
    VICTIM_SERVICE: "victim-service", RefusesRow,
        "records of a victim service provider are not taken in", "do not send them";
    MANY_DELETIONS: "many-deletions", RefusesRow,
        "with what went within a day before, the message would take away more of what is on file than goes unasked; hold it back until a person has looked",
        "if it is meant, push it as a file with Assent-Deletions-Meant, then send it again; or send it again after a day";
    NOT_STORED: "not-stored", RefusesRow,
        "the message could not be stored now", "send it again";
}
