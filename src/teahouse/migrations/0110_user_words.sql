-- By what people are found in the directory, as 0093 does for accounts: the beginnings of words are asked for. Those
-- from before this table are found by the words that a space parts, until they change their names.
-- only: sqlite
CREATE TABLE user_words (word TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (word, user_id)) WITHOUT ROWID;
WITH RECURSIVE parts (user_id, word, rest) AS (
    SELECT user_id, '', search_text || ' ' FROM users
    UNION ALL
    SELECT user_id, SUBSTR(rest, 1, INSTR(rest, ' ') - 1), SUBSTR(rest, INSTR(rest, ' ') + 1) FROM parts WHERE rest <> ''
)
INSERT INTO user_words (word, user_id) SELECT DISTINCT SUBSTR(word, 1, 64), user_id FROM parts WHERE word <> '';
-- end
-- only: postgres
CREATE TABLE user_words (word TEXT COLLATE "C" NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (word, user_id));
INSERT INTO user_words (word, user_id) SELECT DISTINCT SUBSTR(word, 1, 64), user_id
    FROM users, REGEXP_SPLIT_TO_TABLE(search_text, ' ') AS word WHERE word <> '';
-- end
CREATE INDEX user_words_of_user ON user_words (user_id, word);
ALTER TABLE users DROP COLUMN search_text;
