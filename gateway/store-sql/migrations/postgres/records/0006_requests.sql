-- Who asked for a consent, and until when that is open. About whom and what for is sealed, also that it is about nobody.

CREATE TABLE consent_requests (
    id        BYTEA NOT NULL PRIMARY KEY,
    agency    TEXT NOT NULL,
    staff     TEXT NOT NULL,
    asked_at  BIGINT NOT NULL,
    closes_at BIGINT NOT NULL,
    sealed    BYTEA NOT NULL
);
CREATE INDEX consent_requests_open ON consent_requests (closes_at);
CREATE INDEX consent_requests_by_asker ON consent_requests (agency, asked_at);

-- What an agency whose client it is did about one.

CREATE TABLE request_answers (
    request BYTEA NOT NULL REFERENCES consent_requests (id),
    agency  TEXT NOT NULL,
    answer  TEXT NOT NULL CHECK (answer IN ('seen', 'drafted', 'declined', 'not_reached')),
    at      BIGINT NOT NULL,
    PRIMARY KEY (request, agency)
);
