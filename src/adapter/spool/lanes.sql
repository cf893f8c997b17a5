-- The lane of all that is said of a person: each id of the person, of an application or as a
-- candidate, leads to it as a keyed hash.
CREATE TABLE name (
    tenant TEXT NOT NULL,
    name BLOB NOT NULL,
    lane BLOB NOT NULL,
    -- 1: of an event from before this table, whose lane does not tell an application from a
    -- candidate.
    untold INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX name_lane ON name (tenant, lane);

INSERT INTO name (tenant, name, lane, untold) SELECT DISTINCT tenant, lane, lane, 1 FROM event;

CREATE TRIGGER name_forgotten AFTER DELETE ON event
WHEN NOT EXISTS (SELECT 1 FROM event WHERE tenant = old.tenant AND lane = old.lane) BEGIN
    DELETE FROM name WHERE tenant = old.tenant AND lane = old.lane;
END;
