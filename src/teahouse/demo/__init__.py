"""The demonstration: fills a server with people who talk, post and like, so that there is something to look at.

    story.py       the story: makes the people, then lets each thing happen in its turn
    wire.py        the server, answering on a port of its own with a clock that can be set, and people as its clients
    plan.py        what happens when, and to whom (pure; the same seed gives the same plan)
    posting.py  chatting.py  articles.py    doing it, with requests as apps make them
    cast.py  words.py          who they are and what they say, in English and Chinese
    pictures.py  voices.py     pictures, and voice messages, made on the spot

A client of the two protocols and of nothing else. What it makes lies in the past, up to now.
"""

from teahouse.demo.story import Loaded, Wish, load

__all__ = ["Loaded", "Wish", "load"]
