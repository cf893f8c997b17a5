-- From when the retention time of personal data counts: milliseconds since 1970. NULL while it
-- does not, and once they are erased. What was stored before is looked at anew once its last
-- change is that old.
ALTER TABLE onboardings ADD COLUMN retain_from INTEGER;
UPDATE onboardings SET retain_from = update_time
    WHERE state IN ('CREATED', 'CANCELLED', 'NEEDS_ATTENTION');
CREATE INDEX onboardings_retained ON onboardings (tenant, retain_from)
    WHERE retain_from IS NOT NULL;
