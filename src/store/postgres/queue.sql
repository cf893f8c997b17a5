-- The place in a queue is counted with every answer about a hire that waits: from an index
-- alone, however long the queue is.
CREATE INDEX onboardings_queue ON onboardings (account, wake, seq)
    WHERE state = 'ACCEPTED' AND lease_end IS NULL AND wake IS NOT NULL;
