-- Persons whom their source has anonymised, and their hires. Nobody is created from what the source
-- said before.
CREATE TABLE anonymised (
    tenant     TEXT NOT NULL,
    id_index   BLOB NOT NULL,
    -- when the source said so: microseconds
    event_time INTEGER NOT NULL,
    -- when that was stored
    time       INTEGER NOT NULL,
    PRIMARY KEY (tenant, id_index)
) STRICT;
CREATE INDEX anonymised_time ON anonymised (time);

-- Updates that came before the confirmation of their hire.
CREATE TABLE early (
    seq           INTEGER PRIMARY KEY,
    id            TEXT NOT NULL,
    tenant        TEXT NOT NULL,
    account       TEXT NOT NULL,
    system        TEXT NOT NULL,
    source_index  BLOB NOT NULL,
    person_index  BLOB,
    content_index BLOB NOT NULL,
    time          INTEGER NOT NULL,
    document      BLOB NOT NULL,
    UNIQUE (tenant, content_index)
) STRICT;
CREATE INDEX early_source ON early (tenant, account, system, source_index);
CREATE INDEX early_person ON early (tenant, account, system, person_index);
CREATE INDEX early_time ON early (time);
