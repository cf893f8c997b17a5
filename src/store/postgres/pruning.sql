-- When a withdrawal or a request was noted last. Rows of older versions count from now on.
ALTER TABLE tombstones ADD COLUMN noted BIGINT NOT NULL DEFAULT 0;
UPDATE tombstones SET noted = (extract(epoch FROM now()) * 1000)::bigint;
CREATE INDEX tombstones_noted ON tombstones (noted);
ALTER TABLE requests ADD COLUMN noted BIGINT NOT NULL DEFAULT 0;
UPDATE requests SET noted = (extract(epoch FROM now()) * 1000)::bigint;
CREATE INDEX requests_noted ON requests (noted);

-- Until when the retention time removes entries of the history: those about onboardings, and others.
CREATE TABLE history_limits (
    kind  TEXT COLLATE "C" PRIMARY KEY,
    until BIGINT NOT NULL
);
CREATE INDEX history_aged ON history (onboarding, time);
DROP TRIGGER history_stays_as_it_is ON history;
CREATE TRIGGER history_stays_as_it_is BEFORE UPDATE OR TRUNCATE ON history
    FOR EACH STATEMENT EXECUTE FUNCTION history_is_only_added_to();
CREATE FUNCTION history_is_removed_in_time() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF OLD.time < (SELECT until FROM history_limits
        WHERE kind = CASE WHEN OLD.onboarding IS NULL THEN 'others' ELSE 'onboardings' END)
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the history is only ever added to';
END $$;
CREATE TRIGGER history_stays_whole BEFORE DELETE ON history
    FOR EACH ROW EXECUTE FUNCTION history_is_removed_in_time();
