-- +goose Up
-- What a relying party asks of a driver from afar: one answer, or a consent
-- that stands. The link's token is not kept.
CREATE TABLE consent_request (
    id           TEXT   PRIMARY KEY,
    token        BLOB   NOT NULL UNIQUE, -- hash
    kind         TEXT   NOT NULL CHECK (kind IN ('once', 'standing')),
    party_id     TEXT   NOT NULL,
    terminal_id  TEXT   NOT NULL,
    operator_id  TEXT   NOT NULL,
    scenario     TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    status       TEXT   NOT NULL CHECK (status IN ('waiting', 'given', 'refused', 'cancelled')),
    decided_at   BIGINT NOT NULL,
    licence_id   TEXT   NOT NULL, -- who consented; '' while nobody did
    check_number TEXT   NOT NULL, -- of the answer
    sealed       BLOB   NOT NULL, -- under the party's key: the case, and who asks
    version      BIGINT NOT NULL
);
CREATE INDEX consent_request_operator ON consent_request (operator_id, created_at);

-- 授权: a driver lets a party ask by number under a scenario, until either ends it.
CREATE TABLE standing_consent (
    id         TEXT   PRIMARY KEY,
    licence_id TEXT   NOT NULL,
    party_id   TEXT   NOT NULL,
    scenario   TEXT   NOT NULL,
    policy     BLOB   NOT NULL, -- blind index of the insurance policy; empty: none
    given_at   BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL, -- 0: in force
    ended_by   TEXT   NOT NULL CHECK (ended_by IN ('', 'driver', 'party')),
    sealed     BLOB   NOT NULL, -- under the driver's key
    version    BIGINT NOT NULL
);
CREATE UNIQUE INDEX standing_consent_live ON standing_consent (licence_id, party_id, scenario, policy) WHERE ended_at = 0;
CREATE INDEX standing_consent_party ON standing_consent (party_id, scenario, licence_id) WHERE ended_at = 0;
CREATE INDEX standing_consent_licence ON standing_consent (licence_id, given_at);

-- More ways to be found than by code and number.
CREATE TABLE licence_check_wider (
    number      TEXT   PRIMARY KEY, -- counts up within a day
    at          BIGINT NOT NULL,
    party_id    TEXT   NOT NULL,
    terminal_id TEXT   NOT NULL,
    operator_id TEXT   NOT NULL,
    licence_id  TEXT   NOT NULL,
    scenario    TEXT   NOT NULL,
    way         TEXT   NOT NULL CHECK (way IN ('code', 'number', 'consent', 'bulk')),
    request_id  TEXT   NOT NULL,
    digest      BLOB,  -- SHA-256 of the code's payload or of the request's token; NULL by number and in bulk
    outcome     TEXT   NOT NULL CHECK (outcome IN ('usable', 'not_usable', 'no_verdict')),
    person      TEXT   NOT NULL CHECK (person IN ('', 'yes', 'no')),
    matched_at  BIGINT NOT NULL,
    sealed      BLOB   NOT NULL, -- what was asked, answered and given
    version     BIGINT NOT NULL,
    CHECK ((way IN ('number', 'bulk')) = (digest IS NULL))
);
INSERT INTO licence_check_wider (number, at, party_id, terminal_id, operator_id, licence_id, scenario, way, request_id, digest, outcome, person, matched_at, sealed, version)
    SELECT number, at, party_id, terminal_id, operator_id, licence_id, scenario, way, request_id, digest, outcome, person, matched_at, sealed, version FROM licence_check;
DROP TABLE licence_check;
ALTER TABLE licence_check_wider RENAME TO licence_check;
CREATE UNIQUE INDEX licence_check_digest ON licence_check (digest) WHERE digest IS NOT NULL;
CREATE UNIQUE INDEX licence_check_request ON licence_check (terminal_id, request_id) WHERE digest IS NULL;
CREATE INDEX licence_check_licence ON licence_check (licence_id, at);
CREATE INDEX licence_check_operator ON licence_check (operator_id, at);
CREATE INDEX licence_check_at ON licence_check (at);

-- A third purpose of a one-time code: to consent.
ALTER TABLE code ADD COLUMN serves TEXT NOT NULL DEFAULT 'signin' CHECK (serves IN ('signin', 'bind', 'consent'));
UPDATE code SET serves = purpose;
ALTER TABLE code DROP COLUMN purpose;
ALTER TABLE code RENAME COLUMN serves TO purpose;

-- The regulator of road transport, who looks licences up by law.
ALTER TABLE party ADD COLUMN body TEXT NOT NULL DEFAULT 'other' CHECK (body IN ('police', 'window', 'regulator', 'transport', 'insurer', 'rental', 'other'));
UPDATE party SET body = kind;
ALTER TABLE party DROP COLUMN kind;
ALTER TABLE party RENAME COLUMN body TO kind;

UPDATE scenario SET version = version + 1, policy = '{
  "name": {"zh": "道路运输查验", "en": "Road transport"},
  "kinds": ["transport"], "ways": ["code", "number", "consent"], "standing": true, "asks": ["vehicleClass", "holder"],
  "fields": ["usable", "same_person", "photo", "class_covers", "class_since", "expiry", "points_full"]}' WHERE id = 'transport';
UPDATE scenario SET version = version + 1, policy = '{
  "name": {"zh": "保险承保核验", "en": "Insurance: underwriting"},
  "kinds": ["insurer"], "ways": ["code", "consent"], "asks": ["vehicleClass", "holder"],
  "fields": ["usable", "same_person", "class_covers", "years_driving", "expiry"]}' WHERE id = 'underwriting';
UPDATE scenario SET version = version + 1, enabled = TRUE, policy = '{
  "name": {"zh": "保险理赔核验", "en": "Insurance: claim"},
  "kinds": ["insurer"], "ways": ["number"], "standing": true, "asks": ["reason", "caseNumber", "policyNumber", "vehicleClass", "accidentAt"],
  "fields": ["usable", "class_covers", "suspended", "revoked", "in_probation"]}' WHERE id = 'claim';
UPDATE scenario SET version = version + 1, policy = '{
  "name": {"zh": "租赁核验", "en": "Car rental"},
  "kinds": ["rental"], "ways": ["code", "consent"], "asks": ["vehicleClass", "rentalEnd", "holder"],
  "fields": ["usable", "same_person", "photo", "class_covers", "valid_until"],
  "labels": {"same_person": {"zh": "与订单是同一人", "en": "Same person as on the order"}},
  "vehicles": ["C2", "C1", "B1", "C6", "B2", "A1", "A2", "C5", "D", "E", "F"]}' WHERE id = 'rental';
INSERT INTO scenario (id, position, enabled, policy, version)
SELECT 'regulation', max(position) + 1, TRUE, '{
  "name": {"zh": "道路运输监管查验", "en": "Road transport: regulator"},
  "kinds": ["regulator"], "ways": ["code", "number"], "asks": ["reason", "vehicleClass"],
  "fields": ["usable", "photo", "class_covers", "class_since", "expiry", "points_full"]}', 1 FROM scenario;
