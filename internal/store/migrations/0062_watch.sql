-- +goose Up
-- Licences of which an auditor wants to see every look-up. Nobody who checks
-- learns that there is such a list.
CREATE TABLE watched_licence (
    licence_id TEXT   PRIMARY KEY,
    since      BIGINT NOT NULL,
    staff_id   TEXT   NOT NULL,
    sealed     BLOB   NOT NULL -- why, under the driver's key
);

-- When an operator works, such as 08:00-20:00; empty: at any time.
ALTER TABLE operator ADD COLUMN hours TEXT NOT NULL DEFAULT '';
