-- What each tenant has in the spool; counting at each arrival would take longer the more there is.
-- Counted anew at each start.
CREATE TABLE share (
    tenant TEXT PRIMARY KEY,
    waiting INTEGER NOT NULL,
    waiting_bytes INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    ended_bytes INTEGER NOT NULL,
    -- 1: the tenant is disabled or deleted; its events take no room of others.
    apart INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

DROP TRIGGER event_arrives;
DROP TRIGGER event_ends;
DROP TABLE tally;

CREATE TRIGGER event_arrives AFTER INSERT ON event BEGIN
    INSERT INTO share (tenant, waiting, waiting_bytes, ended, ended_bytes)
    VALUES (new.tenant, 1, length(new.body), 0, 0)
    ON CONFLICT (tenant) DO UPDATE
    SET waiting = waiting + 1, waiting_bytes = waiting_bytes + length(new.body);
END;
CREATE TRIGGER event_ends AFTER UPDATE OF state ON event
WHEN old.state = 'waiting' AND new.state <> 'waiting' BEGIN
    UPDATE share SET waiting = waiting - 1,
        waiting_bytes = waiting_bytes - coalesce(length(old.body), 0),
        ended = ended + 1, ended_bytes = ended_bytes + coalesce(length(new.body), 0)
    WHERE tenant = new.tenant;
END;
CREATE TRIGGER event_cleared AFTER UPDATE OF body ON event
WHEN old.state <> 'waiting' AND new.body IS NULL BEGIN
    UPDATE share SET ended_bytes = ended_bytes - coalesce(length(old.body), 0)
    WHERE tenant = old.tenant;
END;
CREATE TRIGGER event_forgotten AFTER DELETE ON event BEGIN
    UPDATE share SET ended = ended - 1,
        ended_bytes = ended_bytes - coalesce(length(old.body), 0)
    WHERE tenant = old.tenant;
END;

CREATE INDEX event_turn ON event (tenant, due_ms, seq) WHERE state = 'waiting';
CREATE INDEX event_ended ON event (tenant, seq) WHERE state <> 'waiting';
