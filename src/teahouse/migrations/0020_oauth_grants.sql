-- A device is a session. grants are its rights, parted by blanks; NULL for a session of one's own, which may do
-- everything. client_id names the app that it was opened for, if that came by OAuth.
ALTER TABLE devices ADD COLUMN grants TEXT;
ALTER TABLE devices ADD COLUMN client_id TEXT;

-- Tokens of apps themselves, without a user.
CREATE TABLE oauth_app_tokens (
    token_id BIGINT NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    grants TEXT NOT NULL,
    created_ts BIGINT NOT NULL
);
CREATE INDEX oauth_app_tokens_client ON oauth_app_tokens (client_id, token_id);
