-- Keys that an account has accepted: only with such a key does a tenant share the account.
CREATE TABLE accepted_keys (
    account       TEXT COLLATE "C" NOT NULL,
    tenant        TEXT COLLATE "C" NOT NULL,
    key_version   BIGINT NOT NULL,
    accepted_time BIGINT NOT NULL,
    PRIMARY KEY (account, tenant, key_version)
);
INSERT INTO accepted_keys SELECT account, tenant, key_version, proven_time FROM sights;

-- What is due is found by account and tenant, so that many hires of one tenant delay no other.
CREATE INDEX onboardings_lane ON onboardings (account, tenant, wake, seq)
    WHERE lease_end IS NULL AND wake IS NOT NULL;
DROP INDEX onboardings_wake;
DROP INDEX onboardings_leased;
CREATE INDEX onboardings_leased ON onboardings (account, tenant, lease_end, seq)
    WHERE lease_end IS NOT NULL;
