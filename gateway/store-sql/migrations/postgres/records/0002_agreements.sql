-- Agreements as a history that only grows: each epoch changes some of them, with the approvals that allow it. What is
-- in force follows from it. `statement` is the digest of the approved statement: none is used twice.
-- The table `agreements` of 0001 held texts without approvals. Nothing is in force because of it any more; it stays,
-- since what once was in force must remain readable.

CREATE TABLE agreement_epochs (
    epoch      BIGINT PRIMARY KEY,
    event      BYTEA  NOT NULL UNIQUE,
    entered_at BIGINT NOT NULL
);

CREATE TABLE agreement_changes (
    epoch     BIGINT NOT NULL REFERENCES agreement_epochs (epoch),
    mou       TEXT   NOT NULL,
    action    TEXT   NOT NULL CHECK (action IN ('activate', 'retire')),
    version   TEXT   NOT NULL,
    hash      BYTEA  NOT NULL,
    replaced  BYTEA,
    body      TEXT CHECK ((action = 'activate') = (body IS NOT NULL)),
    approval  TEXT   NOT NULL,
    statement BYTEA  NOT NULL UNIQUE,
    PRIMARY KEY (epoch, mou)
);

CREATE FUNCTION agreements_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of the agreements only grows (%)', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER agreement_epochs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agreement_epochs
    FOR EACH STATEMENT EXECUTE FUNCTION agreements_refuse();
CREATE TRIGGER agreement_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agreement_changes
    FOR EACH STATEMENT EXECUTE FUNCTION agreements_refuse();
