-- How much the keys of a backup take, so that a user's backups can be bounded without being counted.
ALTER TABLE key_backups ADD COLUMN key_chars BIGINT NOT NULL DEFAULT 0;
UPDATE key_backups SET key_chars = (
    SELECT COALESCE(SUM(LENGTH(k.room_id) + LENGTH(k.session_id) + LENGTH(k.session_data)), 0)
    FROM backed_up_keys k WHERE k.user_id = key_backups.user_id AND k.version = key_backups.version
);
