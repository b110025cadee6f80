-- The server's own emoji. `file_name` is part of the picture's public address; animated pictures have a still besides.
CREATE TABLE custom_emojis (
    shortcode TEXT NOT NULL PRIMARY KEY,
    media_id TEXT NOT NULL,
    file_name TEXT NOT NULL,
    is_animated BIGINT NOT NULL,
    category TEXT,
    in_picker BIGINT NOT NULL,
    created_ts BIGINT NOT NULL
);
