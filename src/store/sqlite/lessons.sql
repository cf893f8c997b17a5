-- What creations showed of a tenant's Lucca: when Lucca last accepted the subject, and when it last
-- refused a creation with it.
CREATE TABLE lessons (
    tenant        TEXT NOT NULL,
    account       TEXT NOT NULL,
    subject       TEXT NOT NULL,
    accepted_time INTEGER,
    refused_time  INTEGER,
    PRIMARY KEY (tenant, account, subject)
) STRICT;
