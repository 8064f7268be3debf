-- +goose Up
CREATE TABLE passkey (
    id         TEXT   PRIMARY KEY, -- the credential's own identifier, base64url
    population TEXT   NOT NULL CHECK (population IN ('driver', 'terminal', 'staff')),
    owner      TEXT   NOT NULL,
    sealed     BLOB   NOT NULL, -- name and public key
    created_at BIGINT NOT NULL,
    used_at    BIGINT NOT NULL,
    version    BIGINT NOT NULL
);
CREATE INDEX passkey_owner ON passkey (population, owner, created_at);

CREATE TABLE ceremony (
    challenge  BLOB   PRIMARY KEY, -- hash
    population TEXT   NOT NULL,
    owner      TEXT   NOT NULL,
    session    TEXT   NOT NULL, -- JSON
    expires_at BIGINT NOT NULL
);
