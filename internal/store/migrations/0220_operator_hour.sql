-- +goose Up
-- In which hours an operator checked, for which party: an operator's checks are
-- found among the party's of those hours. In an index by operator each check
-- wrote a page of its own.
CREATE TABLE operator_hour (
    operator_id TEXT   NOT NULL,
    hour        BIGINT NOT NULL, -- since 1970
    party_id    TEXT   NOT NULL,
    PRIMARY KEY (operator_id, hour, party_id)
);
INSERT INTO operator_hour (operator_id, hour, party_id) SELECT DISTINCT operator_id, at / 3600000, party_id FROM licence_check;
DROP INDEX licence_check_operator;
DROP INDEX licence_check_party;
CREATE INDEX licence_check_party ON licence_check (party_id, at, outcome, operator_id);
