-- No entry replaces another one either: INSERT OR REPLACE deletes rows without firing the triggers
-- of DELETE (https://www.sqlite.org/lang_conflict.html).
CREATE TRIGGER history_makes_no_room BEFORE INSERT ON history
WHEN EXISTS (SELECT 1 FROM history WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'the history is only ever added to'); END;
