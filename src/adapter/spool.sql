-- Webhooks that are authentic, from their arrival until the service has them.
CREATE TABLE event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    -- What must be handed over in order: the hire, or the event itself if it names none.
    lane BLOB NOT NULL,
    -- What makes it the same delivery again; nth tells apart equal statements about one hire.
    delivery BLOB NOT NULL,
    nth INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'reported', 'unreported')),
    reason TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_ms INTEGER NOT NULL DEFAULT 0,
    -- Sealed; gone when nobody needs it any more.
    body BLOB
) STRICT;

CREATE UNIQUE INDEX event_delivery ON event (tenant, delivery, nth);
CREATE INDEX event_lane ON event (tenant, lane, seq);
CREATE INDEX event_order ON event (tenant, lane, seq) WHERE state = 'waiting';
CREATE INDEX event_due ON event (due_ms, seq) WHERE state = 'waiting';
CREATE INDEX event_age ON event (received_ms) WHERE state <> 'waiting';

-- How many wait; counting them at each arrival would take longer the more there are.
CREATE TABLE tally (one INTEGER PRIMARY KEY CHECK (one = 1), waiting INTEGER NOT NULL) STRICT;
INSERT INTO tally (one, waiting) VALUES (1, 0);
CREATE TRIGGER event_arrives AFTER INSERT ON event WHEN new.state = 'waiting' BEGIN
    UPDATE tally SET waiting = waiting + 1;
END;
CREATE TRIGGER event_ends AFTER UPDATE OF state ON event
WHEN old.state = 'waiting' AND new.state <> 'waiting' BEGIN
    UPDATE tally SET waiting = waiting - 1;
END;
