-- Times are milliseconds since 1970 unless said otherwise. Columns named document, intent or
-- evidence are sealed; columns named …_index are keyed hashes.

CREATE TABLE tenants (
    id          TEXT PRIMARY KEY,
    -- microseconds
    update_time INTEGER NOT NULL,
    document    BLOB NOT NULL
) STRICT;

CREATE TABLE onboardings (
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    tenant       TEXT NOT NULL,
    account      TEXT NOT NULL,
    system       TEXT NOT NULL,
    source_index BLOB NOT NULL,
    episode      INTEGER NOT NULL,
    state        TEXT NOT NULL,
    problem      TEXT,
    -- the sort key of lists: what has not ended first, then by start date
    urgency      TEXT NOT NULL,
    lucca_user   INTEGER,
    -- when a worker should look at it: the due time, or the end of the lease
    wake         INTEGER,
    -- the fencing token: grows with every lease and with every move that no lease covers
    token        INTEGER NOT NULL DEFAULT 0,
    leased       INTEGER NOT NULL DEFAULT 0,
    update_time  INTEGER NOT NULL,
    document     BLOB NOT NULL,
    UNIQUE (tenant, account, system, source_index, episode)
) STRICT;
CREATE INDEX onboardings_wake ON onboardings (account, wake) WHERE wake IS NOT NULL;
CREATE INDEX onboardings_next ON onboardings (wake) WHERE wake IS NOT NULL;
CREATE INDEX onboardings_user ON onboardings (tenant, account, lucca_user)
    WHERE lucca_user IS NOT NULL;
CREATE INDEX onboardings_updated ON onboardings (update_time, seq);
CREATE INDEX onboardings_urgent ON onboardings (urgency, seq);

CREATE TABLE attempts (
    seq        INTEGER PRIMARY KEY,
    onboarding INTEGER NOT NULL REFERENCES onboardings (seq),
    number     INTEGER NOT NULL,
    open       INTEGER NOT NULL,
    intent     BLOB NOT NULL,
    UNIQUE (onboarding, number)
) STRICT;

CREATE TABLE evidence (
    seq        INTEGER PRIMARY KEY,
    onboarding INTEGER NOT NULL REFERENCES onboardings (seq),
    attempt    INTEGER NOT NULL,
    evidence   BLOB NOT NULL
) STRICT;
CREATE INDEX evidence_of ON evidence (onboarding, attempt, seq);

CREATE TABLE lookups (
    onboarding INTEGER NOT NULL REFERENCES onboardings (seq),
    purpose    TEXT NOT NULL,
    value      BLOB NOT NULL
) STRICT;
CREATE INDEX lookups_value ON lookups (purpose, value, onboarding);
CREATE INDEX lookups_of ON lookups (onboarding);

-- Reservations of logins: one creator per account and login, while its attempt is open and shortly
-- after.
CREATE TABLE claims (
    account     TEXT NOT NULL,
    claim_index BLOB NOT NULL,
    onboarding  TEXT NOT NULL,
    -- NULL: reserved; else free from then on
    free_from   INTEGER,
    PRIMARY KEY (account, claim_index)
) STRICT;
CREATE INDEX claims_of ON claims (onboarding);

CREATE TABLE requests (
    tenant        TEXT NOT NULL,
    account       TEXT NOT NULL,
    request_index BLOB NOT NULL,
    content_index BLOB NOT NULL,
    onboarding    TEXT NOT NULL,
    PRIMARY KEY (tenant, account, request_index)
) STRICT;

-- Withdrawals of hires that were not known.
CREATE TABLE tombstones (
    tenant       TEXT NOT NULL,
    account      TEXT NOT NULL,
    system       TEXT NOT NULL,
    source_index BLOB NOT NULL,
    -- microseconds
    event_time   INTEGER,
    PRIMARY KEY (tenant, account, system, source_index)
) STRICT;

CREATE TABLE history (
    seq        INTEGER PRIMARY KEY,
    time       INTEGER NOT NULL,
    tenant     TEXT NOT NULL,
    onboarding TEXT,
    actor      TEXT NOT NULL,
    event      TEXT NOT NULL,
    detail     TEXT NOT NULL
) STRICT;
CREATE INDEX history_of ON history (onboarding, seq);

CREATE TABLE sights (
    account     TEXT NOT NULL,
    tenant      TEXT NOT NULL,
    key_version INTEGER NOT NULL,
    proven_time INTEGER NOT NULL,
    PRIMARY KEY (account, tenant, key_version)
) STRICT;

-- Calls to Lucca. Times are milliseconds since the boot that is named.
CREATE TABLE calls (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    boot    TEXT NOT NULL,
    began   INTEGER NOT NULL,
    ended   INTEGER
) STRICT;
CREATE INDEX calls_of ON calls (account, seq);

CREATE TABLE pauses (
    account TEXT PRIMARY KEY,
    boot    TEXT NOT NULL,
    until   INTEGER NOT NULL
) STRICT;
