-- Which consents took a step since it was last looked at whom that concerns, and from when to look. Written with the
-- step itself.

CREATE TABLE changed_consents (
    consent BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    due_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX changed_consents_by_time ON changed_consents (due_at);
INSERT INTO changed_consents (consent, version, due_at)
    SELECT id, MAX(version), 0 FROM consents GROUP BY id HAVING MAX(version) > 1;

-- What earlier recipients are told when a consent ended. `consent` is a keyed digest: in the clear it would tie an event
-- of the log to a client. Which disclosure and whose records it is about is sealed.

CREATE TABLE notices (
    id              BLOB NOT NULL PRIMARY KEY,
    recipient       TEXT NOT NULL,
    consent         BLOB NOT NULL,
    issued_at       INTEGER NOT NULL,
    acknowledged_at INTEGER,
    sealed          BLOB NOT NULL
) STRICT;
CREATE INDEX notices_open ON notices (recipient, issued_at, id) WHERE acknowledged_at IS NULL;
CREATE INDEX notices_by_consent ON notices (consent);
