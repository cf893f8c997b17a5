-- Times are milliseconds since 1970 by the clocks of the service unless said otherwise. Columns
-- named document, intent or evidence are sealed; columns named …_index are keyed hashes. COLLATE "C"
-- sorts by bytes, whatever the locale of the database.

CREATE TABLE meta (
    key   TEXT COLLATE "C" PRIMARY KEY,
    value BYTEA NOT NULL
);

CREATE TABLE tenants (
    id          TEXT COLLATE "C" PRIMARY KEY,
    -- microseconds
    update_time BIGINT NOT NULL,
    document    BYTEA NOT NULL
);

CREATE TABLE onboardings (
    seq          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id           TEXT COLLATE "C" NOT NULL UNIQUE,
    tenant       TEXT COLLATE "C" NOT NULL,
    account      TEXT COLLATE "C" NOT NULL,
    system       TEXT COLLATE "C" NOT NULL,
    source_index BYTEA NOT NULL,
    episode      BIGINT NOT NULL,
    state        TEXT COLLATE "C" NOT NULL,
    problem      TEXT COLLATE "C",
    -- the sort key of lists: what has not ended first, then by start date
    urgency      TEXT COLLATE "C" NOT NULL,
    lucca_user   BIGINT,
    -- when a worker should look at it, unless one holds a lease
    wake         BIGINT,
    -- the fencing token: grows with every lease and with every move that no lease covers
    token        BIGINT NOT NULL DEFAULT 0,
    -- until when a worker holds the lease: microseconds by the clock of this server
    lease_end    BIGINT,
    update_time  BIGINT NOT NULL,
    document     BYTEA NOT NULL,
    UNIQUE (tenant, account, system, source_index, episode)
);
CREATE INDEX onboardings_wake ON onboardings (account, wake, seq)
    WHERE lease_end IS NULL AND wake IS NOT NULL;
CREATE INDEX onboardings_next ON onboardings (wake) WHERE lease_end IS NULL AND wake IS NOT NULL;
CREATE INDEX onboardings_leased ON onboardings (account, lease_end, seq)
    WHERE lease_end IS NOT NULL;
CREATE INDEX onboardings_user ON onboardings (tenant, account, lucca_user)
    WHERE lucca_user IS NOT NULL;
CREATE INDEX onboardings_updated ON onboardings (update_time, seq);
CREATE INDEX onboardings_urgent ON onboardings (urgency, seq);

CREATE TABLE attempts (
    onboarding BIGINT NOT NULL REFERENCES onboardings (seq),
    number     BIGINT NOT NULL,
    open       BOOLEAN NOT NULL,
    intent     BYTEA NOT NULL,
    PRIMARY KEY (onboarding, number)
);
CREATE INDEX attempts_open ON attempts (onboarding) WHERE open;

CREATE TABLE evidence (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    onboarding BIGINT NOT NULL REFERENCES onboardings (seq),
    attempt    BIGINT NOT NULL,
    evidence   BYTEA NOT NULL
);
CREATE INDEX evidence_of ON evidence (onboarding, seq);

CREATE TABLE lookups (
    onboarding BIGINT NOT NULL REFERENCES onboardings (seq),
    purpose    TEXT COLLATE "C" NOT NULL,
    value      BYTEA NOT NULL
);
CREATE INDEX lookups_value ON lookups (purpose, value, onboarding);
CREATE INDEX lookups_of ON lookups (onboarding);

-- Reservations of logins: one creator per account and login, while its attempt is open and shortly
-- after.
CREATE TABLE claims (
    account     TEXT COLLATE "C" NOT NULL,
    claim_index BYTEA NOT NULL,
    onboarding  TEXT COLLATE "C" NOT NULL,
    -- NULL: reserved; else free from then on: microseconds by the clock of this server
    free_from   BIGINT,
    PRIMARY KEY (account, claim_index)
);
CREATE INDEX claims_of ON claims (onboarding);

CREATE TABLE requests (
    tenant        TEXT COLLATE "C" NOT NULL,
    account       TEXT COLLATE "C" NOT NULL,
    request_index BYTEA NOT NULL,
    content_index BYTEA NOT NULL,
    onboarding    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, account, request_index)
);

-- Withdrawals of hires that were not known.
CREATE TABLE tombstones (
    tenant       TEXT COLLATE "C" NOT NULL,
    account      TEXT COLLATE "C" NOT NULL,
    system       TEXT COLLATE "C" NOT NULL,
    source_index BYTEA NOT NULL,
    -- microseconds
    event_time   BIGINT,
    PRIMARY KEY (tenant, account, system, source_index)
);

CREATE TABLE history (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    time       BIGINT NOT NULL,
    tenant     TEXT COLLATE "C" NOT NULL,
    onboarding TEXT COLLATE "C",
    actor      TEXT NOT NULL,
    event      TEXT NOT NULL,
    detail     TEXT NOT NULL
);
CREATE INDEX history_of ON history (onboarding, seq);

CREATE TABLE sights (
    account     TEXT COLLATE "C" NOT NULL,
    tenant      TEXT COLLATE "C" NOT NULL,
    key_version BIGINT NOT NULL,
    proven_time BIGINT NOT NULL,
    PRIMARY KEY (account, tenant, key_version)
);

-- Calls to Lucca, and until when there must be none. Times are microseconds by the clock of
-- this server.
CREATE TABLE calls (
    seq     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account TEXT COLLATE "C" NOT NULL,
    began   BIGINT NOT NULL,
    ended   BIGINT
);
CREATE INDEX calls_of ON calls (account);

CREATE TABLE pauses (
    account TEXT COLLATE "C" PRIMARY KEY,
    until   BIGINT NOT NULL
);
