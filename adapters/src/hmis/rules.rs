//! The rules that an HMIS CSV export is held to, with what follows and what the sender can do.

use crate::report::rules;

rules! { pub(super) static;
    NOT_A_ZIP: "not-a-zip", RefusesPush,
        "this is not a zip file", "send the zip that the HMIS exports, not one of its files or a page around it";
    BROKEN_ZIP: "broken-zip", RefusesPush,
        "the zip is damaged or cut short", "export again and check that the transfer is complete";
    TOO_MANY_MEMBERS: "too-many-files", RefusesPush,
        "the zip holds more files than any HMIS export", "send only the files of the export";
    TOO_LARGE: "zip-too-large", RefusesPush,
        "the zip unpacks to more than is accepted", "export a shorter period, or ask the operator to raise the limit";
    TOO_MANY_ROWS: "too-many-rows", RefusesPush,
        "the file has more rows than are accepted", "export a shorter period, or ask the operator to raise the limit";
    BOMB: "zip-bomb", RefusesPush,
        "the file unpacks to many times its size, as no table of real rows does", "export again; if this is a real export, ask the operator";
    ENCRYPTED: "encrypted-file", RefusesPush,
        "the file is protected by a password or packed in a way that is not read", "send a plain zip; the connection is already encrypted";
    SUBFOLDER: "folder-in-zip", RefusesPush,
        "files lie in different folders of the zip", "put the files of one export at the top of the zip";
    ONE_FOLDER: "folder-around-files", Warning,
        "all files lie in one folder of the zip", "put them at the top of the zip";
    DUPLICATE_FILE: "duplicate-file", RefusesPush,
        "the zip holds this file twice", "remove one; which of them is right cannot be told here";
    MISSING_FILE: "missing-file", RefusesPush,
        "the file is missing, and without it no row can be tied to a client, a project and its organisation",
        "export it together with the others";
    ABSENT_FILE: "absent-file", Warning,
        "the file is not in the zip; what was sent of it before stays as it is", "add it, with its header alone if there is nothing to say";
    EXTRA_FILE: "extra-file", Warning,
        "a file that the format does not have; it was not read and is not kept (the number is its place in the zip)",
        "leave it out, or agree with the operator on what it means";
    EMPTY_FILE: "empty-file", RefusesPush,
        "the file has no header", "send at least the line of column names";
    UNKNOWN_COLUMN: "unknown-column", RefusesPush,
        "the header has a column that the format does not have here", "remove or rename it; what cannot be named cannot be labelled";
    OTHER_YEARS_COLUMN: "column-of-other-version", RefusesPush,
        "this column belongs to another version of the format than the one Export.csv states", "state the right CSVVersion, or export again in the version stated";
    MISSING_COLUMN: "missing-column", RefusesPush,
        "the column is missing", "export it; an empty column is fine where the format allows empty cells";
    ABSENT_COLUMN: "absent-column", Warning,
        "the column is missing; every cell of it counts as empty", "export it";
    REPEATED_COLUMN: "repeated-column", RefusesPush,
        "the header names this column twice", "remove one; which of them is right cannot be told here";
    COLUMN_ORDER: "column-order", Warning,
        "the columns are in another order than in the format; they were read by name", "export them in order";
    EXPORT_ROWS: "export-rows", RefusesPush,
        "Export.csv must have exactly one row", "export again; two exports in one zip cannot be told apart";
    EXPORT_UNREADABLE: "export-unreadable", RefusesPush,
        "the row of Export.csv lacks a value without which the export cannot be placed, or it cannot be read", "correct ExportID, ExportDate, HashStatus and CSVVersion";
    UNSUPPORTED_VERSION: "unsupported-version", RefusesPush,
        "the version of the format is not one that is read here (FY2022, FY2024 and FY2026 are)", "export in FY2026";
    UNSTATED_VERSION: "unstated-version", RefusesPush,
        "CSVVersion is empty, and the version is not guessed", "state it, for example 2026 v1.0";
    HASHED: "hashed-export", Warning,
        "names and social security numbers are hashed; the hashes were not kept, nobody is recognised by these rows, and the clients have their PersonalID alone",
        "export unhashed (HashStatus 1) over this protected connection if a crisis worker is to find these clients";
    HASHED_VALUE: "hashed-value", Warning,
        "a hash stands where HashStatus says that names and numbers stand; it was not kept",
        "correct HashStatus, or export unhashed";
    UTF16: "utf-16", RefusesPush,
        "the file is in UTF-16", "export in UTF-8";
    MIXED_ENCODING: "mixed-encoding", RefusesPush,
        "some cells are UTF-8 and others are not, so that names cannot be read with certainty", "export in UTF-8 throughout";
    LATIN_1: "latin-1", Warning,
        "the file is not UTF-8; it was read as Windows-1252 (Latin-1)", "export in UTF-8 and compare a name with an accent";
    BOM: "byte-order-mark", Warning,
        "the file begins with a byte order mark, which was skipped", "export without it";
    LINE_TOO_LONG: "row-too-long", RefusesPush,
        "a row does not end: most likely a quotation mark is opened and never closed", "look for a single \" at or before this row";
    TOO_MANY_REFUSED: "too-many-refused-rows", RefusesPush,
        "so many rows of the file are refused that the export itself is likely to be wrong", "correct what the other findings name, then send it again";
    DIRECTORY_TOO_LARGE: "directory-too-large", RefusesPush,
        "the file has more rows than any community has projects or staff", "check that this is the right file";

    FIELD_COUNT: "field-count", RefusesRow,
        "the row has more or fewer cells than the header, so its values stand under the wrong columns", "look for a missing comma or quotation mark in this row";
    LOOKS_SHIFTED: "looks-shifted", RefusesRow,
        "several values of the row are not of the type of their columns, as if it had slipped sideways", "look for a missing or extra cell in this row";
    UNDECODABLE: "undecodable", RefusesRow,
        "the row holds bytes that are neither UTF-8 nor Windows-1252", "export in UTF-8";
    NO_KEY: "no-key", RefusesRow,
        "the row's own key is empty or longer than the format allows", "every row needs one";
    NEEDED_VALUE: "needed-value", RefusesRow,
        "the value is missing or cannot be read, and without it the row cannot be placed or labelled", "correct it";
    DUPLICATE_KEY: "duplicate-key", RefusesRow,
        "two rows have this key and differ, so none of them is taken", "remove the wrong one";
    REPEATED_ROW: "repeated-row", Warning,
        "the row stands in the file twice, word for word; it was taken once", "remove one";
    UNKNOWN_ORGANIZATION: "unknown-organization", RefusesRow,
        "the organisation is not in Organization.csv or its row was refused, so it is not known whether it is a victim service provider",
        "add or correct the row in Organization.csv";
    UNKNOWN_PROJECT: "unknown-project", RefusesRow,
        "the project is not in Project.csv or its row was refused", "add or correct the row in Project.csv";
    UNKNOWN_CLIENT: "unknown-client", RefusesRow,
        "the client is not in Client.csv or their row was refused", "add or correct the row in Client.csv";
    UNKNOWN_ENROLLMENT: "unknown-enrollment", RefusesRow,
        "the enrolment is not in Enrollment.csv or its row was refused, so the project is not known", "add or correct the row in Enrollment.csv";
    UNPLACED_CLIENT: "unplaced-client", RefusesRow,
        "the project of none of the client's enrolments is known, so it is not known whether the client comes from a victim service provider",
        "add or correct the rows in Project.csv and Organization.csv";
    OTHER_PERSON: "other-person", RefusesRow,
        "the row names another client than its enrolment does", "correct the PersonalID or the EnrollmentID";

    VICTIM_SERVICE: "victim-service", Barred,
        "a client-level row of a victim service provider, which may not enter an HMIS or this gateway (42 USC 11363; catalogue VSP-1)",
        "stop the export of these projects and tell your HMIS lead; nothing of them was kept";
    COMPARABLE_DATABASE: "comparable-database", Barred,
        "a client-level row of a project that HMISParticipation.csv says uses a comparable database (24 CFR 576.400(f))",
        "stop the export of these projects, or correct HMISParticipationType";
    VICTIM_SERVICE_UNSTATED: "victim-service-unstated", Barred,
        "the organisation's VictimServiceProvider is empty, so that client-level rows of its projects are not taken",
        "state 0 or 1 in Organization.csv";
    BARRED_CLIENT: "barred-client", Barred,
        "clients all of whose enrolments are in projects whose client-level rows may not be here", "do not export them";
    ALL_BARRED: "nothing-allowed", RefusesPush,
        "every row about a client comes from a project whose clients may not be here; nothing was kept",
        "a victim service provider takes part without client-level data: talk to the operator";
    NOTHING_TAKEN: "nothing-taken", RefusesPush,
        "not one row about a client could be taken", "correct what the other findings name, then send it again";
    VSP_BLANK: "victim-service-blank", Warning,
        "VictimServiceProvider is empty and was read as 0", "state 0 or 1; a victim service provider's rows must not be sent";

    FUNDER_UNREAD: "funder-unread", Warning,
        "the row was refused, so the project's funder may be any: everything that comes from the project is held to the rules of HOPWA (HIV) and of RHY (runaway and homeless youth)",
        "correct the row";
    FUNDER_UNPLACED: "funder-of-any-project", Warning,
        "the row was refused and does not tell its project, so it may be any: everything that comes from any project of this export is held to the rules of HOPWA (HIV) and of RHY (runaway and homeless youth)",
        "correct the row";
    NO_FUNDERS: "no-funders", Warning,
        "the file is not in the zip, so nobody's funders are known: everything that comes from any project of this export is held to the rules of HOPWA (HIV) and of RHY (runaway and homeless youth)",
        "add it, with its header alone if no project has a funder";
    PROJECT_FACT_UNREAD: "project-fact-unread", Warning,
        "the column is missing or its value is none of its list, so everything that comes from the project gets every label that the column can bring along",
        "correct it; an empty cell says that it does not apply";

    BAD_VALUE: "bad-value", WithholdsValue,
        "the value is not of the column's type", "correct it";
    BAD_CODE: "bad-code", WithholdsValue,
        "the number is not in the column's list", "use a number of HUD's list; 99 if nothing was collected";
    TOO_LONG: "too-long", Warning,
        "the text is longer than the format allows", "shorten it";
    BLANK: "blank", Warning,
        "the cell is empty although the format wants a value", "fill it; where the column has a list, 99 says that nothing was collected";
    LENIENT_DATE: "date-or-time", Warning,
        "a time where a date is due, or a date where a time is due; it was understood", "use yyyy-mm-dd or yyyy-mm-dd hh:mm:ss as the column asks";
    BAD_SSN: "not-a-real-ssn", WithholdsValue,
        "the number is said to be full, but no such social security number is issued; it is not used to recognise the client", "leave it empty, or correct the quality code";
    BAD_DOB: "unlikely-birth-date", WithholdsValue,
        "the birth date is said to be full, but it lies after the export or more than 120 years before it; it is not used to recognise the client", "correct it, or its quality code";
    OTHER_EXPORT: "other-export-id", Warning,
        "the row carries the ExportID of another export", "all rows of an export carry the one of Export.csv";
    OF_DELETED: "row-of-deleted", Warning,
        "the row belongs to a client or enrolment that the export deletes; it is deleted along with it", "set DateDeleted on it as well";
}
