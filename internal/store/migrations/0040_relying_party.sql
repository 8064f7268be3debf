-- +goose Up
CREATE TABLE party (
    id         TEXT   PRIMARY KEY,
    name       TEXT   NOT NULL,
    uscc       TEXT   NOT NULL,
    kind       TEXT   NOT NULL CHECK (kind IN ('police', 'window', 'transport', 'insurer', 'rental', 'other')),
    scenarios  TEXT   NOT NULL, -- granted, joined by commas
    status     TEXT   NOT NULL CHECK (status IN ('active', 'suspended')),
    sealed     BLOB   NOT NULL, -- contact and telephone
    created_at BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
CREATE UNIQUE INDEX party_body ON party (uscc, name);

CREATE TABLE terminal (
    id           TEXT   PRIMARY KEY,
    party_id     TEXT   NOT NULL REFERENCES party (id),
    number       TEXT   NOT NULL UNIQUE,
    name         TEXT   NOT NULL,
    place        TEXT   NOT NULL,
    public_key   BLOB   NOT NULL,
    status       TEXT   NOT NULL CHECK (status IN ('active', 'suspended')),
    enrolled_at  BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    version      BIGINT NOT NULL
);
CREATE INDEX terminal_party ON terminal (party_id, id);

CREATE TABLE operator (
    id           TEXT    PRIMARY KEY,
    party_id     TEXT    NOT NULL REFERENCES party (id),
    number       TEXT    NOT NULL,
    sealed       BLOB    NOT NULL, -- name and hash of the PIN
    must_change  BOOLEAN NOT NULL,
    tries        BIGINT  NOT NULL,
    locked_until BIGINT  NOT NULL,
    status       TEXT    NOT NULL CHECK (status IN ('active', 'suspended')),
    created_at   BIGINT  NOT NULL,
    last_seen_at BIGINT  NOT NULL,
    version      BIGINT  NOT NULL
);
CREATE UNIQUE INDEX operator_number ON operator (party_id, number);

CREATE TABLE enrolment_code (
    id          TEXT   PRIMARY KEY,
    hash        BLOB   NOT NULL UNIQUE,
    party_id    TEXT   NOT NULL REFERENCES party (id),
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    used_at     BIGINT NOT NULL,
    terminal_id TEXT   NOT NULL -- '' while unused
);
CREATE INDEX enrolment_code_party ON enrolment_code (party_id, id);

-- Challenges that a terminal answered, for as long as they could be answered again.
CREATE TABLE spent_challenge (
    hash BLOB   PRIMARY KEY,
    at   BIGINT NOT NULL
);
CREATE INDEX spent_challenge_at ON spent_challenge (at);
