-- What the server counts of itself, by day since 1970: 'posts' (those made that day and still there, reposts too, direct
-- ones not), 'accounts' made, accounts 'gone', and 'logins': people seen that day for the first time in their week.
CREATE TABLE server_counts (
    day BIGINT NOT NULL,
    what TEXT NOT NULL,
    counted BIGINT NOT NULL,
    PRIMARY KEY (day, what)
);

-- The last day on which somebody used the microblog.
CREATE TABLE account_seen (
    account_id BIGINT NOT NULL PRIMARY KEY,
    day BIGINT NOT NULL
);
CREATE INDEX account_seen_by_day ON account_seen (day);

INSERT INTO server_counts (day, what, counted) SELECT created_ts / 86400000, 'posts', COUNT(*) FROM statuses WHERE visibility < 3 GROUP BY created_ts / 86400000;
INSERT INTO server_counts (day, what, counted) SELECT created_ts / 86400000, 'accounts', COUNT(*) FROM accounts GROUP BY created_ts / 86400000;
INSERT INTO server_counts (day, what, counted) SELECT gone_ts / 86400000, 'gone', COUNT(*) FROM accounts WHERE gone_ts IS NOT NULL GROUP BY gone_ts / 86400000;
INSERT INTO account_seen (account_id, day) SELECT account_id, last_status_id / 65536 / 86400000 FROM account_counts WHERE last_status_id > 0;
