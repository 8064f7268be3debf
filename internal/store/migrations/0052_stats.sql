-- +goose Up
-- What is counted by day, so that counting reads the day and not all years.
CREATE INDEX application_submitted ON application (submitted_at);
CREATE INDEX application_ended ON application (ended_at);
CREATE INDEX application_reviewed ON application (decided_at) WHERE decided_by <> '';
CREATE INDEX electronic_issued ON electronic (issued_at);
CREATE INDEX feedback_at ON feedback (at);
