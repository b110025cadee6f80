-- By whom somebody is muted, noted and featured, and in whose lists they are: asked when an account is erased.
CREATE INDEX mutes_of_target ON mutes (target_id);
CREATE INDEX account_notes_of_target ON account_notes (target_id);
CREATE INDEX endorsements_of_target ON endorsements (target_id);
CREATE INDEX list_members_of_target ON list_members (target_id);
CREATE INDEX poll_votes_of_account ON poll_votes (account_id);
CREATE INDEX status_filter_keywords_of_account ON status_filter_keywords (account_id);
CREATE INDEX status_filter_statuses_of_account ON status_filter_statuses (account_id);
