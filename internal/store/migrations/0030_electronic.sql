-- +goose Up
CREATE TABLE electronic (
    id                  TEXT   PRIMARY KEY,
    licence_id          TEXT   NOT NULL REFERENCES licence (id),
    identifier          TEXT   NOT NULL, -- 电子证照标识, '' where the authority has no type code
    identifier_version  BIGINT NOT NULL,
    register_version_id TEXT   NOT NULL REFERENCES licence_version (id),
    photo_id            TEXT   NOT NULL,
    issued_at           BIGINT NOT NULL,
    invalidated_at      BIGINT NOT NULL, -- 0 while it stands
    sealed              BLOB   NOT NULL, -- the changes that invalidated it
    previous_id         TEXT   NOT NULL,
    version             BIGINT NOT NULL
);
CREATE UNIQUE INDEX electronic_active ON electronic (licence_id) WHERE invalidated_at = 0;
CREATE INDEX electronic_licence ON electronic (licence_id, id);
