-- Every answer about a waiting hire counts its position in the queue: from an index alone.
CREATE INDEX onboardings_queue ON onboardings (account, state, wake) WHERE wake IS NOT NULL;
