-- What the operators tell everybody. position is that of the latest change: the running server tells from it what is new
-- to its listeners. A removed one stays as a mark without text, so that its removal is told too.
CREATE TABLE announcements (
    id BIGINT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL,
    starts_ts BIGINT,
    ends_ts BIGINT,
    all_day BIGINT NOT NULL,
    published_ts BIGINT NOT NULL,
    updated_ts BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    position BIGINT NOT NULL
);
CREATE INDEX announcements_changed ON announcements (position);
CREATE INDEX announcements_shown ON announcements (id) WHERE removed = 0;

-- Who has put one away.
CREATE TABLE announcement_dismissals (
    account_id BIGINT NOT NULL,
    announcement_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, announcement_id)
);
CREATE INDEX announcement_dismissals_of ON announcement_dismissals (announcement_id);

CREATE TABLE announcement_reactions (
    announcement_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    account_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    PRIMARY KEY (announcement_id, name, account_id)
);
CREATE INDEX announcement_reactions_by ON announcement_reactions (account_id);
