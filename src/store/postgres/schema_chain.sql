-- A keyed hash of the entry and of the one before it about the same onboarding. NULL for entries of
-- older versions, and for those about no onboarding.
ALTER TABLE history ADD COLUMN link BYTEA;
