-- What a person let an app do, so that he is asked anew only when it wants more. grants are parted by blanks.
CREATE TABLE oauth_consents (
    user_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    grants TEXT NOT NULL,
    allowed_ts BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
CREATE INDEX oauth_consents_client ON oauth_consents (client_id);
