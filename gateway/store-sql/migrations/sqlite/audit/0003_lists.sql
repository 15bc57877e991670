-- The heads of the client lists, by label: what the root in the last entry is made from. A start that finds another root
-- refuses. Neither column tells whose list it is.

CREATE TABLE audit_lists (
    label BLOB NOT NULL PRIMARY KEY,
    head  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_lists_never_go BEFORE DELETE ON audit_lists
BEGIN SELECT RAISE(ABORT, 'audit lists are never deleted'); END;
