-- +goose Up
-- What an officer's own list has of a check that another authority keeps: no
-- name and no number of the driver. A day old, it is dropped; the audit entry stays.
CREATE TABLE foreign_check (
    id           TEXT   PRIMARY KEY,
    at           BIGINT NOT NULL,
    party_id     TEXT   NOT NULL,
    operator_id  TEXT   NOT NULL,
    authority_id TEXT   NOT NULL, -- on the trust list
    number       TEXT   NOT NULL, -- of the check, at the issuer; '' without an answer
    outcome      TEXT   NOT NULL CHECK (outcome IN ('usable', 'not_usable', 'no_verdict', 'unreachable', 'refused')),
    person       TEXT   NOT NULL CHECK (person IN ('', 'yes', 'no')),
    sealed       BLOB   NOT NULL, -- under the party's key: the word, and where the receipt is
    CHECK (number = '' OR outcome NOT IN ('unreachable', 'refused'))
);
CREATE INDEX foreign_check_operator ON foreign_check (operator_id, at);
CREATE INDEX foreign_check_at ON foreign_check (at);
