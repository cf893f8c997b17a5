-- Every answer about a waiting hire counts its position in the queue: from an index alone.
CREATE INDEX onboardings_queue ON onboardings (account, wake, seq)
    WHERE state = 'ACCEPTED' AND lease_end IS NULL AND wake IS NOT NULL;
