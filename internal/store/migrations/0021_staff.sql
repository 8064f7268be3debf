-- +goose Up
CREATE TABLE member (
    id           TEXT   PRIMARY KEY,
    login        TEXT   NOT NULL,
    number       TEXT   NOT NULL,
    roles        TEXT   NOT NULL, -- joined by commas
    status       TEXT   NOT NULL CHECK (status IN ('invited', 'active', 'suspended')),
    sealed       BLOB   NOT NULL, -- name, password hash, TOTP secret
    totp_step    BIGINT NOT NULL,
    invite_hash  BLOB   NOT NULL, -- empty when there is none
    invite_until BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    version      BIGINT NOT NULL
);
CREATE UNIQUE INDEX member_login ON member (login);
