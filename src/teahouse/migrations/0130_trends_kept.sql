-- What was last found to be a trend, by kind ('tags', 'links', 'statuses'), as a JSON list: shown until it is found anew.
CREATE TABLE trends_kept (
    kind TEXT NOT NULL PRIMARY KEY,
    found_ts BIGINT NOT NULL,
    found TEXT NOT NULL
);
