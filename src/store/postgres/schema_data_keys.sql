-- The key of each onboarding, sealed: it seals document, intents and evidence. An erasure replaces it.
-- Onboardings of older versions get one with their next change.
CREATE TABLE data_keys (
    onboarding BIGINT PRIMARY KEY REFERENCES onboardings (seq),
    key        BYTEA NOT NULL
);
