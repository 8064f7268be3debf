-- +goose Up
-- 申诉: an application that lets the photo of a refused one be looked at again,
-- by anybody but who refused it.
ALTER TABLE application ADD COLUMN appeal_of TEXT NOT NULL DEFAULT '';
ALTER TABLE application ADD COLUMN ground TEXT NOT NULL DEFAULT '' CHECK (ground IN ('', 'meets', 'features', 'medical', 'is_me', 'other'));
ALTER TABLE application ADD COLUMN barred TEXT NOT NULL DEFAULT '' CHECK (barred = '' OR barred <> decided_by);
ALTER TABLE application ADD COLUMN plea BLOB NOT NULL DEFAULT ''; -- sealed: the driver's own words; empty if none
CREATE UNIQUE INDEX application_appeal ON application (appeal_of) WHERE appeal_of <> '';
