-- Whether webhooks of a tenant arrive: when one was last accepted, and when and why one was last
-- refused, in milliseconds. Nothing is decided by it.
CREATE TABLE deliveries (
    tenant TEXT PRIMARY KEY,
    accepted_time BIGINT,
    refused_time BIGINT,
    refusal TEXT
);
