-- Since when operators mark all pictures and films of an account as sensitive; and who of them decided, took on and closed
-- what: accounts, null for the command line.
ALTER TABLE accounts ADD COLUMN sensitized_ts BIGINT;
CREATE INDEX accounts_sensitized ON accounts (id) WHERE sensitized_ts IS NOT NULL;
ALTER TABLE account_warnings ADD COLUMN by_account_id BIGINT;
ALTER TABLE microblog_reports ADD COLUMN assigned_id BIGINT;
ALTER TABLE microblog_reports ADD COLUMN closed_by BIGINT;
ALTER TABLE microblog_reports ADD COLUMN updated_ts BIGINT;
DROP INDEX microblog_reports_by;
CREATE INDEX microblog_reports_by ON microblog_reports (account_id, id);
CREATE INDEX microblog_reports_about ON microblog_reports (target_id, id);
CREATE INDEX microblog_reports_closed ON microblog_reports (id) WHERE closed_ts IS NOT NULL;
