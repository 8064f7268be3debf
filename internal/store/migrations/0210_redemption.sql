-- +goose Up
-- What a check redeems begins with the second in which it was made: the newest
-- lie together in the index. In the order of hashes each was a page of its own.
ALTER TABLE licence_check RENAME COLUMN digest TO redemption; -- made in this second (4 bytes), then the SHA-256 of the code's payload or of the request's token; NULL by number and in bulk
DROP INDEX licence_check_digest;
CREATE UNIQUE INDEX licence_check_redemption ON licence_check (redemption) WHERE redemption IS NOT NULL;
