-- Since when and why operators keep a user from signing in. Everything stays; nothing can be done until it is lifted.
ALTER TABLE users ADD COLUMN locked_ts BIGINT;
ALTER TABLE users ADD COLUMN locked_reason TEXT;
CREATE INDEX users_locked ON users (user_id) WHERE locked_ts IS NOT NULL;
CREATE INDEX users_admin ON users (user_id) WHERE is_admin = 1;
CREATE INDEX devices_by_address ON devices (last_seen_ip, user_id) WHERE last_seen_ip IS NOT NULL;
