-- +goose Up
-- Every check of a licence. A code's digest is there once, so it is redeemed
-- once; a terminal's look-up by number is found by its request.
CREATE TABLE licence_check (
    number      TEXT   PRIMARY KEY, -- counts up within a day
    at          BIGINT NOT NULL,
    party_id    TEXT   NOT NULL,
    terminal_id TEXT   NOT NULL,
    operator_id TEXT   NOT NULL,
    licence_id  TEXT   NOT NULL,
    scenario    TEXT   NOT NULL,
    way         TEXT   NOT NULL CHECK (way IN ('code', 'number')),
    request_id  TEXT   NOT NULL,
    digest      BLOB,  -- SHA-256 of the code's payload; NULL by number
    outcome     TEXT   NOT NULL CHECK (outcome IN ('usable', 'not_usable', 'no_verdict')),
    person      TEXT   NOT NULL CHECK (person IN ('', 'yes', 'no')),
    matched_at  BIGINT NOT NULL,
    sealed      BLOB   NOT NULL, -- what was asked, answered and given
    version     BIGINT NOT NULL,
    CHECK ((way = 'code') = (digest IS NOT NULL))
);
CREATE UNIQUE INDEX licence_check_digest ON licence_check (digest) WHERE digest IS NOT NULL;
CREATE UNIQUE INDEX licence_check_request ON licence_check (terminal_id, request_id) WHERE digest IS NULL;
CREATE INDEX licence_check_licence ON licence_check (licence_id, at);
CREATE INDEX licence_check_operator ON licence_check (operator_id, at);
CREATE INDEX licence_check_at ON licence_check (at);
