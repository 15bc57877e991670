//! The rules that a FHIR bundle is held to.

use crate::report::rules;

rules! { pub(super) static;
    TOO_LARGE: "too-large", RefusesPush,
        "the document is larger or has more values than is accepted", "send fewer patients at a time";
    SYNTAX: "not-json", RefusesPush,
        "not valid JSON (the row is the line)", "send the document as the server made it";
    REPEATED_KEY: "repeated-key", RefusesPush,
        "an object names a key twice (the row is the line)", "a key may stand once";
    TOO_DEEP: "too-deep", RefusesPush,
        "nested more deeply than any resource (the row is the line)", "check what made the document";
    BAD_LINE: "bad-line", RefusesRow,
        "the line is not JSON, names a key twice or is nested too deeply", "send the line as the server made it";
    NOT_A_BUNDLE: "not-a-bundle", RefusesPush,
        "neither a FHIR Bundle with entries nor a resource that is taken in", "send a Bundle of type collection, transaction, batch or searchset";
    BUNDLE_TYPE: "bundle-type", RefusesPush,
        "a Bundle of a type that carries no records to be taken in", "send type collection, transaction, batch or searchset";
    TOO_MANY_ENTRIES: "too-many-entries", RefusesPush,
        "more entries than are accepted", "send fewer patients at a time";
    NOTHING_TAKEN: "nothing-taken", RefusesPush,
        "not one entry could be taken", "correct what the other findings name";
    DUPLICATE_ENTRY: "duplicate-entry", RefusesRow,
        "two entries are the same resource", "send one version of it";
    NO_RESOURCE: "no-resource", RefusesRow,
        "the entry has no resource", "send the resource itself";
    RESOURCE_TYPE: "resource-type", RefusesRow,
        "a resource that is not taken in", "Patient, Condition, MedicationRequest, MedicationStatement, AllergyIntolerance, Observation, Flag, CarePlan, Goal, Encounter and CareTeam are";
    NOT_KEPT: "resource-not-kept", Warning,
        "used to resolve references, not kept", "nothing needs to be done";
    NO_ID: "no-id", RefusesRow,
        "the resource has no id, or one that FHIR does not allow", "give it one that stays the same";
    METHOD: "request-method", RefusesRow,
        "a request that is not a create, an update or the deletion of a Patient", "send the resource as it is now";
    MODIFIER: "modifier-extension", RefusesRow,
        "a modifierExtension changes what the resource means in a way not known here", "agree with the operator on it first";
    TEST_DATA: "test-data", RefusesRow,
        "the resource is marked as test data", "send no test data to a gateway that serves people";
    MERGED: "merged-patient", RefusesRow,
        "the patient was merged into another", "send the surviving Patient, and tell the operator so that consents are moved by a person";
    NO_SUBJECT: "no-subject", RefusesRow,
        "the resource does not say which Patient it is about, or names one that cannot be found", "reference a Patient by id, or one of the bundle by fullUrl";
    UNRESOLVED_UNIT: "unresolved-unit", Warning,
        "the unit that the resource comes from cannot be told: an encounter, organisation, role or patient it names is not in the bundle, or two units differ; it is held to 42 CFR Part 2, as if from a substance use programme",
        "send the Encounter with its serviceProvider, and the Patient, in the same Bundle, or one organisation only";
    BAD_STAFF: "bad-staff-id", Warning,
        "a participant's urn:assent:staff identifier is not a staff id", "use the id that the staff member's tokens carry";
    BAD_DATE: "bad-date", WithholdsValue,
        "a date that is not a full date", "FHIR allows parts of dates; only full ones are used to recognise or to date";
}
