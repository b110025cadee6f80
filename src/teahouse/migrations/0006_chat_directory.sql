-- What the public directory shows of each published room (rooms.is_public): kept by the write that changes it.
-- chunk is the entry as JSON without the count of members; room_type is empty for an ordinary room.
CREATE TABLE room_directory (
    room_id TEXT NOT NULL PRIMARY KEY,
    joined_members BIGINT NOT NULL,
    room_type TEXT NOT NULL,
    search_text TEXT NOT NULL,
    chunk TEXT NOT NULL
);
CREATE INDEX room_directory_order ON room_directory (joined_members, room_id);
