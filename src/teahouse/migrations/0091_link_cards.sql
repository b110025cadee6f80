-- What is behind links in posts, once for each address whatever the posts. card is JSON, '' while nothing is known; media_id
-- names the picture ('' for none). state: 'wanted' until it is fetched, 'done', 'unused' once no post has the link.
CREATE TABLE link_cards (
    url_hash TEXT NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    state TEXT NOT NULL,
    card TEXT NOT NULL,
    media_id TEXT NOT NULL,
    fetched_ts BIGINT NOT NULL
);
CREATE INDEX link_cards_to_do ON link_cards (state, url_hash) WHERE state <> 'done';

-- Which post has which link: the first one of its text.
CREATE TABLE status_links (
    status_id BIGINT NOT NULL PRIMARY KEY,
    url_hash TEXT NOT NULL,
    account_id BIGINT NOT NULL,
    visibility BIGINT NOT NULL
);
CREATE INDEX status_links_of_link ON status_links (url_hash, status_id);
