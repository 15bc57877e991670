-- Records. What a source said is only ever appended; the newest published row of a slot counts, a row whose `sealed`
-- is NULL withdraws. A row is visible when its push is published, so publishing is one small update.
-- In the clear: agencies, random ids, keyed digests, times of our own. Everything about a person is sealed.
-- Times are microseconds since 1970, UTC.

CREATE TABLE ingests (
    no              INTEGER PRIMARY KEY,
    id              BLOB    NOT NULL UNIQUE,
    source          TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    digest          BLOB    NOT NULL,
    received_at     INTEGER NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('running', 'removing', 'published', 'refused', 'failed')),
    ended_at        INTEGER,
    report          TEXT,
    -- Nothing of this push lies below these numbers: where removing it starts.
    clients_from    INTEGER NOT NULL,
    identities_from INTEGER NOT NULL,
    blocking_from   INTEGER NOT NULL,
    statements_from INTEGER NOT NULL
) STRICT;
-- One push of a source at a time: its comparison with what is published must hold when it is published itself.
CREATE UNIQUE INDEX ingests_one_running ON ingests (source) WHERE state IN ('running', 'removing');
CREATE INDEX ingests_by_source ON ingests (source, state, kind, no);

-- `ingest` is NULL for the one row that stands for nobody: it carries the gateway's own audit key. No number is ever
-- given to a second client.
CREATE TABLE clients (
    no         INTEGER PRIMARY KEY AUTOINCREMENT,
    id         BLOB    NOT NULL UNIQUE,
    ingest     INTEGER REFERENCES ingests (no),
    sealed_key BLOB    NOT NULL
) STRICT;

-- Slot: `source_key`, the keyed digest of source and source's client key.
CREATE TABLE identities (
    no         INTEGER PRIMARY KEY,
    client     BLOB    NOT NULL,
    source_key BLOB    NOT NULL,
    ingest     INTEGER NOT NULL REFERENCES ingests (no),
    content    INTEGER NOT NULL,
    sealed     BLOB
) STRICT;
CREATE INDEX identities_by_source_key ON identities (source_key);
CREATE INDEX identities_by_client ON identities (client);

CREATE TABLE blocking (
    no       INTEGER PRIMARY KEY,
    key      INTEGER NOT NULL,
    identity INTEGER NOT NULL,
    ingest   INTEGER NOT NULL
) STRICT;
CREATE INDEX blocking_by_key ON blocking (key, identity);

-- All that one record of a source says about a client: its elements (part 0) or its treating relationships (part 1).
-- Slot: `client` (the number in `clients`), `record` (keyed digest of source, kind and key of the record) and `part`.
-- `content`: keyed digest of what is said. An import writes the index all over, so that it is kept narrow.
CREATE TABLE statements (
    no      INTEGER PRIMARY KEY,
    client  INTEGER NOT NULL,
    record  INTEGER NOT NULL,
    part    INTEGER NOT NULL,
    ingest  INTEGER NOT NULL,
    content INTEGER NOT NULL,
    sealed  BLOB
) STRICT;
CREATE INDEX statements_by_client ON statements (client, record);

-- About which clients a record has ever spoken: where to look when its source corrects whom it is about. Written in long
-- sorted runs, since an index that every piece of an import writes all over costs a third of its time.
CREATE TABLE record_places (
    record INTEGER NOT NULL,
    client INTEGER NOT NULL,
    ingest INTEGER NOT NULL,
    PRIMARY KEY (record, client)
) WITHOUT ROWID, STRICT;

CREATE TABLE consents (
    id          BLOB    NOT NULL,
    version     INTEGER NOT NULL CHECK (version >= 1),
    client      BLOB    NOT NULL,
    recorded_at INTEGER NOT NULL,
    sealed      BLOB    NOT NULL,
    PRIMARY KEY (id, version)
) STRICT;
CREATE INDEX consents_by_client ON consents (client);

CREATE TABLE agency_versions (
    agency     TEXT    NOT NULL,
    version    INTEGER NOT NULL CHECK (version >= 1),
    entered_at INTEGER NOT NULL,
    entered_by TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    PRIMARY KEY (agency, version)
) STRICT;

CREATE TABLE agreements (
    hash         BLOB    NOT NULL PRIMARY KEY,
    mou          TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    activated_at INTEGER NOT NULL,
    retired_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX agreements_one_active ON agreements (mou) WHERE retired_at IS NULL;
