-- By what accounts are found: the beginnings are asked for, so of a name in a script without spaces each ending is a row
-- (people/search_keys.py). Those from before this table have their two names here until they change.
-- only: sqlite
CREATE TABLE account_words (word TEXT NOT NULL, account_id BIGINT NOT NULL, PRIMARY KEY (word, account_id)) WITHOUT ROWID;
-- end
-- only: postgres
CREATE TABLE account_words (word TEXT COLLATE "C" NOT NULL, account_id BIGINT NOT NULL, PRIMARY KEY (word, account_id));
-- end
CREATE INDEX account_words_of_account ON account_words (account_id, word);
INSERT INTO account_words (word, account_id) SELECT LOWER(username), id FROM accounts WHERE gone_ts IS NULL;
INSERT INTO account_words (word, account_id) SELECT SUBSTR(LOWER(display_name), 1, 64), id FROM accounts WHERE gone_ts IS NULL AND display_name <> '' ON CONFLICT DO NOTHING;
