"""What operators tell everybody, put away and answered by each reader; tables announcements, announcement_*."""
