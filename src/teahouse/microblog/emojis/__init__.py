"""The server's own emoji: `book.py` knows them all, `desk.py` makes and removes them; table custom_emojis."""
