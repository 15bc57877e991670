-- Agreements as a history that only grows: each epoch changes some of them, with the approvals that allow it. What is
-- in force follows from it. `statement` is the digest of the approved statement: none is used twice.
-- The table `agreements` of 0001 held texts without approvals. Nothing is in force because of it any more; it stays,
-- since what once was in force must remain readable.

CREATE TABLE agreement_epochs (
    epoch      INTEGER PRIMARY KEY,
    event      BLOB    NOT NULL UNIQUE,
    entered_at INTEGER NOT NULL
) STRICT;

CREATE TABLE agreement_changes (
    epoch     INTEGER NOT NULL REFERENCES agreement_epochs (epoch),
    mou       TEXT    NOT NULL,
    action    TEXT    NOT NULL CHECK (action IN ('activate', 'retire')),
    version   TEXT    NOT NULL,
    hash      BLOB    NOT NULL,
    replaced  BLOB,
    body      TEXT CHECK ((action = 'activate') = (body IS NOT NULL)),
    approval  TEXT    NOT NULL,
    statement BLOB    NOT NULL UNIQUE,
    PRIMARY KEY (epoch, mou)
) STRICT;

CREATE TRIGGER agreement_epochs_never_change BEFORE UPDATE ON agreement_epochs
BEGIN SELECT RAISE(ABORT, 'the history of the agreements is never changed'); END;
CREATE TRIGGER agreement_epochs_never_go BEFORE DELETE ON agreement_epochs
BEGIN SELECT RAISE(ABORT, 'the history of the agreements is never deleted'); END;
CREATE TRIGGER agreement_changes_never_change BEFORE UPDATE ON agreement_changes
BEGIN SELECT RAISE(ABORT, 'the history of the agreements is never changed'); END;
CREATE TRIGGER agreement_changes_never_go BEFORE DELETE ON agreement_changes
BEGIN SELECT RAISE(ABORT, 'the history of the agreements is never deleted'); END;
-- INSERT OR REPLACE would pass by the triggers above.
CREATE TRIGGER agreement_epochs_in_order BEFORE INSERT ON agreement_epochs
WHEN NEW.epoch <> (SELECT COALESCE(MAX(epoch), 0) + 1 FROM agreement_epochs)
    OR EXISTS (SELECT 1 FROM agreement_epochs WHERE event = NEW.event)
BEGIN SELECT RAISE(ABORT, 'epochs of the agreements are entered in order'); END;
CREATE TRIGGER agreement_changes_once BEFORE INSERT ON agreement_changes
WHEN NEW.epoch <> (SELECT MAX(epoch) FROM agreement_epochs)
    OR EXISTS (SELECT 1 FROM agreement_changes
        WHERE (epoch = NEW.epoch AND mou = NEW.mou) OR statement = NEW.statement)
BEGIN SELECT RAISE(ABORT, 'an agreement changes once in an epoch'); END;
