-- Links by which clients sign, while they can be used or their copy be seen. Of the secret in a link only a digest is
-- here; what was settled when it was made is sealed.

CREATE TABLE signing_links (
    digest     BLOB NOT NULL PRIMARY KEY,
    id         BLOB NOT NULL,
    consent    BLOB NOT NULL,
    version    INTEGER NOT NULL,
    client     BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    copy_until INTEGER,
    sealed     BLOB NOT NULL
) STRICT;
CREATE INDEX signing_links_consent ON signing_links (consent);
