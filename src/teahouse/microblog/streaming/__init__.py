"""Live streams of the Mastodon API, over WebSocket and server-sent events.

    wishes.py     what a client may ask to hear, and what each stream needs
    listeners.py  who is connected and hears what
    audience.py   who of them a post concerns, and how each sees it;  store_audience.py  its SQL
    live.py       follows the stream of facts and tells the listeners
    routes.py     the wire

A stream tells what happens from now on and promises nothing: what was missed is read from the timelines.
"""
