-- Persons whom their source has anonymised, and their hires. Nobody is created from what the source
-- said before.
CREATE TABLE anonymised (
    tenant     TEXT COLLATE "C" NOT NULL,
    id_index   BYTEA NOT NULL,
    -- when the source said so: microseconds
    event_time BIGINT NOT NULL,
    -- when that was stored
    time       BIGINT NOT NULL,
    PRIMARY KEY (tenant, id_index)
);
CREATE INDEX anonymised_time ON anonymised (time);

-- Updates that came before the confirmation of their hire.
CREATE TABLE early (
    seq           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id            TEXT COLLATE "C" NOT NULL,
    tenant        TEXT COLLATE "C" NOT NULL,
    account       TEXT COLLATE "C" NOT NULL,
    system        TEXT COLLATE "C" NOT NULL,
    source_index  BYTEA NOT NULL,
    person_index  BYTEA,
    content_index BYTEA NOT NULL,
    time          BIGINT NOT NULL,
    document      BYTEA NOT NULL,
    UNIQUE (tenant, content_index)
);
CREATE INDEX early_source ON early (tenant, account, system, source_index);
CREATE INDEX early_person ON early (tenant, account, system, person_index);
CREATE INDEX early_time ON early (time);
