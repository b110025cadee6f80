-- Addresses in fields of profiles whose pages are still to be asked whether they link back.
CREATE TABLE field_checks (
    account_id BIGINT NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (account_id, url)
);
