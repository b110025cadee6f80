-- What a person allowed an app that has not fetched it yet ends with all sessions: it is found by the person.
CREATE INDEX oauth_codes_user ON oauth_codes (user_id);
CREATE INDEX oauth_device_codes_user ON oauth_device_codes (user_id) WHERE user_id IS NOT NULL;
