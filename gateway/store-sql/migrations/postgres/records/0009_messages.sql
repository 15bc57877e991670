-- Messages that came over connections (HL7 v2), to be known again when they come again. `mark`: keyed digest of source,
-- sender's names and control id; `content`: keyed digest of the message. They count if their push is published.

CREATE TABLE messages (
    no          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mark        BIGINT NOT NULL UNIQUE,
    content     BIGINT NOT NULL,
    ingest      BIGINT NOT NULL REFERENCES ingests (no),
    received_at BIGINT NOT NULL
);

-- The newest push of a source is asked for by every group of messages.
CREATE INDEX ingests_newest ON ingests (source, state, no);
