-- +goose Up
CREATE TABLE application (
    id                  TEXT   PRIMARY KEY,
    number              TEXT   NOT NULL,
    licence_id          TEXT   NOT NULL REFERENCES licence (id),
    kind                TEXT   NOT NULL CHECK (kind IN ('first', 'reapply', 'photo')),
    route               TEXT   NOT NULL CHECK (route IN ('onfile', 'reuse', 'album', 'camera', 'window')),
    status              TEXT   NOT NULL CHECK (status IN ('submitted', 'reviewing', 'decided', 'approved', 'refused', 'issued', 'withdrawn')),
    clerk               TEXT   NOT NULL, -- who took it at a window, '' for the driver's own
    submitted_at        BIGINT NOT NULL,
    due_at              BIGINT NOT NULL,
    urged_at            BIGINT NOT NULL,
    reviewer            TEXT   NOT NULL,
    claimed_at          BIGINT NOT NULL,
    outcome             TEXT   NOT NULL CHECK (outcome IN ('', 'approved', 'refused')),
    reasons             TEXT   NOT NULL, -- codes, parted by spaces
    note                BLOB   NOT NULL, -- sealed: the reviewer's own words; empty if none
    decided_by          TEXT   NOT NULL, -- '' for the program
    decided_at          BIGINT NOT NULL,
    ended_at            BIGINT NOT NULL,
    changed_at          BIGINT NOT NULL,
    photo_id            TEXT   NOT NULL REFERENCES photo (id),
    register_version_id TEXT   NOT NULL, -- the register's version when it was submitted
    declared            TEXT   NOT NULL, -- rules that the driver declared, parted by spaces
    key                 TEXT   NOT NULL, -- the caller's idempotency key, '' if none
    case_ref            TEXT   NOT NULL, -- the window's case, '' if none
    version             BIGINT NOT NULL,
    CHECK (status NOT IN ('approved', 'issued') OR outcome = 'approved'),
    CHECK (status <> 'refused' OR outcome = 'refused'),
    CHECK ((ended_at <> 0) = (status IN ('refused', 'issued', 'withdrawn'))),
    CHECK ((clerk <> '') = (route = 'window')),
    CHECK (clerk = '' OR clerk <> decided_by)
);
CREATE UNIQUE INDEX application_number ON application (number);
CREATE UNIQUE INDEX application_open ON application (licence_id, kind) WHERE status IN ('submitted', 'reviewing', 'decided', 'approved');
CREATE UNIQUE INDEX application_key ON application (licence_id, key) WHERE key <> '';
CREATE INDEX application_licence ON application (licence_id, id);
CREATE INDEX application_waiting ON application (due_at, id) WHERE status IN ('submitted', 'reviewing');
CREATE INDEX application_decided ON application (decided_at) WHERE status = 'decided';
CREATE INDEX application_reviewer ON application (decided_by, decided_at) WHERE decided_by <> '';

-- What is about to be signed, recorded before it is: one for an application.
-- Its identifier becomes the electronic licence's.
CREATE TABLE issuance (
    id                  TEXT   PRIMARY KEY,
    application_id      TEXT   NOT NULL REFERENCES application (id),
    licence_id          TEXT   NOT NULL REFERENCES licence (id),
    route               TEXT   NOT NULL,
    status              TEXT   NOT NULL CHECK (status IN ('prepared', 'issued', 'void')),
    identifier          TEXT   NOT NULL, -- 电子证照标识, '' where the authority has no type code
    identifier_version  BIGINT NOT NULL,
    previous_id         TEXT   NOT NULL,
    issuer              TEXT   NOT NULL,
    register_version_id TEXT   NOT NULL REFERENCES licence_version (id),
    photo_id            TEXT   NOT NULL REFERENCES photo (id),
    portrait_hash       BLOB   NOT NULL,
    issued_at           BIGINT NOT NULL, -- as the statement says
    encoding            BIGINT NOT NULL,
    key_id              TEXT   NOT NULL,
    digest              BLOB   NOT NULL, -- SHA-256 of the bytes that are signed
    signature           BLOB   NOT NULL, -- empty until it is signed
    leased_until        BIGINT NOT NULL, -- nobody else takes it up before
    version             BIGINT NOT NULL,
    CHECK (length(digest) = 32),
    CHECK (status <> 'issued' OR length(signature) = 64)
);
CREATE UNIQUE INDEX issuance_application ON issuance (application_id);
CREATE UNIQUE INDEX issuance_open ON issuance (licence_id) WHERE status = 'prepared';
CREATE INDEX issuance_prepared ON issuance (leased_until) WHERE status = 'prepared';
CREATE INDEX issuance_licence ON issuance (licence_id, id);

CREATE TABLE electronic (
    id                  TEXT   PRIMARY KEY,
    licence_id          TEXT   NOT NULL REFERENCES licence (id),
    identifier          TEXT   NOT NULL,
    identifier_version  BIGINT NOT NULL,
    register_version_id TEXT   NOT NULL REFERENCES licence_version (id),
    photo_id            TEXT   NOT NULL,
    valid_to            TEXT   NOT NULL, -- YYYY-MM-DD, '' for 长期
    issued_at           BIGINT NOT NULL,
    invalidated_at      BIGINT NOT NULL, -- 0 while it stands
    changes             TEXT   NOT NULL, -- JSON: what invalidated it
    previous_id         TEXT   NOT NULL,
    version             BIGINT NOT NULL
);
CREATE UNIQUE INDEX electronic_active ON electronic (licence_id) WHERE invalidated_at = 0;
CREATE UNIQUE INDEX electronic_version ON electronic (licence_id, identifier_version);
CREATE INDEX electronic_expiry ON electronic (valid_to) WHERE invalidated_at = 0 AND valid_to <> '';

-- A reminder goes out once for each end of validity and each of its days.
CREATE TABLE reminder (
    licence_id TEXT   NOT NULL,
    valid_to   TEXT   NOT NULL,
    days       BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (licence_id, valid_to, days)
);

-- A window lifts the limit of three refusals.
CREATE TABLE photo_unlock (
    id         TEXT   PRIMARY KEY,
    licence_id TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    staff_id   TEXT   NOT NULL,
    case_ref   TEXT   NOT NULL
);
CREATE INDEX photo_unlock_licence ON photo_unlock (licence_id, at);
