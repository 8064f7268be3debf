-- +goose Up
CREATE TABLE photo (
    id         TEXT   PRIMARY KEY,
    licence_id TEXT   NOT NULL,
    source     TEXT   NOT NULL CHECK (source IN ('register', 'album', 'camera', 'window')),
    taken_on   TEXT   NOT NULL, -- YYYY-MM-DD, '' if unknown
    at         BIGINT NOT NULL,
    hash       BLOB   NOT NULL,
    report     TEXT   NOT NULL
);
CREATE INDEX photo_licence ON photo (licence_id, id);

CREATE TABLE photo_image (
    photo_id TEXT NOT NULL REFERENCES photo (id),
    image    TEXT NOT NULL CHECK (image IN ('original', 'portrait', 'small')),
    sealed   BLOB NOT NULL,
    PRIMARY KEY (photo_id, image)
);
