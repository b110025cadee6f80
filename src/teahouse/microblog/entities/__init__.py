"""The entities of the Mastodon API: one struct each, named as its reference names them, required fields never null.

Every answer of the slice goes out through one of these; whoever sends a status or an account elsewhere (a stream,
a notification) asks the service for the entity and encodes that.
"""
