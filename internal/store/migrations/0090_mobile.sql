-- +goose Up
-- A licence in international form, in both of its forms. The forms are not
-- kept: they are made anew from this row, the register's version and the photo.
CREATE TABLE mobile (
    id                  TEXT    PRIMARY KEY,
    licence_id          TEXT    NOT NULL,
    electronic_id       TEXT    NOT NULL,
    device_id           TEXT    NOT NULL,
    register_version_id TEXT    NOT NULL,
    photo_id            TEXT    NOT NULL,
    portrait_hash       BLOB    NOT NULL,
    holder              BLOB    NOT NULL, -- the phone's key, 65 bytes
    encoding            BIGINT  NOT NULL,
    signer_id           TEXT    NOT NULL,
    issuer              TEXT    NOT NULL,
    sealed              BLOB    NOT NULL, -- name in Latin letters, authority, country, jurisdiction
    month               TEXT    NOT NULL,
    signed_at           BIGINT  NOT NULL,
    until               BIGINT  NOT NULL,
    mdoc_place          BIGINT  NOT NULL,
    vc_place            BIGINT  NOT NULL,
    mdoc_digest         BLOB    NOT NULL,
    vc_digest           BLOB    NOT NULL,
    mdoc_signature      BLOB    NOT NULL, -- empty until it is recorded
    vc_signature        BLOB    NOT NULL,
    status              TEXT    NOT NULL CHECK (status IN ('prepared', 'issued', 'void')),
    mdoc_said           BIGINT  NOT NULL CHECK (mdoc_said IN (0, 1)),
    vc_said             BIGINT  NOT NULL CHECK (vc_said IN (0, 1, 2)),
    touched             BOOLEAN NOT NULL,
    leased_until        BIGINT  NOT NULL,
    version             BIGINT  NOT NULL,
    CHECK (status <> 'issued' OR (length(mdoc_signature) = 64 AND length(vc_signature) = 64))
);
CREATE UNIQUE INDEX mobile_mdoc_place ON mobile (mdoc_place);
CREATE UNIQUE INDEX mobile_vc_place ON mobile (vc_place);
CREATE INDEX mobile_licence ON mobile (licence_id);
CREATE INDEX mobile_device ON mobile (device_id);
CREATE INDEX mobile_touched ON mobile (id) WHERE touched;
CREATE INDEX mobile_idle ON mobile (leased_until) WHERE status = 'prepared';
CREATE INDEX mobile_mdoc_said ON mobile (mdoc_place) WHERE mdoc_said <> 0;
CREATE INDEX mobile_vc_said ON mobile (vc_place) WHERE vc_said <> 0;

-- Counts the changes of the lists, in one row, and the places given out.
CREATE TABLE mobile_lists (
    id      TEXT   PRIMARY KEY,
    changes BIGINT NOT NULL,
    given   BIGINT NOT NULL
);
INSERT INTO mobile_lists (id, changes, given) VALUES ('lists', 0, 0);

-- The secret from which a month's salts are derived.
CREATE TABLE mobile_secret (
    month  TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
);
