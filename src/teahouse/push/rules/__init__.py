"""Push rules: pure judgement of events, what users change, and each user's rules compiled once."""
