-- Users who are to be erased, until everything of theirs is gone: what a stop interrupts goes on with the next start. Those
-- who were erased before this table are looked at once more.
CREATE TABLE unfinished_erasures (user_id TEXT NOT NULL PRIMARY KEY);
INSERT INTO unfinished_erasures (user_id) SELECT user_id FROM users WHERE erased = 1;
