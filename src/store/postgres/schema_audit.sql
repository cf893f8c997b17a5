-- Tenants that were deleted and not made again since. A key of a later tenant with the same
-- id gets a version that none of the earlier keys had: what one key has proven, another has
-- not.
CREATE TABLE former_tenants (
    id          TEXT COLLATE "C" PRIMARY KEY,
    key_version BIGINT NOT NULL,
    delete_time BIGINT NOT NULL
);

-- By which attempts are gone through when they are sealed anew.
ALTER TABLE attempts ADD COLUMN seq BIGINT GENERATED ALWAYS AS IDENTITY;
CREATE UNIQUE INDEX attempts_seq ON attempts (seq);

-- The call that made an entry, and how it ended; empty for what no call did.
ALTER TABLE history ADD COLUMN rpc TEXT NOT NULL DEFAULT '';
ALTER TABLE history ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
CREATE INDEX history_in ON history (tenant, seq);

-- The history is only ever added to.
CREATE FUNCTION history_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the history is only ever added to'; END $$;
CREATE TRIGGER history_stays_as_it_is BEFORE UPDATE OR DELETE OR TRUNCATE ON history
    FOR EACH STATEMENT EXECUTE FUNCTION history_is_only_added_to();
