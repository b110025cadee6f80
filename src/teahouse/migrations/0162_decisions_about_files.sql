-- The file that a decision is about, so that an appeal that was right gives it back.
ALTER TABLE account_warnings ADD COLUMN media_id TEXT;
