-- One row a user, for ever: a name is never given twice. search_text is the folded name for the directory.
CREATE TABLE users (
    user_id TEXT NOT NULL PRIMARY KEY,
    password_hash TEXT,
    is_admin BIGINT NOT NULL,
    created_ts BIGINT NOT NULL,
    deactivated_ts BIGINT,
    erased BIGINT NOT NULL,
    search_text TEXT NOT NULL
);

CREATE TABLE devices (
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    display_name TEXT,
    created_ts BIGINT NOT NULL,
    last_seen_ts BIGINT,
    last_seen_ip TEXT,
    PRIMARY KEY (user_id, device_id)
);

-- Only SHA-256 of a token is kept. replaces_id is the token that a refresh put this one in the place of, until
-- this one is first used.
CREATE TABLE access_tokens (
    token_id BIGINT NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    expires_ts BIGINT,
    replaces_id BIGINT
);
CREATE INDEX access_tokens_device ON access_tokens (user_id, device_id);
CREATE INDEX access_tokens_replaces ON access_tokens (replaces_id) WHERE replaces_id IS NOT NULL;

-- One row a refresh token, of the same family for one sign-in; spent once its successor was used.
CREATE TABLE refresh_tokens (
    token_hash TEXT NOT NULL PRIMARY KEY,
    access_token_id BIGINT NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    spent BIGINT NOT NULL,
    created_ts BIGINT NOT NULL
);
CREATE INDEX refresh_tokens_device ON refresh_tokens (user_id, device_id);

CREATE TABLE registration_tokens (
    token TEXT NOT NULL PRIMARY KEY,
    uses_allowed BIGINT,
    completed BIGINT NOT NULL,
    expires_ts BIGINT,
    created_ts BIGINT NOT NULL
);

-- A user-interactive authentication on its way. body holds no secrets; body_mac, keyed with the session's id
-- (of which only the hash is kept), pins the whole body.
CREATE TABLE uia_sessions (
    session_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    route TEXT NOT NULL,
    body TEXT NOT NULL,
    body_mac TEXT NOT NULL,
    completed TEXT NOT NULL,
    registration_token TEXT,
    expires_ts BIGINT NOT NULL
);
CREATE INDEX uia_sessions_expires ON uia_sessions (expires_ts);

-- One row a profile field; value is JSON.
CREATE TABLE profile_fields (
    user_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (user_id, name)
);

-- Global account data has an empty room_id; the position is that of the newest change.
CREATE TABLE account_data (
    user_id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    type TEXT NOT NULL,
    content TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (user_id, room_id, type)
);
CREATE INDEX account_data_position ON account_data (user_id, position);

CREATE TABLE filters (
    user_id TEXT NOT NULL,
    filter_id BIGINT NOT NULL,
    content_hash TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (user_id, filter_id)
);
CREATE UNIQUE INDEX filters_content ON filters (user_id, content_hash);
