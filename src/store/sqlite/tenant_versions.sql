-- The last version of each tenant, sealed; it stays when the tenant is deleted. Somebody who puts back
-- an older row of a tenant is noticed, because the register has a later version.
CREATE TABLE tenant_versions (
    id      TEXT PRIMARY KEY,
    version BLOB NOT NULL
) STRICT;
