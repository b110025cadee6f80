-- Where an app's session wants to be told by Web Push, one a session. auth and token are sealed. alerts is JSON: the kinds
-- that are wanted. policy says whose acts: all, followed, follower or none.
CREATE TABLE push_subscriptions (
    id BIGINT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    account_id BIGINT NOT NULL,
    endpoint TEXT NOT NULL,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    token TEXT NOT NULL,
    standard BIGINT NOT NULL,
    alerts TEXT NOT NULL,
    policy TEXT NOT NULL,
    UNIQUE (user_id, device_id)
);
CREATE INDEX push_subscriptions_of_account ON push_subscriptions (account_id);

-- The newest notification that was pushed to whoever wanted it.
CREATE TABLE push_subscription_cursor (notification_id BIGINT NOT NULL);
INSERT INTO push_subscription_cursor (notification_id) VALUES (0);
