-- +goose Up
CREATE TABLE feedback (
    id          TEXT   PRIMARY KEY,
    number      TEXT   NOT NULL UNIQUE,
    licence_id  TEXT   NOT NULL, -- '' for somebody who is bound to no licence
    key         TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    answered_by TEXT   NOT NULL,
    sealed      BLOB   NOT NULL, -- text, contact, error code, page, images, answer
    version     BIGINT NOT NULL
);
CREATE UNIQUE INDEX feedback_key ON feedback (licence_id, key) WHERE key <> '';
CREATE INDEX feedback_licence ON feedback (licence_id, id);
CREATE INDEX feedback_open ON feedback (id) WHERE answered_at = 0;

CREATE TABLE feedback_image (
    id         TEXT   PRIMARY KEY,
    licence_id TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    sealed     BLOB   NOT NULL
);

-- Numbers that people read are counted within a series, such as a day.
CREATE TABLE series (
    name   TEXT   PRIMARY KEY,
    newest BIGINT NOT NULL
);
