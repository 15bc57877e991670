-- Which consent is the form with a given content: what one agency holds with one content is on file once. The content is
-- a keyed digest; the form itself is sealed with the consent.

CREATE TABLE forms (
    agency  TEXT   NOT NULL,
    content BYTEA NOT NULL,
    consent BYTEA NOT NULL,
    PRIMARY KEY (agency, content)
);

-- Entries that the audit log is owed about steps that are on file already. Each is gone once the log has it.

CREATE TABLE owed_entries (
    event   BYTEA NOT NULL PRIMARY KEY,
    client  BYTEA NOT NULL,
    owed_at BIGINT NOT NULL,
    sealed  BYTEA NOT NULL
);
