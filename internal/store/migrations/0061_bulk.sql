-- +goose Up
-- Many look-ups in one file. The file lies in chunks, sealed under the party's
-- key; a chunk with a result is done, so that a stopped server goes on where
-- it was.
CREATE TABLE bulk_batch (
    id          TEXT   PRIMARY KEY,
    party_id    TEXT   NOT NULL,
    terminal_id TEXT   NOT NULL,
    operator_id TEXT   NOT NULL,
    scenario    TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    status      TEXT   NOT NULL CHECK (status IN ('running', 'done', 'cancelled', 'stopped')),
    total       BIGINT NOT NULL,
    done        BIGINT NOT NULL,
    usable      BIGINT NOT NULL,
    missed      BIGINT NOT NULL,
    sealed      BLOB   NOT NULL, -- what is asked of every row
    version     BIGINT NOT NULL
);
CREATE INDEX bulk_batch_operator ON bulk_batch (operator_id, created_at);
CREATE INDEX bulk_batch_running ON bulk_batch (created_at) WHERE status = 'running';

CREATE TABLE bulk_chunk (
    batch_id TEXT   NOT NULL,
    n        BIGINT NOT NULL,
    asked    BLOB   NOT NULL, -- sealed: numbers and names
    answered BLOB   NOT NULL, -- sealed: the results; empty while there is none
    PRIMARY KEY (batch_id, n)
);
