-- The words of posts, as kernel/words.py splits them. Reposts have none; a post's go with it.
-- only: sqlite
CREATE TABLE status_words (
    status_id INTEGER NOT NULL PRIMARY KEY,
    words TEXT NOT NULL
);
CREATE VIRTUAL TABLE status_words_index USING fts5(words, content='status_words', content_rowid='status_id', tokenize='ascii');
CREATE TRIGGER status_words_added AFTER INSERT ON status_words BEGIN INSERT INTO status_words_index (rowid, words) VALUES (new.status_id, new.words); END;
CREATE TRIGGER status_words_removed AFTER DELETE ON status_words BEGIN INSERT INTO status_words_index (status_words_index, rowid, words) VALUES ('delete', old.status_id, old.words); END;
-- end
-- only: postgres
CREATE TABLE status_words (
    status_id BIGINT NOT NULL PRIMARY KEY,
    words TSVECTOR NOT NULL
);
CREATE INDEX status_words_index ON status_words USING GIN (words);
-- end

-- What trends read: the newest acts, whoever did them.
CREATE INDEX status_marks_recent ON status_marks (id);

-- Whom somebody does not want to be suggested any more.
CREATE TABLE suggestions_dismissed (
    account_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, target_id)
);

-- The profile directory: who posted last, who came last.
CREATE INDEX account_counts_active ON account_counts (last_status_id, account_id);
CREATE INDEX account_counts_followers ON account_counts (followers, account_id);
