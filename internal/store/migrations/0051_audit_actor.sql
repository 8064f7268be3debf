-- +goose Up
CREATE INDEX audit_entry_actor ON audit_entry (actor_id, id);
