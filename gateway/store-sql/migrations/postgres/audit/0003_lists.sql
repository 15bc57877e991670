-- The heads of the client lists, by label: what the root in the last entry is made from. A start that finds another root
-- refuses. Neither column tells whose list it is.

CREATE TABLE audit_lists (
    label BYTEA NOT NULL PRIMARY KEY,
    head  BYTEA NOT NULL
);

CREATE TRIGGER audit_lists_stay BEFORE DELETE OR TRUNCATE ON audit_lists
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
