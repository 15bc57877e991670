-- What is still to be done about a consent, for the agency that holds the form. What it is about follows from the form
-- itself, which is sealed; here stand the agency, ids and our own times. `closed_by` is NULL while the form itself
-- settled it: should it be owed again, it is opened again.

CREATE TABLE follow_ups (
    consent   BYTEA  NOT NULL,
    kind      TEXT    NOT NULL CHECK (kind IN ('write_revocation', 'replace_form', 'confirm_event')),
    due_at    BIGINT NOT NULL,
    agency    TEXT    NOT NULL,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    closed_by TEXT,
    PRIMARY KEY (consent, kind, due_at)
);
CREATE INDEX follow_ups_open ON follow_ups (agency, due_at) WHERE closed_at IS NULL;
