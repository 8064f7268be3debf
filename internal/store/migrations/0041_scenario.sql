-- +goose Up
-- What each purpose may ask and is given: nothing that is not listed here is
-- ever shown to a relying party. An administrator adds rows of their own.
CREATE TABLE scenario (
    id       TEXT    PRIMARY KEY,
    position BIGINT  NOT NULL,
    enabled  BOOLEAN NOT NULL,
    policy   TEXT    NOT NULL, -- JSON: name, kinds, ways, asks, fields, labels, vehicles
    version  BIGINT  NOT NULL
);

INSERT INTO scenario (id, position, enabled, policy, version) VALUES
('police', 1, TRUE, '{
  "name": {"zh": "执法查验", "en": "Police check"},
  "kinds": ["police"], "ways": ["code", "number"], "asks": ["reason"],
  "fields": ["usable", "photo", "name", "sex", "birth_date", "number", "document_type", "nationality", "address",
    "classes", "class_since", "first_issue", "validity", "authority", "file_number", "points", "probation",
    "school_bus", "hearing_aid", "causes", "electronic", "next", "steps"]}', 1),
('window', 2, TRUE, '{
  "name": {"zh": "办理交管业务", "en": "Traffic-police business"},
  "kinds": ["window"], "ways": ["code", "number"], "asks": ["reason", "caseNumber"],
  "fields": ["usable", "photo", "name", "sex", "birth_date", "number", "document_type", "nationality", "address",
    "classes", "class_since", "first_issue", "validity", "authority", "file_number", "points", "probation",
    "school_bus", "hearing_aid", "causes", "electronic", "next", "steps"]}', 1),
('transport', 3, TRUE, '{
  "name": {"zh": "道路运输查验", "en": "Road transport"},
  "kinds": ["transport"], "ways": ["code"], "asks": ["vehicleClass", "holder"],
  "fields": ["usable", "same_person", "photo", "class_covers", "class_since", "expiry", "points_full"]}', 1),
('underwriting', 4, TRUE, '{
  "name": {"zh": "保险承保核验", "en": "Insurance: underwriting"},
  "kinds": ["insurer"], "ways": ["code"], "asks": ["vehicleClass", "holder"],
  "fields": ["usable", "same_person", "class_covers", "years_driving", "expiry"]}', 1),
('claim', 5, FALSE, '{
  "name": {"zh": "保险理赔核验", "en": "Insurance: claim"},
  "kinds": ["insurer"], "ways": ["number"], "asks": ["reason", "caseNumber", "vehicleClass", "accidentAt"],
  "fields": ["usable", "class_covers", "suspended", "revoked", "in_probation"]}', 1),
('rental', 6, TRUE, '{
  "name": {"zh": "租赁核验", "en": "Car rental"},
  "kinds": ["rental"], "ways": ["code"], "asks": ["vehicleClass", "rentalEnd", "holder"],
  "fields": ["usable", "same_person", "photo", "class_covers", "valid_until"],
  "labels": {"same_person": {"zh": "与订单是同一人", "en": "Same person as on the order"}},
  "vehicles": ["C2", "C1", "B1", "C6", "B2", "A1", "A2", "C5", "D", "E", "F"]}', 1);
