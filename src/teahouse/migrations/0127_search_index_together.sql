-- SQLite's full text index writes out what it holds before each statement of a trigger: a message at a time. The server now
-- enters the words of many messages with one statement (chat/store_search.py); what is removed still goes by its trigger.
-- only: sqlite
DROP TRIGGER search_index_added;
-- end
