-- Clients' requests for accountings (45 CFR 164.528(c), 42 CFR 2.24 and 2.25). Sealed: who asked for what, and why it was put
-- off. `asked`: keyed digest of agency, client and accounting. Days stand as their first moment in UTC.

CREATE TABLE accounting_requests (
    id       BYTEA NOT NULL PRIMARY KEY,
    version  BIGINT NOT NULL CHECK (version >= 1),
    agency   TEXT NOT NULL,
    asked    BYTEA NOT NULL,
    received BIGINT NOT NULL,
    due      BIGINT NOT NULL,
    given    BIGINT,
    sealed   BYTEA NOT NULL
);
CREATE INDEX accounting_requests_due ON accounting_requests (agency, due, id) WHERE given IS NULL;
CREATE INDEX accounting_requests_asked ON accounting_requests (asked, received);
