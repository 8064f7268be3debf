-- +goose Up
-- A registered party asks for further scenarios, and what it was asked for
-- anew lapses where nobody answers.
ALTER TABLE admission ADD COLUMN further BOOLEAN NOT NULL DEFAULT FALSE; -- of party_id, from the beginning
ALTER TABLE admission ADD COLUMN answer_by BIGINT NOT NULL DEFAULT 0; -- of what was returned
DROP INDEX admission_open;
DROP INDEX admission_queue;
DROP INDEX admission_draft;
ALTER TABLE admission ADD COLUMN stands TEXT NOT NULL DEFAULT 'draft' CHECK (stands IN ('draft', 'submitted', 'returned', 'granted', 'refused', 'lapsed', 'withdrawn'));
UPDATE admission SET stands = status;
ALTER TABLE admission DROP COLUMN status;
ALTER TABLE admission RENAME COLUMN stands TO status;
-- One that waits for each body that nobody knows; its draft keeps nobody out.
CREATE UNIQUE INDEX admission_open ON admission (uscc) WHERE status IN ('submitted', 'returned') AND NOT further;
-- One for each party, its draft too: its administrators share it.
CREATE UNIQUE INDEX admission_further ON admission (party_id) WHERE status IN ('draft', 'submitted', 'returned') AND further;
CREATE INDEX admission_party ON admission (party_id, created_at) WHERE party_id <> '';
CREATE INDEX admission_queue ON admission (status, submitted_at, id);
CREATE INDEX admission_draft ON admission (kept_until) WHERE status = 'draft';
CREATE INDEX admission_answer ON admission (answer_by) WHERE status = 'returned';
