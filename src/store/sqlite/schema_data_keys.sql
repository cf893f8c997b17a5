-- The key of each onboarding, sealed: it seals document, intents and evidence. An erasure replaces it.
-- Onboardings of older versions get one with their next change.
CREATE TABLE data_keys (
    onboarding INTEGER PRIMARY KEY REFERENCES onboardings (seq),
    key        BLOB NOT NULL
) STRICT;
