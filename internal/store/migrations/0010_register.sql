-- +goose Up
-- The register. A licence's row is its newest version by valid time; look-ups
-- go through blind indexes of the sealed values.
CREATE TABLE licence (
    id           TEXT   PRIMARY KEY,
    file_index   BLOB   NOT NULL, -- of the file number, which never changes
    number_index BLOB   NOT NULL, -- of the identity document's number
    name_index   BLOB   NOT NULL, -- of the name in small letters
    phone_index  BLOB,            -- NULL: no phone on the register
    version_id   TEXT   NOT NULL,
    holds_from   BIGINT NOT NULL,
    learned_at   BIGINT NOT NULL,
    sealed       BLOB   NOT NULL, -- since when each letter holds; empty: not known
    photo_id     TEXT   NOT NULL, -- '' if none is on file
    pending_id   TEXT   NOT NULL, -- '' or the refused line that is not clarified yet
    version      BIGINT NOT NULL
);
CREATE UNIQUE INDEX licence_file ON licence (file_index);
CREATE INDEX licence_number ON licence (number_index);
CREATE INDEX licence_name ON licence (name_index);
CREATE INDEX licence_phone ON licence (phone_index) WHERE phone_index IS NOT NULL;

-- Never updated, never deleted.
CREATE TABLE licence_version (
    id         TEXT    PRIMARY KEY,
    licence_id TEXT    NOT NULL REFERENCES licence (id),
    holds_from BIGINT  NOT NULL,
    learned_at BIGINT  NOT NULL,
    dated      BOOLEAN NOT NULL, -- the source said since when it holds
    source     TEXT    NOT NULL CHECK (source IN ('import', 'feed', 'correction')),
    run        TEXT    NOT NULL, -- the import, feed run or correction that brought it
    statement  BLOB    NOT NULL, -- keyed fingerprint of what the source said
    sealed     BLOB    NOT NULL
);
CREATE UNIQUE INDEX licence_version_order ON licence_version (licence_id, learned_at);

CREATE TABLE licence_pending (
    id          TEXT   PRIMARY KEY,
    licence_id  TEXT   NOT NULL REFERENCES licence (id),
    run         TEXT   NOT NULL,
    line        BIGINT NOT NULL,
    fingerprint BLOB   NOT NULL, -- keyed, of the run's content and the line's text
    at          BIGINT NOT NULL,
    resolved_at BIGINT NOT NULL,
    resolved_by TEXT   NOT NULL, -- 'line', or the registrar's identifier
    sealed      BLOB   NOT NULL,
    version     BIGINT NOT NULL
);
CREATE UNIQUE INDEX licence_pending_open ON licence_pending (licence_id) WHERE resolved_at = 0;
CREATE INDEX licence_pending_line ON licence_pending (licence_id, fingerprint);
