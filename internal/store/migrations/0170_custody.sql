-- +goose Up
-- What was done to the platform's keys, as far as it is in the audit log: a row
-- a key and stage. The keys themselves lie outside the database.
CREATE TABLE key_step (
    key_id     TEXT    NOT NULL,
    stage      TEXT    NOT NULL CHECK (stage IN ('made', 'signs', 'retired', 'revoked')),
    key_use    TEXT    NOT NULL,
    entered_at BIGINT  NOT NULL,
    lacking    BOOLEAN NOT NULL, -- the auditor was told that the folder of keys lacks it
    PRIMARY KEY (key_id, stage)
);
