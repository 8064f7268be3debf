-- +goose Up
CREATE TABLE window_case (
    id         TEXT   PRIMARY KEY,
    number     TEXT   NOT NULL UNIQUE, -- 受理号
    licence_id TEXT   NOT NULL REFERENCES licence (id),
    staff_id   TEXT   NOT NULL,
    business   TEXT   NOT NULL,
    case_ref   TEXT   NOT NULL, -- of the queue or the business system
    opened_at  BIGINT NOT NULL,
    closed_at  BIGINT NOT NULL, -- 0 while open
    version    BIGINT NOT NULL
);
CREATE INDEX window_case_open ON window_case (staff_id, licence_id) WHERE closed_at = 0;
