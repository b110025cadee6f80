-- Every post, and every repost, as one row whatever the audience. visibility: 0 public, 1 unlisted, 2 followers, 3 those
-- mentioned. A repost has reblog_of, always the root, and reblog_via, the repost it was made from. root_id names the
-- first post of the thread (its own id for that one). listed is 1 for what public timelines show. text is what was
-- written, html what is shown; parts is JSON: mentions, tags, media, as they were when it was written or edited.
-- quote_policy and reply_policy: 0 everybody, 1 followers, 2 nobody but the author; reply_policy 3: those mentioned.
CREATE TABLE statuses (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL,
    visibility BIGINT NOT NULL,
    listed BIGINT NOT NULL,
    reblog_of BIGINT,
    reblog_via BIGINT,
    in_reply_to BIGINT,
    in_reply_to_account BIGINT,
    root_id BIGINT NOT NULL,
    quote_of BIGINT,
    quote_root BIGINT,
    quote_state TEXT,
    quote_policy BIGINT NOT NULL,
    reply_policy BIGINT NOT NULL,
    text TEXT NOT NULL,
    html TEXT NOT NULL,
    spoiler TEXT NOT NULL,
    sensitive BIGINT NOT NULL,
    language TEXT,
    parts TEXT NOT NULL,
    poll_id BIGINT,
    has_media BIGINT NOT NULL,
    application TEXT,
    created_ts BIGINT NOT NULL,
    edited_ts BIGINT
);
CREATE INDEX statuses_of_author ON statuses (account_id, id, visibility, in_reply_to_account, reblog_of);
CREATE INDEX statuses_listed ON statuses (id) WHERE listed = 1;
CREATE INDEX statuses_listed_media ON statuses (id) WHERE listed = 1 AND has_media = 1;
CREATE INDEX statuses_media_of_author ON statuses (account_id, id) WHERE has_media = 1;
CREATE INDEX statuses_in_thread ON statuses (root_id, id) WHERE in_reply_to IS NOT NULL;
CREATE INDEX statuses_reblogs ON statuses (reblog_of, account_id) WHERE reblog_of IS NOT NULL;
CREATE INDEX statuses_quotes ON statuses (quote_of, id) WHERE quote_of IS NOT NULL;

-- The counts of a post, and for a comment its parent and its heat, by which the hottest comments come first.
CREATE TABLE status_counts (
    status_id BIGINT NOT NULL PRIMARY KEY,
    parent_id BIGINT,
    replies BIGINT NOT NULL,
    reblogs BIGINT NOT NULL,
    favourites BIGINT NOT NULL,
    quotes BIGINT NOT NULL,
    heat BIGINT NOT NULL
);
CREATE INDEX comments_by_heat ON status_counts (parent_id, heat, status_id) WHERE parent_id IS NOT NULL;
CREATE INDEX comments_by_time ON status_counts (parent_id, status_id) WHERE parent_id IS NOT NULL;

-- What somebody did with a post: 'favourite', 'bookmark', 'pin', 'mute' (its thread, by the root), and 'reblog', whose id
-- is the repost's. Lists page by id, the moment of the act.
CREATE TABLE status_marks (
    account_id BIGINT NOT NULL,
    status_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    id BIGINT NOT NULL,
    PRIMARY KEY (account_id, status_id, kind)
);
CREATE INDEX status_marks_of_account ON status_marks (account_id, kind, id);
CREATE INDEX status_marks_of_status ON status_marks (status_id, kind, id);

CREATE TABLE status_mentions (
    status_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    PRIMARY KEY (status_id, account_id)
);
CREATE INDEX status_mentions_of_account ON status_mentions (account_id, status_id);

-- A tag by its folded name, with the spelling that was seen first.
CREATE TABLE tags (
    name TEXT NOT NULL PRIMARY KEY,
    display TEXT NOT NULL,
    created_ts BIGINT NOT NULL
);
CREATE TABLE status_tags (
    tag TEXT NOT NULL,
    status_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    visibility BIGINT NOT NULL,
    PRIMARY KEY (tag, status_id)
);
CREATE INDEX status_tags_of_author ON status_tags (account_id, tag, status_id);
CREATE INDEX status_tags_of_status ON status_tags (status_id);

-- What a post said before: number 0 is the first version.
CREATE TABLE status_edits (
    status_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    created_ts BIGINT NOT NULL,
    html TEXT NOT NULL,
    spoiler TEXT NOT NULL,
    sensitive BIGINT NOT NULL,
    parts TEXT NOT NULL,
    poll_options TEXT,
    PRIMARY KEY (status_id, number)
);

-- options and tallies are JSON lists of the same length. ended is 1 once the end was announced.
CREATE TABLE polls (
    id BIGINT NOT NULL PRIMARY KEY,
    status_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    options TEXT NOT NULL,
    tallies TEXT NOT NULL,
    voters BIGINT NOT NULL,
    multiple BIGINT NOT NULL,
    hide_totals BIGINT NOT NULL,
    expires_ts BIGINT,
    ended BIGINT NOT NULL
);
CREATE INDEX polls_of_status ON polls (status_id);
CREATE INDEX polls_to_end ON polls (expires_ts) WHERE ended = 0;

CREATE TABLE poll_votes (
    poll_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    choice BIGINT NOT NULL,
    PRIMARY KEY (poll_id, account_id, choice)
);

CREATE TABLE scheduled_statuses (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL,
    due_ts BIGINT NOT NULL,
    params TEXT NOT NULL
);
CREATE INDEX scheduled_statuses_due ON scheduled_statuses (due_ts);
CREATE INDEX scheduled_statuses_of_account ON scheduled_statuses (account_id, id);

-- A repeated Idempotency-Key gives the same post; kept for an hour at least.
CREATE TABLE posting_keys (
    account_id BIGINT NOT NULL,
    posting_key TEXT NOT NULL,
    made TEXT NOT NULL,
    made_id BIGINT NOT NULL,
    created_ts BIGINT NOT NULL,
    PRIMARY KEY (account_id, posting_key)
);
CREATE INDEX posting_keys_by_age ON posting_keys (created_ts);

-- A thread of posts for those mentioned, as one of them sees it. others is JSON: the ids of the other people.
CREATE TABLE conversations (
    account_id BIGINT NOT NULL,
    root_id BIGINT NOT NULL,
    id BIGINT NOT NULL UNIQUE,
    last_status_id BIGINT NOT NULL,
    unread BIGINT NOT NULL,
    others TEXT NOT NULL,
    PRIMARY KEY (account_id, root_id)
);
CREATE INDEX conversations_page ON conversations (account_id, last_status_id);

-- What somebody does not want to see: contexts and keywords as the Mastodon API has them.
CREATE TABLE status_filters (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    contexts TEXT NOT NULL,
    action TEXT NOT NULL,
    expires_ts BIGINT
);
CREATE INDEX status_filters_of_account ON status_filters (account_id, id);
CREATE TABLE status_filter_keywords (
    id BIGINT NOT NULL PRIMARY KEY,
    filter_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    keyword TEXT NOT NULL,
    whole_word BIGINT NOT NULL
);
CREATE INDEX status_filter_keywords_of_filter ON status_filter_keywords (filter_id, id);
CREATE TABLE status_filter_statuses (
    id BIGINT NOT NULL PRIMARY KEY,
    filter_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    status_id BIGINT NOT NULL
);
CREATE INDEX status_filter_statuses_of_filter ON status_filter_statuses (filter_id, id);
CREATE INDEX status_filter_statuses_named ON status_filter_statuses (status_id);
