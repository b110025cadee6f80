-- A device that nobody is signed in on: it waits, locked, for its user's next one. At most one a user.
CREATE TABLE dehydrated_devices (
    user_id TEXT PRIMARY KEY,
    device_id TEXT NOT NULL,
    device_data TEXT NOT NULL
);
