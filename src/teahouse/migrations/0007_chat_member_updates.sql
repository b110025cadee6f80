-- People whose rooms do not yet say what changed: a new name or avatar, or the end of the account.
CREATE TABLE member_updates (
    user_id TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
);
CREATE INDEX member_updates_position ON member_updates (position);
