-- What pushes took away, so that many small ones count together; those before one of which a person said that it is meant
-- count no more. Of what exports the newest was: `system` and `project` are digests of the names that the source gives them.

ALTER TABLE ingests ADD COLUMN gone_clients BIGINT NOT NULL DEFAULT 0;
ALTER TABLE ingests ADD COLUMN gone_statements BIGINT NOT NULL DEFAULT 0;
ALTER TABLE ingests ADD COLUMN gone_meant BIGINT NOT NULL DEFAULT 0;
CREATE INDEX ingests_gone ON ingests (source, ended_at) WHERE gone_clients > 0 OR gone_statements > 0;
CREATE INDEX ingests_gone_meant ON ingests (source, no) WHERE gone_meant > 0;

CREATE TABLE exports (
    source      TEXT    NOT NULL,
    system      BYTEA    NOT NULL,
    project     BYTEA    NOT NULL,
    ingest      BIGINT NOT NULL REFERENCES ingests (no),
    exported_at BIGINT NOT NULL,
    PRIMARY KEY (source, system, project, ingest)
);

-- For which registration the clients that a source knows through victim services alone were last taken out.
CREATE TABLE victim_sweeps (
    source       TEXT NOT NULL PRIMARY KEY,
    registration BYTEA NOT NULL
);
