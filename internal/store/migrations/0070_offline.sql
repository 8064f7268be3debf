-- +goose Up
-- What a phone carries and a terminal keeps for the time without a network.
-- A handle is one serial of one phone and its place in the status lists.
CREATE TABLE code_handle (
    serial     BLOB    PRIMARY KEY,
    place      BIGINT  NOT NULL, -- in the lists, given out at random
    device_id  TEXT    NOT NULL,
    licence_id TEXT    NOT NULL,
    expires_at BIGINT  NOT NULL, -- of the newest issuer part under this serial
    status     BIGINT  NOT NULL, -- as the list says it
    touched    BOOLEAN NOT NULL  -- phone or licence changed since
);
CREATE UNIQUE INDEX code_handle_place ON code_handle (place);
CREATE INDEX code_handle_device ON code_handle (device_id);
CREATE INDEX code_handle_licence ON code_handle (licence_id);
CREATE INDEX code_handle_touched ON code_handle (serial) WHERE touched;
CREATE INDEX code_handle_said ON code_handle (place) WHERE status <> 0;
CREATE INDEX code_handle_end ON code_handle (expires_at);

-- A list of 2^20 places and its signed token.
CREATE TABLE status_shard (
    shard   BIGINT PRIMARY KEY,
    token   BLOB   NOT NULL, -- empty until it is first signed
    key_id  TEXT   NOT NULL,
    stale   BIGINT NOT NULL, -- counts the changes
    signed  BIGINT NOT NULL  -- the count that the token holds
);

-- The newest bundle, in one row.
CREATE TABLE bundle (
    id        TEXT   PRIMARY KEY,
    sequence  BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    content   BLOB   NOT NULL, -- digest of what it says beside sequence and time
    signed    BLOB   NOT NULL
);
