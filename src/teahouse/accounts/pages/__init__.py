"""The pages on which people deal with their account in a browser: sign in, sign up, allow apps, look after sessions.

    show.py             pages out of templates, in the reader's language, with the headers that protect them
    texts.py            every sentence, in every language
    visit.py            one request of a page: its visitor, its form, the way on
    routes_*.py         the pages
    templates/  style.css            what they are made of

They are whole without JavaScript, and none is ever sent. Who is signed in in which browser is known by
`accounts/browsers.py`, which this stands on like on all else of the slice.
"""

from teahouse.accounts.pages import (
    routes_consent,
    routes_home,
    routes_locked,
    routes_sign_in,
    routes_upstream,
)

ROUTES = [
    *routes_sign_in.ROUTES,
    *routes_consent.ROUTES,
    *routes_home.ROUTES,
    *routes_locked.ROUTES,
    *routes_upstream.ROUTES,
]

__all__ = ["ROUTES"]
