-- Uploads for posts: what the media slice keeps, with what the author says of it. status_id is null until it is attached.
-- info is JSON (width, height, duration_ms, blurhash); focus is 'x,y'. state: 'ready' once url and info are known.
CREATE TABLE attachments (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL,
    media_id TEXT NOT NULL,
    status_id BIGINT,
    type TEXT NOT NULL,
    file_name TEXT NOT NULL,
    info TEXT NOT NULL,
    focus TEXT,
    description TEXT,
    state TEXT NOT NULL,
    created_ts BIGINT NOT NULL
);
CREATE INDEX attachments_of_status ON attachments (status_id) WHERE status_id IS NOT NULL;
CREATE INDEX attachments_waiting ON attachments (account_id, created_ts) WHERE status_id IS NULL;
