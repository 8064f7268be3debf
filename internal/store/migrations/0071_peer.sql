-- +goose Up
-- Other authorities whose licences this one believes, and who may ask it.
CREATE TABLE peer_authority (
    id         TEXT   PRIMARY KEY,
    issuer     TEXT   NOT NULL, -- its identifier: its public URL
    name_zh    TEXT   NOT NULL,
    name_en    TEXT   NOT NULL,
    bundle_key BLOB   NOT NULL, -- pinned; moved on by handovers alone
    ask_keys   BLOB   NOT NULL, -- points of 65 bytes, one after another
    status     TEXT   NOT NULL CHECK (status IN ('active', 'suspended')),
    bundle     BLOB   NOT NULL, -- its newest, empty until it was fetched
    sequence   BIGINT NOT NULL,
    fetched_at BIGINT NOT NULL,
    added_at   BIGINT NOT NULL,
    added_by   TEXT   NOT NULL,
    version    BIGINT NOT NULL
);
CREATE UNIQUE INDEX peer_authority_issuer ON peer_authority (issuer);

-- Questions of other authorities that were answered, so that none is played again.
CREATE TABLE peer_request (
    id TEXT   PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE INDEX peer_request_at ON peer_request (at);
