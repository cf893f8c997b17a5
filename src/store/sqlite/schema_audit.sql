-- Tenants that were deleted and not made again since. A key of a later tenant with the same
-- id gets a version that none of the earlier keys had: what one key has proven, another has
-- not.
CREATE TABLE former_tenants (
    id          TEXT PRIMARY KEY,
    key_version INTEGER NOT NULL,
    delete_time INTEGER NOT NULL
) STRICT;

-- The call that made an entry, and how it ended; empty for what no call did.
ALTER TABLE history ADD COLUMN rpc TEXT NOT NULL DEFAULT '';
ALTER TABLE history ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
CREATE INDEX history_in ON history (tenant, seq);

-- The history is only ever added to.
CREATE TRIGGER history_stays_as_it_is BEFORE UPDATE ON history
BEGIN SELECT RAISE(ABORT, 'the history is only ever added to'); END;
CREATE TRIGGER history_stays_whole BEFORE DELETE ON history
BEGIN SELECT RAISE(ABORT, 'the history is only ever added to'); END;
