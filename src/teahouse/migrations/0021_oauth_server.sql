-- Apps that registered themselves, either protocol's. secret_hash is NULL for apps that can keep no secret.
-- redirect_uris and grant_types are JSON lists; details is a JSON object of what people are shown.
CREATE TABLE oauth_clients (
    client_id TEXT NOT NULL PRIMARY KEY,
    client_number BIGINT NOT NULL UNIQUE,
    secret_hash TEXT,
    name TEXT NOT NULL,
    website TEXT,
    redirect_uris TEXT NOT NULL,
    grant_types TEXT NOT NULL,
    auth_method TEXT NOT NULL,
    scope TEXT NOT NULL,
    is_native BIGINT NOT NULL,
    details TEXT NOT NULL,
    created_ts BIGINT NOT NULL,
    used BIGINT NOT NULL
);
CREATE INDEX oauth_clients_unused ON oauth_clients (created_ts) WHERE used = 0;

-- Authorisation codes: only SHA-256 is kept. device_id names the session that a spent code began, so that a code
-- shown twice ends it.
CREATE TABLE oauth_codes (
    code_hash TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    redirect_uri TEXT,
    scope TEXT NOT NULL,
    code_challenge TEXT,
    expires_ts BIGINT NOT NULL,
    device_id TEXT
);
CREATE INDEX oauth_codes_expires ON oauth_codes (expires_ts);

-- Sign-ins of devices without a browser. user_id is NULL until somebody decided; allowed says how.
CREATE TABLE oauth_device_codes (
    code_hash TEXT NOT NULL PRIMARY KEY,
    user_code_hash TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    user_id TEXT,
    allowed BIGINT NOT NULL,
    polled_ts BIGINT NOT NULL,
    expires_ts BIGINT NOT NULL
);
CREATE INDEX oauth_device_codes_expires ON oauth_device_codes (expires_ts);

-- What a person allowed on the account pages for a short while, such as a reset of the signing keys.
CREATE TABLE oauth_approvals (
    user_id TEXT NOT NULL,
    action TEXT NOT NULL,
    expires_ts BIGINT NOT NULL,
    PRIMARY KEY (user_id, action)
);

-- People signed in on the account pages; only SHA-256 of the cookie is kept.
CREATE TABLE browser_sessions (
    session_id BIGINT NOT NULL PRIMARY KEY,
    cookie_hash TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    browser TEXT NOT NULL,
    address TEXT NOT NULL,
    created_ts BIGINT NOT NULL,
    seen_ts BIGINT NOT NULL,
    expires_ts BIGINT NOT NULL
);
CREATE INDEX browser_sessions_user ON browser_sessions (user_id);
CREATE INDEX browser_sessions_expires ON browser_sessions (expires_ts);

-- Whom an outside OpenID provider means by its `sub`.
CREATE TABLE upstream_links (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_ts BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX upstream_links_user ON upstream_links (user_id);
