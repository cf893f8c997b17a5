-- When a withdrawal or a request was noted last. Rows of older versions count from now on.
ALTER TABLE tombstones ADD COLUMN noted INTEGER NOT NULL DEFAULT 0;
UPDATE tombstones SET noted = CAST(strftime('%s', 'now') AS INTEGER) * 1000;
CREATE INDEX tombstones_noted ON tombstones (noted);
ALTER TABLE requests ADD COLUMN noted INTEGER NOT NULL DEFAULT 0;
UPDATE requests SET noted = CAST(strftime('%s', 'now') AS INTEGER) * 1000;
CREATE INDEX requests_noted ON requests (noted);

-- Until when the retention time removes entries of the history: those about onboardings, and others.
CREATE TABLE history_limits (
    kind  TEXT PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX history_aged ON history (onboarding, time);
DROP TRIGGER history_stays_whole;
CREATE TRIGGER history_stays_whole BEFORE DELETE ON history
WHEN OLD.time >= coalesce((SELECT until FROM history_limits
    WHERE kind = CASE WHEN OLD.onboarding IS NULL THEN 'others' ELSE 'onboardings' END), OLD.time)
BEGIN SELECT RAISE(ABORT, 'the history is only ever added to'); END;
