//! The rules that a C-CDA document is held to.

use crate::report::rules;

rules! { pub(super) static;
    TOO_LARGE: "too-large", RefusesPush,
        "the document is larger, or has more elements or attributes, than is accepted", "send a document of a shorter period";
    TOO_DEEP: "too-deep", RefusesPush,
        "nested more deeply than any document", "check what made the document";
    NOT_UTF8: "not-utf-8", RefusesPush,
        "the document is not UTF-8", "send it in UTF-8";
    NOT_XML: "not-xml", RefusesPush,
        "not well-formed XML", "send the document as the record system made it";
    DOCUMENT_TYPE: "document-type", RefusesPush,
        "a document type declaration or an entity of one is not accepted", "send the document without DOCTYPE";
    UNDECLARED_PREFIX: "undeclared-prefix", RefusesPush,
        "a namespace prefix is used that is not declared", "declare it on the root";
    NOT_A_DOCUMENT: "not-a-clinical-document", RefusesPush,
        "not a ClinicalDocument of urn:hl7-org:v3", "send a C-CDA document";
    UNSTRUCTURED: "unstructured-document", RefusesPush,
        "the document has no structured body: what stands in it cannot be told apart", "send a C-CDA document with sections and entries";
    NOT_ONE_PATIENT: "not-one-patient", RefusesPush,
        "the document is not about exactly one patient", "send one document a patient";
    NO_PATIENT_ID: "no-patient-id", RefusesPush,
        "the patient has no identifier of the source", "send the medical record number in patientRole/id";
    NO_DOCUMENT_ID: "no-document-id", RefusesPush,
        "the document has no id", "every clinical document has one";
    SECTION_NOT_KEPT: "section-not-kept", Warning,
        "a section that has no category here; nothing of it was kept", "allergies, medications, problems, results, encounters, plans, mental status and care teams are taken";
    UNKNOWN_ENTRY: "unknown-entry", RefusesRow,
        "an entry that does not say what its section is for", "send entries by the templates of the section";
    REPEATED_ENTRY: "repeated-entry", Warning,
        "two entries of one section have the same id; both were taken", "give each its own, so that the next version replaces the right one";
    BAD_DATE: "bad-date", WithholdsValue,
        "a date that is not a full date", "only full dates are used to recognise or to date";
    UNRESOLVED_UNIT: "unresolved-unit", Warning,
        "the unit that an entry comes from cannot be told: an organisation without an id, or several that differ; it is held to 42 CFR Part 2, as if from a substance use programme",
        "give each representedOrganization one id of your own";
    RESTRICTED: "restricted", Warning,
        "marked as restricted or very restricted by the source, without saying why; held to 42 CFR Part 2", "send the reason with the programme, or N where the record is not restricted";
}
