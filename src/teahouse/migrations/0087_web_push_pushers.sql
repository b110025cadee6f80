-- Pushers that are browsers' subscriptions: kind is http or webpush. auth is sealed. One that is not activated gets nothing
-- until its app gives the token back whose hash is ack_hash, before ack_until (milliseconds).
ALTER TABLE pushers ADD COLUMN kind TEXT NOT NULL DEFAULT 'http';
ALTER TABLE pushers ADD COLUMN auth TEXT;
ALTER TABLE pushers ADD COLUMN activated BIGINT NOT NULL DEFAULT 1;
ALTER TABLE pushers ADD COLUMN ack_hash TEXT;
ALTER TABLE pushers ADD COLUMN ack_until BIGINT NOT NULL DEFAULT 0;
