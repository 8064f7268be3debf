-- +goose Up
CREATE TABLE code (
    id          TEXT   PRIMARY KEY,
    purpose     TEXT   NOT NULL CHECK (purpose IN ('signin', 'bind')),
    phone_index BLOB   NOT NULL, -- empty for a decoy
    session_id  TEXT   NOT NULL,
    licence_id  TEXT   NOT NULL,
    verifier    BLOB   NOT NULL, -- keyed hash of identifier and digits
    tries       BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    used_at     BIGINT NOT NULL,
    version     BIGINT NOT NULL
);
CREATE INDEX code_phone ON code (phone_index, at);

CREATE TABLE device (
    id              TEXT   PRIMARY KEY,
    licence_id      TEXT   NOT NULL,
    sealed          BLOB   NOT NULL, -- its name
    public_key      BLOB   NOT NULL,
    serial          BLOB   NOT NULL,
    previous_serial BLOB   NOT NULL,
    serial_at       BIGINT NOT NULL,
    enrolled_at     BIGINT NOT NULL,
    ended_at        BIGINT NOT NULL,
    last_seen_at    BIGINT NOT NULL,
    version         BIGINT NOT NULL
);
CREATE UNIQUE INDEX device_serial ON device (serial);
CREATE INDEX device_previous_serial ON device (previous_serial);
CREATE INDEX device_licence ON device (licence_id) WHERE ended_at = 0;

CREATE TABLE device_request (
    id          TEXT    PRIMARY KEY,
    session_id  TEXT    NOT NULL,
    phone_index BLOB    NOT NULL,
    sealed      BLOB    NOT NULL, -- number and device
    match       TEXT    NOT NULL,
    at          BIGINT  NOT NULL,
    answer      TEXT    NOT NULL CHECK (answer IN ('waiting', 'approved', 'refused')),
    taken       BOOLEAN NOT NULL,
    version     BIGINT  NOT NULL
);
CREATE INDEX device_request_phone ON device_request (phone_index, at);

CREATE TABLE consent (
    id           TEXT   PRIMARY KEY,
    licence_id   TEXT   NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('privacy', 'identity_number', 'face')),
    version      TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    withdrawn_at BIGINT NOT NULL
);
CREATE INDEX consent_licence ON consent (licence_id, id);

CREATE TABLE bind_token (
    hash       BLOB   PRIMARY KEY,
    licence_id TEXT   NOT NULL,
    case_id    TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at   BIGINT NOT NULL
);
