-- What clients asked agencies to keep back (45 CFR 164.522(a), 42 CFR 2.26). Every version is kept, sealed; here stand
-- ids and our own times.

CREATE TABLE restrictions (
    id          BLOB    NOT NULL,
    version     INTEGER NOT NULL CHECK (version >= 1),
    client      BLOB    NOT NULL,
    recorded_at INTEGER NOT NULL,
    sealed      BLOB    NOT NULL,
    PRIMARY KEY (id, version)
) STRICT;
CREATE INDEX restrictions_by_client ON restrictions (client);
