-- Tenants that were deleted and not created again since. The key of a later tenant with the same id
-- gets a version that no earlier key had: what one key has proven is not believed of another.
CREATE TABLE former_tenants (
    id          TEXT COLLATE "C" PRIMARY KEY,
    key_version BIGINT NOT NULL,
    delete_time BIGINT NOT NULL
);

-- The order in which a rotation of keys goes through attempts.
ALTER TABLE attempts ADD COLUMN seq BIGINT GENERATED ALWAYS AS IDENTITY;
CREATE UNIQUE INDEX attempts_seq ON attempts (seq);

-- The call that an entry tells of, and how it ended; empty if no call did it.
ALTER TABLE history ADD COLUMN rpc TEXT NOT NULL DEFAULT '';
ALTER TABLE history ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
CREATE INDEX history_in ON history (tenant, seq);

-- The history is only ever added to.
CREATE FUNCTION history_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the history is only ever added to'; END $$;
CREATE TRIGGER history_stays_as_it_is BEFORE UPDATE OR DELETE OR TRUNCATE ON history
    FOR EACH STATEMENT EXECUTE FUNCTION history_is_only_added_to();
