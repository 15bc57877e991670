-- The audit log. Entries and tiles are written once: the triggers refuse every change and every deletion, the head may
-- only grow. `client` is a keyed digest. The names are prefixed, since the log may share a database with the records.

CREATE TABLE audit_entries (
    place          BIGINT PRIMARY KEY,
    event          BYTEA  NOT NULL,
    kind           BIGINT NOT NULL,
    client         BYTEA,
    leaf           BYTEA  NOT NULL,
    sealed_detail  BYTEA  NOT NULL,
    sealed_facts   BYTEA  NOT NULL,
    wrapped_secret BYTEA  NOT NULL
);
CREATE INDEX audit_entries_by_event ON audit_entries (event);
CREATE INDEX audit_entries_by_client ON audit_entries (client) WHERE client IS NOT NULL;

CREATE TABLE audit_tiles (
    level  BIGINT NOT NULL,
    place  BIGINT NOT NULL,
    hashes BYTEA  NOT NULL,
    PRIMARY KEY (level, place)
);

CREATE TABLE audit_head (
    only_one   BIGINT PRIMARY KEY CHECK (only_one = 1),
    size       BIGINT NOT NULL,
    root       BYTEA  NOT NULL,
    checkpoint TEXT   NOT NULL
);

-- Which intents have no outcome yet: a note of what `audit_entries` says, kept so that a start need not read the whole
-- log.
CREATE TABLE audit_open_intents (
    event BYTEA  NOT NULL PRIMARY KEY,
    place BIGINT NOT NULL
);

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only (%)', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_tiles_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_tiles
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_only_grows BEFORE UPDATE ON audit_head
    FOR EACH ROW WHEN (NEW.size <= OLD.size) EXECUTE FUNCTION audit_refuse();
