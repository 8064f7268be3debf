-- +goose Up
-- Runs unchanged on SQLite and PostgreSQL: only TEXT, BIGINT, BOOLEAN and BLOB
-- columns, times as Unix milliseconds (0 is none), identifiers chosen by the
-- program. Columns named sealed hold personal data under their subject's key.

CREATE TABLE subject (
    id      TEXT PRIMARY KEY,
    wrapped BLOB NOT NULL -- the data key, wrapped by a master key outside the database
);

CREATE TABLE setting (
    name    TEXT   PRIMARY KEY,
    value   TEXT   NOT NULL, -- JSON
    version BIGINT NOT NULL
);

CREATE TABLE audit_entry (
    id         TEXT    PRIMARY KEY,
    at         BIGINT  NOT NULL,
    actor_kind TEXT    NOT NULL CHECK (actor_kind IN ('driver', 'visitor', 'staff', 'operator', 'feed', 'program')),
    actor_id   TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    object     TEXT    NOT NULL,
    case_ref   TEXT    NOT NULL,
    flagged    BOOLEAN NOT NULL,
    sealed     BLOB    NOT NULL,
    salt       BLOB    NOT NULL,
    seq        BIGINT  NOT NULL -- -1 until the sequencer gives it its place
);
CREATE INDEX audit_entry_waiting ON audit_entry (id) WHERE seq < 0;
CREATE UNIQUE INDEX audit_entry_seq ON audit_entry (seq) WHERE seq >= 0;
CREATE INDEX audit_entry_subject ON audit_entry (subject, id);
CREATE INDEX audit_entry_case ON audit_entry (case_ref, id) WHERE case_ref <> '';

CREATE TABLE audit_hash (
    idx  BIGINT PRIMARY KEY, -- tlog's storage index
    hash BLOB   NOT NULL
);

CREATE TABLE audit_checkpoint (
    size BIGINT PRIMARY KEY,
    root BLOB   NOT NULL,
    at   BIGINT NOT NULL,
    note TEXT   NOT NULL
);

-- Refused anonymous input is counted, a row per minute, cause and caller, not
-- stored: the counting cannot be made a way to fill the disk.
CREATE TABLE refusal_count (
    minute BIGINT NOT NULL,
    cause  TEXT   NOT NULL,
    caller BLOB   NOT NULL, -- blind index of the address
    times  BIGINT NOT NULL,
    PRIMARY KEY (minute, cause, caller)
);

CREATE TABLE message (
    id         TEXT   PRIMARY KEY,
    licence_id TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    read_at    BIGINT NOT NULL,
    sealed     BLOB   NOT NULL
);
CREATE INDEX message_inbox ON message (licence_id, id);
CREATE INDEX message_unread ON message (licence_id) WHERE read_at = 0;

CREATE TABLE outbox (
    id       TEXT   PRIMARY KEY,
    channel  TEXT   NOT NULL CHECK (channel IN ('sms', 'push')),
    subject  TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    sealed   BLOB   NOT NULL,
    due_at   BIGINT NOT NULL, -- not before; moved on after a failed try
    attempts BIGINT NOT NULL,
    sent_at  BIGINT NOT NULL,
    failure  TEXT   NOT NULL  -- why the last try failed; '' if none
);
CREATE INDEX outbox_waiting ON outbox (due_at, id) WHERE sent_at = 0;
