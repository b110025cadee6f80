-- The words of messages, names and topics. words is the text as search_words splits it, place the room and the kind of
-- text as made-up words. Only search_cursor.position and what lies before it is indexed so far.
-- only: sqlite
CREATE TABLE search_index (
    position INTEGER NOT NULL PRIMARY KEY,
    words TEXT NOT NULL,
    place TEXT NOT NULL
);
CREATE VIRTUAL TABLE search_words USING fts5(words, place, content='search_index', content_rowid='position', tokenize='ascii');
CREATE TRIGGER search_index_added AFTER INSERT ON search_index BEGIN INSERT INTO search_words (rowid, words, place) VALUES (new.position, new.words, new.place); END;
CREATE TRIGGER search_index_removed AFTER DELETE ON search_index BEGIN INSERT INTO search_words (search_words, rowid, words, place) VALUES ('delete', old.position, old.words, old.place); END;
-- end
-- only: postgres
CREATE TABLE search_index (
    position BIGINT NOT NULL PRIMARY KEY,
    words TSVECTOR NOT NULL
);
CREATE INDEX search_index_words ON search_index USING GIN (words);
-- end
CREATE TABLE search_cursor (position BIGINT NOT NULL, removed BIGINT NOT NULL);
INSERT INTO search_cursor (position, removed) VALUES (0, 0);

-- What people reported, for whoever runs the server. kind is event, room or user; position orders them.
CREATE TABLE reports (
    position BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    reporter TEXT NOT NULL,
    room_id TEXT,
    event_id TEXT,
    user_id TEXT,
    reason TEXT NOT NULL,
    created_ts BIGINT NOT NULL
);
CREATE INDEX reports_reporter ON reports (reporter, position);
