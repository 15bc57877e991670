-- Clients whom a source has merged into another: what was disclosed about them is accounted for under the key that stays.
-- `into_key`: keyed digest of source and source's client key. They count if their push is published.

CREATE TABLE merged_clients (
    into_key BLOB    NOT NULL,
    client   BLOB    NOT NULL,
    ingest   INTEGER NOT NULL REFERENCES ingests (no),
    PRIMARY KEY (into_key, client)
) WITHOUT ROWID, STRICT;
CREATE INDEX merged_clients_by_ingest ON merged_clients (ingest);
CREATE INDEX merged_clients_by_client ON merged_clients (client);
