-- +goose Up
-- Every check of a licence. A code's digest is there once, so it is redeemed
-- once; a terminal's request leads to one check.
CREATE TABLE licence_check (
    id          TEXT   PRIMARY KEY,
    number      TEXT   NOT NULL UNIQUE,
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
CREATE UNIQUE INDEX licence_check_request ON licence_check (terminal_id, request_id);
CREATE INDEX licence_check_licence ON licence_check (licence_id, id);
CREATE INDEX licence_check_operator ON licence_check (operator_id, id);
CREATE INDEX licence_check_party ON licence_check (party_id, at);
