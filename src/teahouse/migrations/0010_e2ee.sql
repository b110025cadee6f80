-- The identity keys of each device, as the device signed them.
CREATE TABLE device_keys (
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    keys TEXT NOT NULL,
    PRIMARY KEY (user_id, device_id)
);

-- One-time keys in the order they came; a spent one stays a while so that an upload repeated late can't revive it.
CREATE TABLE one_time_keys (
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    key_id TEXT NOT NULL,
    key TEXT NOT NULL,
    spent BIGINT NOT NULL,
    PRIMARY KEY (user_id, device_id, algorithm, ordinal)
);
CREATE UNIQUE INDEX one_time_keys_id ON one_time_keys (user_id, device_id, algorithm, key_id);
CREATE INDEX one_time_keys_unspent ON one_time_keys (user_id, device_id, algorithm, ordinal) WHERE spent = 0;

CREATE TABLE fallback_keys (
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    key_id TEXT NOT NULL,
    key TEXT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (user_id, device_id, algorithm)
);

-- kind is master, self_signing or user_signing; public_key is the name of the one key within.
CREATE TABLE cross_signing_keys (
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    public_key TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (user_id, kind)
);

-- Signatures that were added later: by signer's key over a device or a master key (target) of user_id.
CREATE TABLE key_signatures (
    user_id TEXT NOT NULL,
    target TEXT NOT NULL,
    signer TEXT NOT NULL,
    key_id TEXT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (user_id, target, signer, key_id)
);
CREATE INDEX key_signatures_signer ON key_signatures (signer, key_id);

-- When a user's keys changed last, for everybody (seen_by is empty) or for one reader.
CREATE TABLE device_list_changes (
    user_id TEXT NOT NULL,
    seen_by TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (user_id, seen_by)
);
CREATE INDEX device_list_changes_position ON device_list_changes (position);

-- Messages that wait for a device; one position a request, which orders them.
CREATE TABLE to_device_messages (
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    sender TEXT NOT NULL,
    type TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (user_id, device_id, position)
);
CREATE TABLE to_device_transactions (
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    path TEXT NOT NULL,
    created_ts BIGINT NOT NULL,
    PRIMARY KEY (user_id, device_id, path)
);
CREATE INDEX to_device_transactions_age ON to_device_transactions (user_id, device_id, created_ts);

-- Versions are never given twice, so a deleted one keeps its row.
CREATE TABLE key_backups (
    user_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    algorithm TEXT NOT NULL,
    auth_data TEXT NOT NULL,
    etag BIGINT NOT NULL,
    key_count BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    PRIMARY KEY (user_id, version)
);
CREATE TABLE backed_up_keys (
    user_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    room_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    first_message_index BIGINT NOT NULL,
    forwarded_count BIGINT NOT NULL,
    is_verified BIGINT NOT NULL,
    session_data TEXT NOT NULL,
    PRIMARY KEY (user_id, version, room_id, session_id)
);
CREATE INDEX backed_up_keys_session ON backed_up_keys (user_id, version, session_id);
