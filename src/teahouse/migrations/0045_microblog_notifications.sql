-- What somebody is to be told: mentions, follows, likes and so on. Ids are snowflakes. status_id is 0 where no post is meant.
-- group_key is shared by what is shown as one. filtered is 1 while it waits among the requests of strangers.
CREATE TABLE notifications (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor_id BIGINT NOT NULL,
    status_id BIGINT NOT NULL,
    group_key TEXT NOT NULL,
    filtered BIGINT NOT NULL
);
CREATE INDEX notifications_page ON notifications (account_id, filtered, id);
CREATE INDEX notifications_groups ON notifications (account_id, group_key, id);
CREATE INDEX notifications_of_actor ON notifications (account_id, actor_id, id);
CREATE INDEX notifications_of_status ON notifications (status_id) WHERE status_id <> 0;

-- Whose notifications wait or are not wanted: for each class of strangers 'accept', 'filter' or 'drop'. No row, the defaults.
CREATE TABLE notification_policies (
    account_id BIGINT NOT NULL PRIMARY KEY,
    for_not_following TEXT NOT NULL,
    for_not_followers TEXT NOT NULL,
    for_new_accounts TEXT NOT NULL,
    for_private_mentions TEXT NOT NULL,
    for_limited_accounts TEXT NOT NULL
);

-- A stranger whose notifications wait: one row for each such pair, whatever the number of notifications.
CREATE TABLE notification_requests (
    account_id BIGINT NOT NULL,
    from_id BIGINT NOT NULL,
    id BIGINT NOT NULL UNIQUE,
    last_status_id BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    updated_ts BIGINT NOT NULL,
    PRIMARY KEY (account_id, from_id)
);
CREATE INDEX notification_requests_page ON notification_requests (account_id, id);

-- Strangers who were let through.
CREATE TABLE notification_permits (
    account_id BIGINT NOT NULL,
    from_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, from_id)
);
