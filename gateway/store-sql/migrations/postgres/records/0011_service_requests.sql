-- Requests to 311 lines: a number, a sort, a state, two times and a place to a thousandth of a degree. About nobody, so
-- nothing of it is sealed; nothing that a caller wrote or was is here. Taken out by age.

CREATE TABLE service_requests (
    source       TEXT NOT NULL,
    number       TEXT NOT NULL,
    kind         TEXT NOT NULL,
    state        TEXT NOT NULL,
    requested_at BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    latitude     BIGINT NOT NULL,
    longitude    BIGINT NOT NULL,
    PRIMARY KEY (source, number)
);
CREATE INDEX service_requests_made ON service_requests (requested_at);
CREATE INDEX service_requests_place ON service_requests (latitude, longitude);
