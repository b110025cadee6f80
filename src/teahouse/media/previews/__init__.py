"""Previews of links: what a page says of itself, fetched for a user who may name any address.

    service.py   from a link to an answer, kept for a while; to a card, for whoever keeps it; whether a page links back
    fetching.py  one page or picture, within bounds of time, size, redirects and addresses
    page.py      what a page's head says, read without building a tree;  back_links.py  its links with rel="me"
    description.py  what is behind a link, as cards show it

Refuses to say why a link has no preview: the answer is empty for what is private, absent, too large or too slow.
"""

from teahouse.media.previews.description import Description, Picture
from teahouse.media.previews.fetching import Fetcher
from teahouse.media.previews.service import Previews, Tools

__all__ = ["Description", "Fetcher", "Picture", "Previews", "Tools"]
