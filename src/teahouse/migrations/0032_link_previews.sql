-- What was found behind links, as it is answered; a link's hash is its key, since links can be long.
CREATE TABLE link_previews (
    url_hash TEXT NOT NULL PRIMARY KEY,
    answer TEXT NOT NULL,
    expires_ts BIGINT NOT NULL
);
CREATE INDEX link_previews_expiry ON link_previews (expires_ts);
