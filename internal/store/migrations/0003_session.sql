-- +goose Up
CREATE TABLE session (
    id          TEXT    PRIMARY KEY,
    token       BLOB    NOT NULL, -- hash of the cookie's value
    population  TEXT    NOT NULL CHECK (population IN ('driver', 'terminal', 'staff')),
    level       TEXT    NOT NULL CHECK (level IN ('', 'phone', 'driver')),
    phone       BLOB    NOT NULL, -- sealed
    licence_id  TEXT    NOT NULL,
    device_id   TEXT    NOT NULL,
    staff_id    TEXT    NOT NULL,
    roles       TEXT    NOT NULL, -- joined by commas
    party_id    TEXT    NOT NULL,
    terminal_id TEXT    NOT NULL,
    operator_id TEXT    NOT NULL,
    must_change BOOLEAN NOT NULL,
    challenge   TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    seen_at     BIGINT  NOT NULL,
    version     BIGINT  NOT NULL
);
CREATE UNIQUE INDEX session_token ON session (token);
CREATE INDEX session_device ON session (device_id) WHERE device_id <> '';
CREATE INDEX session_licence ON session (licence_id) WHERE licence_id <> '';
CREATE INDEX session_staff ON session (staff_id) WHERE staff_id <> '';
CREATE INDEX session_terminal ON session (terminal_id) WHERE terminal_id <> '';
