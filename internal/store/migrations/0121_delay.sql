-- +goose Up
-- When a driver may see that the licence was checked; 0: at once.
ALTER TABLE licence_check ADD COLUMN visible_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX licence_check_delayed ON licence_check (visible_at) WHERE visible_at > 0;

-- Purposes for which the police may look up without the driver seeing it at
-- once: the law that says so, and for how many days. One person proposes,
-- another decides.
CREATE TABLE delay_purpose (
    id          TEXT   PRIMARY KEY,
    name        TEXT   NOT NULL,
    basis       TEXT   NOT NULL,
    days        BIGINT NOT NULL CHECK (days BETWEEN 1 AND 180),
    status      TEXT   NOT NULL CHECK (status IN ('proposed', 'in_force', 'refused', 'ended')),
    proposed_by TEXT   NOT NULL,
    proposed_at BIGINT NOT NULL,
    decided_by  TEXT   NOT NULL,
    decided_at  BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    CHECK (decided_by <> proposed_by),
    CHECK ((status = 'proposed') = (decided_by = ''))
);

-- More days for one check, by two persons.
CREATE TABLE delay_extension (
    id           TEXT   PRIMARY KEY,
    check_number TEXT   NOT NULL,
    licence_id   TEXT   NOT NULL,
    days         BIGINT NOT NULL CHECK (days BETWEEN 1 AND 180),
    status       TEXT   NOT NULL CHECK (status IN ('proposed', 'approved', 'refused')),
    proposed_by  TEXT   NOT NULL,
    proposed_at  BIGINT NOT NULL,
    decided_by   TEXT   NOT NULL,
    decided_at   BIGINT NOT NULL,
    sealed       BLOB   NOT NULL, -- the basis, under the driver's key
    version      BIGINT NOT NULL,
    CHECK (decided_by <> proposed_by),
    CHECK ((status = 'proposed') = (decided_by = ''))
);
CREATE UNIQUE INDEX delay_extension_open ON delay_extension (check_number) WHERE status = 'proposed';
