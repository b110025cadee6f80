"""Unread counts: by reader and room, in memory and from the database, and the badge of all rooms."""
