-- Whether a post with a tag has media, beside the tag: a tag's posts with media are then read in order, however few.
ALTER TABLE status_tags ADD COLUMN has_media BIGINT NOT NULL DEFAULT 0;
UPDATE status_tags SET has_media = 1 WHERE status_id IN (SELECT id FROM statuses WHERE has_media = 1);
CREATE INDEX status_tags_media ON status_tags (tag, status_id) WHERE has_media = 1;
