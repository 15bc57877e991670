-- What this gateway, as a witness, holds of other agencies' logs; evidence of logs that showed two histories; and the newest
-- cosigned checkpoint of its own log. Nothing here is about a person.

CREATE TABLE witness_held (
    origin     TEXT NOT NULL PRIMARY KEY,
    checkpoint TEXT NOT NULL
) STRICT;

CREATE TABLE witness_splits (
    no     INTEGER PRIMARY KEY,
    origin TEXT    NOT NULL,
    held   TEXT    NOT NULL,
    shown  TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    UNIQUE (origin, held)
) STRICT;

CREATE TRIGGER witness_splits_never_change BEFORE UPDATE ON witness_splits
BEGIN SELECT RAISE(ABORT, 'evidence is never changed'); END;
CREATE TRIGGER witness_splits_never_go BEFORE DELETE ON witness_splits
BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;

CREATE TABLE audit_witnessed (
    only_one   INTEGER PRIMARY KEY CHECK (only_one = 1),
    checkpoint TEXT    NOT NULL
) STRICT;
