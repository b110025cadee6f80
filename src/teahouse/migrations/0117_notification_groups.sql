-- What is shown as one group (likes of a post, reposts of it, new followers, for half a day): how many notifications that
-- don't wait it has, and its newest. Counting them anew for each reader would cost as many rows as a post has likes.
CREATE TABLE notification_groups (
    account_id BIGINT NOT NULL,
    group_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    counted BIGINT NOT NULL,
    newest_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, group_key)
);
CREATE INDEX notification_groups_page ON notification_groups (account_id, kind, newest_id);
INSERT INTO notification_groups (account_id, group_key, kind, counted, newest_id)
    SELECT account_id, group_key, MIN(kind), COUNT(*), MAX(id) FROM notifications
    WHERE kind IN ('favourite', 'follow', 'reblog') AND filtered = 0 GROUP BY account_id, group_key;

-- Pages are merged from the kinds' own orders: a few mentions among very many likes are found as quickly.
CREATE INDEX notifications_of_kind ON notifications (account_id, kind, id, filtered);
DROP INDEX notifications_page;
