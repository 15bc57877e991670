-- What clients asked agencies to keep back (45 CFR 164.522(a), 42 CFR 2.26). Every version is kept, sealed; here stand
-- ids and our own times.

CREATE TABLE restrictions (
    id          BYTEA  NOT NULL,
    version     BIGINT NOT NULL CHECK (version >= 1),
    client      BYTEA  NOT NULL,
    recorded_at BIGINT NOT NULL,
    sealed      BYTEA  NOT NULL,
    PRIMARY KEY (id, version)
);
CREATE INDEX restrictions_by_client ON restrictions (client);
