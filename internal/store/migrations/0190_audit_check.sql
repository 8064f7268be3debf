-- +goose Up
-- Of all deeds checks are the most, and whose licence and which operator they
-- were of is indexed with the check already: their entries are found through it.
DROP INDEX audit_entry_subject;
DROP INDEX audit_entry_actor;
CREATE INDEX audit_entry_subject ON audit_entry (subject, id) WHERE action <> 'check.code' AND action <> 'check.bulk';
CREATE INDEX audit_entry_actor ON audit_entry (actor_id, id) WHERE action <> 'check.code' AND action <> 'check.bulk';
CREATE INDEX audit_entry_check ON audit_entry (object) WHERE action = 'check.code' OR action = 'check.bulk';
