-- What creations showed of a tenant's Lucca: when Lucca last accepted the subject, and when it last
-- refused a creation with it.
CREATE TABLE lessons (
    tenant        TEXT COLLATE "C" NOT NULL,
    account       TEXT COLLATE "C" NOT NULL,
    subject       TEXT COLLATE "C" NOT NULL,
    accepted_time BIGINT,
    refused_time  BIGINT,
    PRIMARY KEY (tenant, account, subject)
);
