-- +goose Up
-- A wallet's batch: licences in international form for keys of its own, each
-- used once. No key is ever signed for twice, or two showings could be linked.
ALTER TABLE mobile ADD COLUMN batch TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX mobile_batch_holder ON mobile (holder) WHERE batch <> '';
