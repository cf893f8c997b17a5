-- Tenants that were deleted and not created again since. The key of a later tenant with the same id
-- gets a version that no earlier key had: what one key has proven is not believed of another.
CREATE TABLE former_tenants (
    id          TEXT PRIMARY KEY,
    key_version INTEGER NOT NULL,
    delete_time INTEGER NOT NULL
) STRICT;

-- The call that an entry tells of, and how it ended; empty if no call did it.
ALTER TABLE history ADD COLUMN rpc TEXT NOT NULL DEFAULT '';
ALTER TABLE history ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
CREATE INDEX history_in ON history (tenant, seq);

-- The history is only ever added to.
CREATE TRIGGER history_stays_as_it_is BEFORE UPDATE ON history
BEGIN SELECT RAISE(ABORT, 'the history is only ever added to'); END;
CREATE TRIGGER history_stays_whole BEFORE DELETE ON history
BEGIN SELECT RAISE(ABORT, 'the history is only ever added to'); END;
