-- +goose Up
-- 扣留: an officer's measure at the roadside, beside the register. It ends by
-- the office alone, whatever the register says meanwhile.
CREATE TABLE detention (
    number        TEXT   PRIMARY KEY, -- counts up within a day
    licence_id    TEXT   NOT NULL REFERENCES licence (id),
    check_number  TEXT   NOT NULL,
    terminal_id   TEXT   NOT NULL,
    operator_id   TEXT   NOT NULL,
    request_id    TEXT   NOT NULL, -- chosen by the terminal
    at            BIGINT NOT NULL,
    due_at        BIGINT NOT NULL, -- the end of the term
    voucher_index BLOB   NOT NULL, -- of the number of the 行政强制措施凭证
    lifted_at     BIGINT NOT NULL, -- 0: it stands
    lifted_by     TEXT   NOT NULL,
    sealed        BLOB   NOT NULL, -- under the driver's key
    version       BIGINT NOT NULL,
    CHECK ((lifted_at = 0) = (lifted_by = ''))
);
CREATE UNIQUE INDEX detention_standing ON detention (licence_id) WHERE lifted_at = 0;
CREATE UNIQUE INDEX detention_check ON detention (check_number);
CREATE UNIQUE INDEX detention_request ON detention (terminal_id, request_id);
CREATE UNIQUE INDEX detention_voucher ON detention (voucher_index);
CREATE INDEX detention_licence ON detention (licence_id, at);
CREATE INDEX detention_open ON detention (due_at) WHERE lifted_at = 0;
