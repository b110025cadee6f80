-- The name under which an S3-compatible store serves the content itself: that of whoever uploaded it first.
ALTER TABLE media_files ADD COLUMN file_name TEXT;

-- What chats have not fetched for long, oldest first.
CREATE INDEX media_used ON media (used_ts) WHERE purpose = 'chat';
