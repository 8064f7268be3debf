-- +goose Up
-- Administrators of relying parties 单位管理员, and their parties' API keys.
CREATE TABLE party_admin (
    id           TEXT   PRIMARY KEY,
    party_id     TEXT   NOT NULL REFERENCES party (id),
    login        TEXT   NOT NULL,
    status       TEXT   NOT NULL CHECK (status IN ('invited', 'active', 'suspended')),
    own_pause    BOOLEAN NOT NULL, -- suspended by a fellow administrator
    sealed       BLOB   NOT NULL, -- name, password hash, TOTP secret
    totp_step    BIGINT NOT NULL,
    invite_hash  BLOB   NOT NULL, -- empty when there is none
    invite_until BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    version      BIGINT NOT NULL
);
CREATE UNIQUE INDEX party_admin_login ON party_admin (login);
CREATE INDEX party_admin_party ON party_admin (party_id, id);

-- Who signs requests for a party's own system. The private key is never here.
CREATE TABLE party_key (
    id           TEXT    PRIMARY KEY,
    party_id     TEXT    NOT NULL REFERENCES party (id),
    number       TEXT    NOT NULL UNIQUE, -- "系统 3", as drivers see who asked
    name         TEXT    NOT NULL,
    public_key   BLOB    NOT NULL UNIQUE, -- SubjectPublicKeyInfo
    scenarios    TEXT    NOT NULL, -- granted to the key, joined by commas
    status       TEXT    NOT NULL CHECK (status IN ('active', 'suspended', 'revoked')),
    own_pause    BOOLEAN NOT NULL, -- suspended by the party itself
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    last_used_at BIGINT  NOT NULL,
    version      BIGINT  NOT NULL
);
CREATE INDEX party_key_party ON party_key (party_id, id);

-- What a party's own administrator suspended, the same may resume; what the
-- authority suspended stays so.
ALTER TABLE terminal ADD COLUMN own_pause BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE operator ADD COLUMN own_pause BOOLEAN NOT NULL DEFAULT FALSE;

CREATE INDEX licence_check_party ON licence_check (party_id, at);

-- A fourth kind of people who sign in.
ALTER TABLE session ADD COLUMN people TEXT NOT NULL DEFAULT 'driver' CHECK (people IN ('driver', 'terminal', 'staff', 'party'));
UPDATE session SET people = population;
ALTER TABLE session DROP COLUMN population;
ALTER TABLE session RENAME COLUMN people TO population;
CREATE INDEX session_party ON session (party_id) WHERE party_id <> '';

DROP INDEX passkey_owner;
ALTER TABLE passkey ADD COLUMN people TEXT NOT NULL DEFAULT 'driver' CHECK (people IN ('driver', 'terminal', 'staff', 'party'));
UPDATE passkey SET people = population;
ALTER TABLE passkey DROP COLUMN population;
ALTER TABLE passkey RENAME COLUMN people TO population;
CREATE INDEX passkey_owner ON passkey (population, owner, created_at);

-- Their deeds are in the audit log under a kind of their own.
ALTER TABLE audit_entry ADD COLUMN actor_is TEXT NOT NULL DEFAULT 'program' CHECK (actor_is IN ('driver', 'visitor', 'staff', 'operator', 'party', 'feed', 'program'));
UPDATE audit_entry SET actor_is = actor_kind;
ALTER TABLE audit_entry DROP COLUMN actor_kind;
ALTER TABLE audit_entry RENAME COLUMN actor_is TO actor_kind;
