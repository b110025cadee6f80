-- The public person of a user; the row comes with the first use of the microblog. Ids are snowflakes (milliseconds and
-- 16 bits more). display_name and avatar are chat's, copied with each change, unless profile_apart is 1. avatar and
-- header name media ('' for the generated ones). fields and preferences are JSON. gone_ts hides a deactivated one.
CREATE TABLE accounts (
    id BIGINT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL UNIQUE,
    username TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    avatar TEXT NOT NULL,
    header TEXT NOT NULL,
    profile_apart BIGINT NOT NULL,
    note TEXT NOT NULL,
    fields TEXT NOT NULL,
    preferences TEXT NOT NULL,
    locked BIGINT NOT NULL,
    bot BIGINT NOT NULL,
    discoverable BIGINT NOT NULL,
    indexable BIGINT NOT NULL,
    hide_collections BIGINT NOT NULL,
    created_ts BIGINT NOT NULL,
    gone_ts BIGINT
);

-- What is counted of an account, apart from it: these change often, the account seldom. last_status_id is the newest
-- post or repost, whatever its audience: the first page of a home timeline asks only the newest of those followed.
CREATE TABLE account_counts (
    account_id BIGINT NOT NULL PRIMARY KEY,
    statuses BIGINT NOT NULL,
    followers BIGINT NOT NULL,
    following BIGINT NOT NULL,
    last_status_id BIGINT NOT NULL
);

-- Who follows whom. in_home is 0 for members of an exclusive list of the follower. languages is JSON or null.
CREATE TABLE follows (
    follower_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    id BIGINT NOT NULL UNIQUE,
    reblogs BIGINT NOT NULL,
    notify BIGINT NOT NULL,
    languages TEXT,
    in_home BIGINT NOT NULL,
    PRIMARY KEY (follower_id, target_id)
);
CREATE INDEX follows_of_target ON follows (target_id, id, follower_id);
CREATE INDEX follows_of_follower ON follows (follower_id, id, target_id);
CREATE INDEX follows_with_bell ON follows (target_id, follower_id) WHERE notify = 1;

CREATE TABLE follow_requests (
    follower_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    id BIGINT NOT NULL UNIQUE,
    reblogs BIGINT NOT NULL,
    notify BIGINT NOT NULL,
    languages TEXT,
    PRIMARY KEY (follower_id, target_id)
);
CREATE INDEX follow_requests_of_target ON follow_requests (target_id, id);

-- Chat's m.ignored_user_list again, row by row: written with every change of that list, never apart from it. By user,
-- since who is ignored in chat may have no account here yet.
CREATE TABLE blocks (
    user_id TEXT NOT NULL,
    target_user_id TEXT NOT NULL,
    id BIGINT NOT NULL,
    PRIMARY KEY (user_id, target_user_id)
);
CREATE INDEX blocks_of_target ON blocks (target_user_id, user_id);

CREATE TABLE mutes (
    account_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    id BIGINT NOT NULL UNIQUE,
    notifications BIGINT NOT NULL,
    expires_ts BIGINT,
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX mutes_of_account ON mutes (account_id, id);

-- What somebody noted about somebody, for their own eyes.
CREATE TABLE account_notes (
    account_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (account_id, target_id)
);

CREATE TABLE endorsements (
    account_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    PRIMARY KEY (account_id, target_id)
);

CREATE TABLE lists (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    replies_policy TEXT NOT NULL,
    exclusive BIGINT NOT NULL
);
CREATE INDEX lists_of_account ON lists (account_id, id);

CREATE TABLE list_members (
    list_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    owner_id BIGINT NOT NULL,
    PRIMARY KEY (list_id, target_id)
);
CREATE INDEX list_members_of_owner ON list_members (owner_id, target_id);

CREATE TABLE followed_tags (
    account_id BIGINT NOT NULL,
    tag TEXT NOT NULL,
    id BIGINT NOT NULL UNIQUE,
    PRIMARY KEY (account_id, tag)
);
CREATE INDEX followed_tags_page ON followed_tags (account_id, id);

-- Tags on a profile, with the counts of its public posts that have them.
CREATE TABLE featured_tags (
    account_id BIGINT NOT NULL,
    tag TEXT NOT NULL,
    id BIGINT NOT NULL UNIQUE,
    statuses BIGINT NOT NULL,
    last_status_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, tag)
);

-- How far somebody has read: 'home' or 'notifications'.
CREATE TABLE markers (
    account_id BIGINT NOT NULL,
    timeline TEXT NOT NULL,
    last_read_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    updated_ts BIGINT NOT NULL,
    PRIMARY KEY (account_id, timeline)
);
