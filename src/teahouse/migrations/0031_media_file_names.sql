-- The name under which an S3-compatible store serves the content itself: that of whoever uploaded it first.
ALTER TABLE media_files ADD COLUMN file_name TEXT;
