-- Since when operators limit an account (strangers' timelines, trends and suggestions leave it out) or suspend it (others see
-- nothing of it, and its person may only read and appeal). Everybody is told which.
ALTER TABLE accounts ADD COLUMN limited_ts BIGINT;
ALTER TABLE accounts ADD COLUMN suspended_ts BIGINT;
CREATE INDEX accounts_limited ON accounts (id) WHERE limited_ts IS NOT NULL;
CREATE INDEX accounts_suspended ON accounts (id) WHERE suspended_ts IS NOT NULL;

-- What a command did to posts, or told somebody, while a server may be running: the server tells those connected, and
-- deletes the row. body is the JSON of the fact's body.
CREATE TABLE passed_facts (
    position BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id TEXT NOT NULL,
    body TEXT NOT NULL
);
