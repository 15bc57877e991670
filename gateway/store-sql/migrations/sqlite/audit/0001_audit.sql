-- The audit log. Entries and tiles are written once: the triggers refuse every change and every deletion, the head may
-- only grow. `client` is a keyed digest.

CREATE TABLE audit_entries (
    place          INTEGER PRIMARY KEY,
    event          BLOB    NOT NULL,
    kind           INTEGER NOT NULL,
    client         BLOB,
    leaf           BLOB    NOT NULL,
    sealed_detail  BLOB    NOT NULL,
    sealed_facts   BLOB    NOT NULL,
    wrapped_secret BLOB    NOT NULL
) STRICT;
CREATE INDEX audit_entries_by_event ON audit_entries (event);
CREATE INDEX audit_entries_by_client ON audit_entries (client) WHERE client IS NOT NULL;

CREATE TABLE audit_tiles (
    level  INTEGER NOT NULL,
    place  INTEGER NOT NULL,
    hashes BLOB    NOT NULL,
    PRIMARY KEY (level, place)
) STRICT;

CREATE TABLE audit_head (
    only_one   INTEGER PRIMARY KEY CHECK (only_one = 1),
    size       INTEGER NOT NULL,
    root       BLOB    NOT NULL,
    checkpoint TEXT    NOT NULL
) STRICT;

-- Which intents have no outcome yet: a note of what `audit_entries` says, kept so that a start need not read the whole
-- log.
CREATE TABLE audit_open_intents (
    event BLOB    NOT NULL PRIMARY KEY,
    place INTEGER NOT NULL
) STRICT;

CREATE TRIGGER audit_entries_never_change BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END;
CREATE TRIGGER audit_entries_never_go BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE(ABORT, 'audit entries are never deleted'); END;
CREATE TRIGGER audit_tiles_never_change BEFORE UPDATE ON audit_tiles
BEGIN SELECT RAISE(ABORT, 'audit tiles are never changed'); END;
CREATE TRIGGER audit_tiles_never_go BEFORE DELETE ON audit_tiles
BEGIN SELECT RAISE(ABORT, 'audit tiles are never deleted'); END;
CREATE TRIGGER audit_head_only_grows BEFORE UPDATE ON audit_head WHEN NEW.size <= OLD.size
BEGIN SELECT RAISE(ABORT, 'the head of the audit log only grows'); END;
CREATE TRIGGER audit_head_never_goes BEFORE DELETE ON audit_head
BEGIN SELECT RAISE(ABORT, 'the head of the audit log is never deleted'); END;
-- INSERT OR REPLACE would pass by the triggers above.
CREATE TRIGGER audit_entries_in_order BEFORE INSERT ON audit_entries
WHEN NEW.place <> (SELECT COALESCE(MAX(place) + 1, 0) FROM audit_entries)
BEGIN SELECT RAISE(ABORT, 'audit entries are appended in order'); END;
CREATE TRIGGER audit_tiles_once BEFORE INSERT ON audit_tiles
WHEN EXISTS (SELECT 1 FROM audit_tiles WHERE level = NEW.level AND place = NEW.place)
BEGIN SELECT RAISE(ABORT, 'audit tiles are written once'); END;
