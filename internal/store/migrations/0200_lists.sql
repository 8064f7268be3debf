-- +goose Up
-- A list of three or more in a CHECK is a table that SQLite builds and drops
-- for each row that is written. Where the most rows are, the values are named
-- one by one.
CREATE TABLE licence_check_named (
    number      TEXT   PRIMARY KEY, -- counts up within a day
    at          BIGINT NOT NULL,
    party_id    TEXT   NOT NULL,
    terminal_id TEXT   NOT NULL,
    operator_id TEXT   NOT NULL,
    licence_id  TEXT   NOT NULL,
    scenario    TEXT   NOT NULL,
    way         TEXT   NOT NULL CHECK (way = 'code' OR way = 'number' OR way = 'consent' OR way = 'bulk'),
    request_id  TEXT   NOT NULL,
    digest      BLOB,  -- SHA-256 of the code's payload or of the request's token; NULL by number and in bulk
    outcome     TEXT   NOT NULL CHECK (outcome = 'usable' OR outcome = 'not_usable' OR outcome = 'no_verdict'),
    person      TEXT   NOT NULL CHECK (person = '' OR person = 'yes' OR person = 'no'),
    matched_at  BIGINT NOT NULL,
    sealed      BLOB   NOT NULL, -- what was asked, answered and given
    version     BIGINT NOT NULL,
    visible_at  BIGINT NOT NULL,
    CHECK ((way = 'number' OR way = 'bulk') = (digest IS NULL))
);
INSERT INTO licence_check_named (number, at, party_id, terminal_id, operator_id, licence_id, scenario, way, request_id, digest, outcome, person, matched_at, sealed, version, visible_at)
    SELECT number, at, party_id, terminal_id, operator_id, licence_id, scenario, way, request_id, digest, outcome, person, matched_at, sealed, version, visible_at FROM licence_check ORDER BY number;
DROP TABLE licence_check;
ALTER TABLE licence_check_named RENAME TO licence_check;
CREATE UNIQUE INDEX licence_check_digest ON licence_check (digest) WHERE digest IS NOT NULL;
CREATE UNIQUE INDEX licence_check_request ON licence_check (terminal_id, request_id) WHERE digest IS NULL;
CREATE INDEX licence_check_licence ON licence_check (licence_id, at);
CREATE INDEX licence_check_operator ON licence_check (operator_id, at);
-- What is counted stands in the index: a row is a page of its own.
CREATE INDEX licence_check_party ON licence_check (party_id, at, outcome);
CREATE INDEX licence_check_at ON licence_check (at, scenario);
CREATE INDEX licence_check_delayed ON licence_check (visible_at) WHERE visible_at > 0;

CREATE TABLE audit_entry_named (
    id         TEXT    PRIMARY KEY,
    at         BIGINT  NOT NULL,
    actor_kind TEXT    NOT NULL CHECK (actor_kind = 'driver' OR actor_kind = 'visitor' OR actor_kind = 'staff' OR actor_kind = 'operator' OR actor_kind = 'party' OR actor_kind = 'feed' OR actor_kind = 'program'),
    actor_id   TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    object     TEXT    NOT NULL,
    case_ref   TEXT    NOT NULL,
    flagged    BOOLEAN NOT NULL,
    sealed     BLOB    NOT NULL,
    salt       BLOB    NOT NULL,
    seq        BIGINT  NOT NULL -- its place in the log; -1 until it has one
);
INSERT INTO audit_entry_named (id, at, actor_kind, actor_id, role, action, subject, object, case_ref, flagged, sealed, salt, seq)
    SELECT id, at, actor_kind, actor_id, role, action, subject, object, case_ref, flagged, sealed, salt, seq FROM audit_entry ORDER BY id;
DROP TABLE audit_entry;
ALTER TABLE audit_entry_named RENAME TO audit_entry;
CREATE INDEX audit_entry_waiting ON audit_entry (id) WHERE seq < 0;
CREATE UNIQUE INDEX audit_entry_seq ON audit_entry (seq) WHERE seq >= 0;
CREATE INDEX audit_entry_case ON audit_entry (case_ref, id) WHERE case_ref <> '';
CREATE INDEX audit_entry_subject ON audit_entry (subject, id) WHERE action <> 'check.code' AND action <> 'check.bulk';
CREATE INDEX audit_entry_actor ON audit_entry (actor_id, id) WHERE action <> 'check.code' AND action <> 'check.bulk';
CREATE INDEX audit_entry_check ON audit_entry (object) WHERE action = 'check.code' OR action = 'check.bulk';

ALTER TABLE licence_version ADD COLUMN said_by TEXT NOT NULL DEFAULT 'import' CHECK (said_by = 'import' OR said_by = 'feed' OR said_by = 'correction');
UPDATE licence_version SET said_by = source;
ALTER TABLE licence_version DROP COLUMN source;
ALTER TABLE licence_version RENAME COLUMN said_by TO source;
