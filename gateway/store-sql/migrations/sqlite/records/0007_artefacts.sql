-- Scans of signed forms. The page is sealed with its digest; here stand ids, a keyed digest by which it is found, and our
-- own times. None is ever replaced.

CREATE TABLE artefacts (
    consent      BLOB NOT NULL,
    digest       BLOB NOT NULL,
    client       BLOB NOT NULL,
    handed_in_at INTEGER NOT NULL,
    sealed       BLOB NOT NULL,
    PRIMARY KEY (consent, digest)
) STRICT;
