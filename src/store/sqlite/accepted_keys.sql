-- Keys that an account has accepted: only with such a key does a tenant share the account.
CREATE TABLE accepted_keys (
    account       TEXT NOT NULL,
    tenant        TEXT NOT NULL,
    key_version   INTEGER NOT NULL,
    accepted_time INTEGER NOT NULL,
    PRIMARY KEY (account, tenant, key_version)
) STRICT;
INSERT INTO accepted_keys SELECT account, tenant, key_version, proven_time FROM sights;

-- What is due is found by account and tenant, so that many hires of one tenant delay no other.
CREATE INDEX onboardings_lane ON onboardings (account, tenant, wake, seq) WHERE wake IS NOT NULL;
DROP INDEX onboardings_wake;
