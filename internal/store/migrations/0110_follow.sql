-- +goose Up
-- 持续关注: a driver's consent lets a party be told, unasked, when the answer
-- changes. A row lives as long as its consent.
CREATE TABLE followed (
    id         TEXT    PRIMARY KEY, -- the consent's
    licence_id TEXT    NOT NULL,
    party_id   TEXT    NOT NULL,
    scenario   TEXT    NOT NULL,
    since      BIGINT  NOT NULL,
    notice_id  TEXT    NOT NULL, -- what the party was last told; '' before the first look
    touched    BOOLEAN NOT NULL, -- the licence changed since it was looked at
    due_at     BIGINT  NOT NULL, -- when time alone may change the answer; 0: never
    sealed     BLOB    NOT NULL, -- under the party's key: whom it knows by which name
    version    BIGINT  NOT NULL
);
CREATE INDEX followed_touched ON followed (id) WHERE touched;
CREATE INDEX followed_due ON followed (due_at) WHERE due_at <> 0;
CREATE INDEX followed_licence ON followed (licence_id);
CREATE INDEX followed_party ON followed (party_id, id);

CREATE TABLE follow_notice (
    id              TEXT   PRIMARY KEY,
    followed_id     TEXT   NOT NULL REFERENCES followed (id),
    party_id        TEXT   NOT NULL,
    at              BIGINT NOT NULL,
    before          TEXT   NOT NULL CHECK (before IN ('', 'usable', 'not_for_this', 'not_usable')),
    state           TEXT   NOT NULL CHECK (state IN ('usable', 'not_for_this', 'not_usable')),
    check_number    TEXT   NOT NULL, -- under which the driver sees it
    acknowledged_at BIGINT NOT NULL,
    acknowledged_by TEXT   NOT NULL, -- the operator's number
    version         BIGINT NOT NULL
);
CREATE INDEX follow_notice_followed ON follow_notice (followed_id, id);
CREATE INDEX follow_notice_party ON follow_notice (party_id, at);

-- Where a party's own system is told.
CREATE TABLE receiver (
    party_id      TEXT   PRIMARY KEY,
    status        TEXT   NOT NULL CHECK (status IN ('active', 'stopped')),
    sealed        BLOB   NOT NULL, -- address and secret, under the party's key
    set_at        BIGINT NOT NULL,
    delivered_at  BIGINT NOT NULL, -- the last time that it took something
    failing_since BIGINT NOT NULL, -- 0: it does not fail
    failure       TEXT   NOT NULL, -- why the last try failed
    version       BIGINT NOT NULL
);

-- Events to receivers leave through the outbox as well.
CREATE TABLE outbox_wider (
    id       TEXT   PRIMARY KEY,
    channel  TEXT   NOT NULL CHECK (channel IN ('sms', 'push', 'hook')),
    subject  TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    sealed   BLOB   NOT NULL,
    due_at   BIGINT NOT NULL, -- not before; moved on after a failed try
    attempts BIGINT NOT NULL,
    sent_at  BIGINT NOT NULL,
    failure  TEXT   NOT NULL  -- why the last try failed; '' if none
);
INSERT INTO outbox_wider (id, channel, subject, kind, sealed, due_at, attempts, sent_at, failure)
    SELECT id, channel, subject, kind, sealed, due_at, attempts, sent_at, failure FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_wider RENAME TO outbox;
CREATE INDEX outbox_waiting ON outbox (due_at, id) WHERE sent_at = 0;
CREATE INDEX outbox_hook ON outbox (subject, id) WHERE sent_at = 0 AND channel = 'hook';

UPDATE scenario SET version = version + 1,
    policy = replace(replace(policy, '"standing": true', '"standing": true, "follows": true'), '"standing":true', '"standing":true,"follows":true')
WHERE id = 'transport';
