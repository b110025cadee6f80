"""The wire of the microblog: each file decodes one part of the Mastodon client API, and decides nothing."""
