-- An onboarding without a start date sorts as if it started on the day it was stored. The day of
-- its last change is the nearest that stands in the clear.
UPDATE onboardings
SET urgency = substr(urgency, 1, 1) || date(update_time / 1000, 'unixepoch') || '?'
WHERE urgency IN ('09999-12-31', '19999-12-31');
