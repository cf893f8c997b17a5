-- Records that cannot be read, so that they are passed over until an operator decides. The id and
-- the tenant are those in the record's own columns. The time is one of the service, in milliseconds
-- since 1970.
CREATE TABLE quarantine (
    kind   TEXT COLLATE "C" NOT NULL,
    id     TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    -- which column, or what was sealed in it
    part   TEXT NOT NULL,
    since  BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX quarantine_of ON quarantine (tenant);
