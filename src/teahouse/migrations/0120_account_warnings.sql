-- What operators decided about an account, with the reason that it was told. action is none (a warning) or delete_statuses;
-- posts is a JSON list of what was taken down, so that its author and who judges an appeal can read it. appeal_state is
-- pending, approved or rejected, and null while nobody appealed. report_id is the report that led here, if any.
CREATE TABLE account_warnings (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL,
    action TEXT NOT NULL,
    text TEXT NOT NULL,
    posts TEXT NOT NULL,
    report_id BIGINT,
    created_ts BIGINT NOT NULL,
    appeal TEXT,
    appealed_ts BIGINT,
    appeal_state TEXT,
    answer TEXT
);
CREATE INDEX account_warnings_of ON account_warnings (account_id, id);
CREATE INDEX account_warnings_appealed ON account_warnings (id) WHERE appeal_state = 'pending';

-- When an operator was done with a report from the chats.
ALTER TABLE reports ADD COLUMN closed_ts BIGINT;
CREATE INDEX reports_open ON reports (position) WHERE closed_ts IS NULL;
