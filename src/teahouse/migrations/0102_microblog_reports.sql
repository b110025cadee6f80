-- What people told the operators of accounts and posts. status_ids and rule_ids are JSON lists. closed_ts is when an operator
-- was done with it.
CREATE TABLE microblog_reports (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    status_ids TEXT NOT NULL,
    rule_ids TEXT NOT NULL,
    comment TEXT NOT NULL,
    category TEXT NOT NULL,
    created_ts BIGINT NOT NULL,
    closed_ts BIGINT
);
CREATE INDEX microblog_reports_by ON microblog_reports (account_id);
CREATE INDEX microblog_reports_open ON microblog_reports (id) WHERE closed_ts IS NULL;
