-- Which consent is the form with a given content: what one agency holds with one content is on file once. The content is
-- a keyed digest; the form itself is sealed with the consent.

CREATE TABLE forms (
    agency  TEXT NOT NULL,
    content BLOB NOT NULL,
    consent BLOB NOT NULL,
    PRIMARY KEY (agency, content)
) WITHOUT ROWID, STRICT;

-- Entries that the audit log is owed about steps that are on file already. Each is gone once the log has it.

CREATE TABLE owed_entries (
    event   BLOB NOT NULL PRIMARY KEY,
    client  BLOB NOT NULL,
    owed_at INTEGER NOT NULL,
    sealed  BLOB NOT NULL
) STRICT;
