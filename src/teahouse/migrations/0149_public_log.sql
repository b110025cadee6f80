-- The public log of decisions: what anybody may read, append-only. body is the very text that is hashed. about is the entry
-- that the answer to an appeal is about, told_seq the week's entry that tells the details.
CREATE TABLE log_entries (
    seq BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    about BIGINT,
    told_seq BIGINT,
    body TEXT NOT NULL
);
CREATE INDEX log_entries_kind ON log_entries (kind, seq);
CREATE INDEX log_entries_about ON log_entries (about) WHERE about IS NOT NULL;

-- The hash of each complete subtree, made once and never changed; node is level * 2^56 + its number from the left.
CREATE TABLE log_hashes (node BIGINT NOT NULL PRIMARY KEY, hash BLOB NOT NULL);

-- What an entry commits to, for the person alone whom it concerns; erased with the account. details are counted into the
-- week's entry and then forgotten.
CREATE TABLE log_records (
    seq BIGINT NOT NULL PRIMARY KEY,
    subject TEXT,
    salt BLOB,
    record TEXT,
    details TEXT,
    day TEXT NOT NULL
);
CREATE INDEX log_records_of ON log_records (subject) WHERE subject IS NOT NULL;
CREATE INDEX log_records_untold ON log_records (seq) WHERE details IS NOT NULL;

-- No log entry, no action: the entry that a decision made, and the one that the answer to its appeal made. -1 stands with
-- decisions that are older than the log.
ALTER TABLE account_warnings ADD COLUMN log_seq BIGINT NOT NULL DEFAULT -1;
ALTER TABLE account_warnings ADD COLUMN answer_log_seq BIGINT;
-- only: postgres
ALTER TABLE account_warnings ALTER COLUMN log_seq DROP DEFAULT;
-- end
-- only: sqlite
CREATE TRIGGER account_warnings_logged BEFORE INSERT ON account_warnings WHEN NEW.log_seq < 0 BEGIN SELECT RAISE(ABORT, 'no log entry, no action'); END;
-- end
