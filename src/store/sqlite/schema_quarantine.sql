-- Records that cannot be read, so that they are passed over until an operator decides. The id and
-- the tenant are those in the record's own columns.
CREATE TABLE quarantine (
    kind   TEXT NOT NULL,
    id     TEXT NOT NULL,
    tenant TEXT NOT NULL,
    -- which column, or what was sealed in it
    part   TEXT NOT NULL,
    since  INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;
CREATE INDEX quarantine_of ON quarantine (tenant);
