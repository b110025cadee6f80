"""Timelines: pulled from authors' own order when somebody reads, never pushed to readers (decision 20)."""
