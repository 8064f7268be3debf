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
    statement  BLOB    NOT NULL, -- keyed fingerprint of what the source said; empty for a correction
    sealed     BLOB    NOT NULL
);
CREATE UNIQUE INDEX licence_version_order ON licence_version (licence_id, learned_at);

CREATE TABLE licence_photo (
    licence_id   TEXT NOT NULL,
    digest_index BLOB NOT NULL, -- of the SHA-256 of the file that was imported
    photo_id     TEXT NOT NULL REFERENCES photo (id),
    PRIMARY KEY (licence_id, digest_index)
);

CREATE TABLE register_run (
    id          TEXT   PRIMARY KEY,
    source      TEXT   NOT NULL CHECK (source IN ('import', 'feed')),
    run_key     TEXT   NOT NULL, -- a file's digest, or the name that the feed gave
    name        TEXT   NOT NULL,
    started_by  TEXT   NOT NULL,
    started_at  BIGINT NOT NULL,
    first_at    BIGINT NOT NULL, -- when a run of this key was first started
    as_of       BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    status      TEXT   NOT NULL CHECK (status IN ('running', 'stopped', 'done')),
    lines       BIGINT NOT NULL,
    applied     BIGINT NOT NULL,
    unchanged   BIGINT NOT NULL,
    refused     BIGINT NOT NULL,
    version     BIGINT NOT NULL
);
CREATE INDEX register_run_key ON register_run (run_key, id);
CREATE UNIQUE INDEX register_run_feed ON register_run (run_key) WHERE source = 'feed';

CREATE TABLE register_refusal (
    id     TEXT   PRIMARY KEY,
    run_id TEXT   NOT NULL REFERENCES register_run (id),
    line   BIGINT NOT NULL,
    sealed BLOB   NOT NULL
);
CREATE INDEX register_refusal_run ON register_refusal (run_id, line);

CREATE TABLE licence_pending (
    id          TEXT   PRIMARY KEY,
    licence_id  TEXT   NOT NULL REFERENCES licence (id),
    run_id      TEXT   NOT NULL REFERENCES register_run (id),
    run_key     TEXT   NOT NULL,
    line        BIGINT NOT NULL,
    fingerprint BLOB   NOT NULL, -- keyed, of the run's key and the line
    at          BIGINT NOT NULL,
    resolved_at BIGINT NOT NULL,
    resolved_by TEXT   NOT NULL, -- 'line', or the registrar's identifier
    sealed      BLOB   NOT NULL,
    version     BIGINT NOT NULL
);
CREATE UNIQUE INDEX licence_pending_open ON licence_pending (licence_id) WHERE resolved_at = 0;
CREATE UNIQUE INDEX licence_pending_line ON licence_pending (licence_id, fingerprint);

CREATE TABLE correction (
    id         TEXT   PRIMARY KEY,
    licence_id TEXT   NOT NULL REFERENCES licence (id),
    holds_from BIGINT NOT NULL,
    status     TEXT   NOT NULL CHECK (status IN ('waiting', 'approved', 'refused')),
    asked_by   TEXT   NOT NULL,
    asked_at   BIGINT NOT NULL,
    decided_by TEXT   NOT NULL,
    decided_at BIGINT NOT NULL,
    version_id TEXT   NOT NULL,
    sealed     BLOB   NOT NULL, -- changes and reason
    version    BIGINT NOT NULL,
    CHECK (decided_by <> asked_by),
    CHECK ((status = 'waiting') = (decided_by = ''))
);
CREATE INDEX correction_status ON correction (status, id);
CREATE INDEX correction_licence ON correction (licence_id, id);

CREATE TABLE register_lookup (
    id       TEXT   PRIMARY KEY,
    staff_id TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    found_by TEXT   NOT NULL CHECK (found_by IN ('number', 'file', 'phone', 'name')),
    case_ref TEXT   NOT NULL,
    licences TEXT   NOT NULL, -- identifiers, parted by spaces
    sealed   BLOB   NOT NULL  -- the reason
);
