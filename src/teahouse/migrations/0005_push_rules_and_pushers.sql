-- What a user changed of the default push rules, as JSON; no row means nothing. position is the newest change's.
CREATE TABLE push_rules (
    user_id TEXT NOT NULL PRIMARY KEY,
    changes TEXT NOT NULL,
    position BIGINT NOT NULL
);

-- Where a user's notifications go. A pusher lives no longer than the device that set it: sign-out, deletion of
-- the device, a password change and deactivation all end it with the device's row, in the same transaction.
-- delivered: everything up to this position is done with; while behind is 0 so is what came since.
CREATE TABLE pushers (
    user_id TEXT NOT NULL,
    app_id TEXT NOT NULL,
    pushkey TEXT NOT NULL,
    device_id TEXT NOT NULL,
    app_display_name TEXT NOT NULL,
    device_display_name TEXT NOT NULL,
    profile_tag TEXT,
    lang TEXT NOT NULL,
    data TEXT NOT NULL,
    pushkey_ts BIGINT NOT NULL,
    delivered BIGINT NOT NULL,
    behind BIGINT NOT NULL,
    PRIMARY KEY (app_id, pushkey, user_id),
    FOREIGN KEY (user_id, device_id) REFERENCES devices (user_id, device_id) ON DELETE CASCADE
);
CREATE INDEX pushers_device ON pushers (user_id, device_id);

-- How far the events of the stream were handed to the pushers: one row.
CREATE TABLE push_dispatch (position BIGINT NOT NULL);
INSERT INTO push_dispatch (position) SELECT position FROM stream_position;
