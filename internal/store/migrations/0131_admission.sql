-- +goose Up
-- 用证单位申请: a body asks to become a relying party. Nothing is here before
-- its phone was confirmed; a draft goes after its time.
CREATE TABLE admission (
    id            TEXT   PRIMARY KEY,
    number        TEXT   NOT NULL UNIQUE,
    status        TEXT   NOT NULL CHECK (status IN ('draft', 'submitted', 'returned', 'granted', 'refused')),
    uscc          TEXT   NOT NULL,
    phone_index   BLOB   NOT NULL,
    secret        BLOB   NOT NULL, -- hash
    created_at    BIGINT NOT NULL,
    kept_until    BIGINT NOT NULL, -- a draft
    submitted_at  BIGINT NOT NULL,
    returned_at   BIGINT NOT NULL,
    decided_at    BIGINT NOT NULL,
    decided_by    TEXT   NOT NULL,
    party_id      TEXT   NOT NULL, -- '' unless granted
    rivals        BIGINT NOT NULL, -- others who wanted to submit for the same code meanwhile
    evidence_gone BIGINT NOT NULL,
    sealed        BLOB   NOT NULL, -- what they say, and what was decided
    version       BIGINT NOT NULL
);
-- One that waits for each body; a draft keeps nobody out.
CREATE UNIQUE INDEX admission_open ON admission (uscc) WHERE status IN ('submitted', 'returned');
CREATE INDEX admission_queue ON admission (status, submitted_at, id);
CREATE INDEX admission_phone ON admission (phone_index, created_at);
CREATE INDEX admission_draft ON admission (kept_until) WHERE status = 'draft';
CREATE INDEX admission_evidence ON admission (decided_at) WHERE decided_at > 0 AND evidence_gone = 0;

-- Evidence, sealed under a key of its own, so that it can go before the application.
CREATE TABLE admission_file (
    id           TEXT   PRIMARY KEY,
    admission_id TEXT   NOT NULL REFERENCES admission (id),
    kind         TEXT   NOT NULL CHECK (kind IN ('licence', 'road_transport', 'insurance', 'rental_filing', 'other')),
    media        TEXT   NOT NULL CHECK (media IN ('image/jpeg', 'application/pdf')),
    size         BIGINT NOT NULL,
    digest       BLOB   NOT NULL, -- SHA-256 of what is kept
    at           BIGINT NOT NULL,
    sealed       BLOB   NOT NULL
);
CREATE INDEX admission_file_of ON admission_file (admission_id, id);

-- A fourth purpose of a one-time code: to apply.
ALTER TABLE code ADD COLUMN serves TEXT NOT NULL DEFAULT 'signin' CHECK (serves IN ('signin', 'bind', 'consent', 'apply'));
UPDATE code SET serves = purpose;
ALTER TABLE code DROP COLUMN purpose;
ALTER TABLE code RENAME COLUMN serves TO purpose;
