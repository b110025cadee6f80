-- What the store keeps: each content once, whoever uploaded it. `object` is its name in the store, made anew for
-- each file, so that a name never means two contents.
CREATE TABLE media_files (
    sha256 TEXT NOT NULL PRIMARY KEY,
    object TEXT NOT NULL,
    size BIGINT NOT NULL,
    content_type TEXT NOT NULL,
    stored_ts BIGINT NOT NULL
);
CREATE UNIQUE INDEX media_files_object ON media_files (object);

-- What was uploaded, by whom and for what. sha256 is NULL until the bytes have come; purpose is chat, post or
-- preview; is_public is 1 for what logged-out visitors may see. used_ts is the day of the last download.
CREATE TABLE media (
    media_id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    purpose TEXT NOT NULL,
    is_public BIGINT NOT NULL,
    sha256 TEXT,
    size BIGINT NOT NULL,
    content_type TEXT NOT NULL,
    file_name TEXT,
    created_ts BIGINT NOT NULL,
    used_ts BIGINT NOT NULL,
    expires_ts BIGINT
);
CREATE INDEX media_owner ON media (owner, created_ts, media_id);
CREATE INDEX media_content ON media (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX media_expiry ON media (expires_ts) WHERE expires_ts IS NOT NULL;

-- What is made of a file (thumbnails, posters, other formats), each under a kind that tells how it was made.
CREATE TABLE media_derived (
    sha256 TEXT NOT NULL,
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    size BIGINT NOT NULL,
    content_type TEXT NOT NULL,
    made_ts BIGINT NOT NULL,
    PRIMARY KEY (sha256, kind)
);
CREATE UNIQUE INDEX media_derived_object ON media_derived (object);

-- Contents that nobody gets and nobody may upload again.
CREATE TABLE media_blocked (
    sha256 TEXT NOT NULL PRIMARY KEY,
    blocked_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    blocked_ts BIGINT NOT NULL
);

-- What each user has stored, kept so that no upload has to add it up.
CREATE TABLE media_usage (
    user_id TEXT NOT NULL PRIMARY KEY,
    files BIGINT NOT NULL,
    bytes BIGINT NOT NULL
);
