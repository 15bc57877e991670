-- Links by which clients sign, while they can be used or their copy be seen. Of the secret in a link only a digest is
-- here; what was settled when it was made is sealed.

CREATE TABLE signing_links (
    digest     BYTEA NOT NULL PRIMARY KEY,
    id         BYTEA NOT NULL,
    consent    BYTEA NOT NULL,
    version    BIGINT NOT NULL,
    client     BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    copy_until BIGINT,
    sealed     BYTEA NOT NULL
);
CREATE INDEX signing_links_consent ON signing_links (consent);
