-- Scans of signed forms. The page is sealed with its digest; here stand ids, a keyed digest by which it is found, and our
-- own times. None is ever replaced.

CREATE TABLE artefacts (
    consent      BYTEA NOT NULL,
    digest       BYTEA NOT NULL,
    client       BYTEA NOT NULL,
    handed_in_at BIGINT NOT NULL,
    sealed       BYTEA NOT NULL,
    PRIMARY KEY (consent, digest)
);
