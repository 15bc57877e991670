-- What this gateway, as a witness, holds of other agencies' logs; evidence of logs that showed two histories; and the newest
-- cosigned checkpoint of its own log. Nothing here is about a person.

CREATE TABLE witness_held (
    origin     TEXT NOT NULL PRIMARY KEY,
    checkpoint TEXT NOT NULL
);

CREATE TABLE witness_splits (
    no     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    origin TEXT   NOT NULL,
    held   TEXT   NOT NULL,
    shown  TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    UNIQUE (origin, held)
);

CREATE TRIGGER witness_splits_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON witness_splits
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

CREATE TABLE audit_witnessed (
    only_one   BIGINT PRIMARY KEY CHECK (only_one = 1),
    checkpoint TEXT   NOT NULL
);
