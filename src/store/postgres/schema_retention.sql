-- From when the retention time of personal data counts: milliseconds since 1970 by the clocks of the
-- service. NULL while it does not count, and once the data are erased. Rows of older versions get
-- the time of their last change; the true time is stored when that is old enough.
ALTER TABLE onboardings ADD COLUMN retain_from BIGINT;
UPDATE onboardings SET retain_from = update_time
    WHERE state IN ('CREATED', 'CANCELLED', 'NEEDS_ATTENTION');
CREATE INDEX onboardings_retained ON onboardings (tenant, retain_from)
    WHERE retain_from IS NOT NULL;
