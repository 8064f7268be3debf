-- +goose Up
CREATE TABLE push_subscription (
    device_id  TEXT   PRIMARY KEY,
    licence_id TEXT   NOT NULL,
    sealed     BLOB   NOT NULL, -- address and keys
    created_at BIGINT NOT NULL
);
CREATE INDEX push_subscription_licence ON push_subscription (licence_id);
