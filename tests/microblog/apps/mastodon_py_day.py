"""Scenes with Mastodon.py 1.8, the version that Debian ships: run by the environment of the old clients.

    python mastodon_py_day.py SERVER SCENE PEOPLE      the last as JSON

`sign_in` prints an address for a browser and reads the code that the page shows from standard input.
"""

import base64
import importlib
import json
import os
import queue
import sys
from typing import Any

Json = dict[str, Any]
mastodon: Any = importlib.import_module("mastodon")  # Not the version that our own environment has.
assert mastodon.Mastodon.get_supported_version() < "4", "this is the test of the old library"
SCOPES = ["read", "write", "follow", "push"]
PATIENCE_S = 60


def tell(line: str) -> None:
    """Write a line to whoever runs the scene."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def app(url: str) -> Any:
    """Register an app."""
    number, secret = mastodon.Mastodon.create_app("Old bot", scopes=SCOPES, api_base_url=url)
    return mastodon.Mastodon(client_id=number, client_secret=secret, api_base_url=url)


def client(url: str, person: Json) -> Any:
    """Open the library for somebody who is signed in."""
    return mastodon.Mastodon(access_token=person["token"], api_base_url=url, ratelimit_method="throw")


def sign_in(url: str, people: Json) -> None:
    """Sign in with a code that the page shows, and with the password where the server allows it."""
    bot = app(url)
    tell(bot.auth_request_url(scopes=SCOPES))
    bot.log_in(code=sys.stdin.readline().strip(), scopes=SCOPES)
    assert bot.me().username == people["ann"]["name"]
    said = bot.status_post("by a bot")
    assert (said.application.name, said.application.website) == ("Old bot", None)
    bot.revoke_access_token()
    again = app(url)
    again.log_in(people["ann"]["user_id"], people["password"], scopes=SCOPES)
    assert again.account_verify_credentials().username == people["ann"]["name"]


def sign_up(url: str, people: Json) -> None:
    """Make an account through the app."""
    bot = app(url)
    bot.create_account(people["fresh"], "oolong-and-rain", "t@example.org", agreement=True, scopes=SCOPES)
    assert bot.me().username == people["fresh"]
    assert bot.app_verify_credentials().name == "Old bot"


def posts(url: str, people: Json) -> None:
    """Write every kind of post, edit, mark and delete."""
    a, b = client(url, people["ann"]), client(url, people["ben"])
    shown = a.media_post(
        base64.b64decode(people["picture"]), "image/png", description="a field", focus=(0.1, 0.2)
    )
    said = a.status_post("look #tea", media_ids=[shown], sensitive=True, spoiler_text="green", language="en")
    assert said.media_attachments[0].description == "a field"
    assert a.status_update(said, "look again #tea", media_ids=[shown]).edited_at is not None
    assert len(a.status_history(said)) == 2
    assert a.status_source(said).text == "look again #tea"
    poll = a.status_post("which?", poll=a.make_poll(["x", "y"], expires_in=600)).poll
    b.poll_vote(poll, [0])
    assert b.poll(poll).own_votes == [0]
    comment = b.status_reply(said, "nice")
    assert [one.id for one in a.status_context(said).descendants] == [comment.id]
    assert b.status_reblog(said).reblog.id == said.id
    assert b.status_favourite(said).favourited
    assert b.status_bookmark(said).bookmarked
    assert [one.id for one in b.bookmarks()] == [said.id]
    assert [one.type for one in a.notifications()] == ["favourite", "reblog", "mention"]
    a.status_delete(said)
    assert b.bookmarks() == []
    later = a.status_post("later", scheduled_at=later_moment())
    assert [one.id for one in a.scheduled_statuses()] == [later.id]
    a.scheduled_status_delete(later)


def later_moment() -> Any:
    """Give the moment in an hour."""
    moment = importlib.import_module("datetime")
    return moment.datetime.now(moment.UTC) + moment.timedelta(hours=1)


def people_and_pages(url: str, people: Json) -> None:
    """Follow, search, filter with the old filters, and page in both directions."""
    a, b = client(url, people["ann"]), client(url, people["ben"])
    assert b.account_follow(people["ann"]["id"]).following
    said = [a.status_post(f"{people['word']} {n}").id for n in range(7)][::-1]
    assert [one.id for one in b.timeline_home()] == said
    found = b.search_v2(people["word"], result_type="statuses").statuses
    assert sorted(one.id for one in found) == sorted(said)
    assert [str(one.id) for one in b.search("@" + people["ann"]["name"]).accounts] == [people["ann"]["id"]]
    page = a.account_statuses(people["ann"]["id"], limit=3)
    assert [one.id for one in a.fetch_remaining(page)] == said
    up: list[int] = []
    page = a.account_statuses(people["ann"]["id"], limit=3, min_id=said[-1])
    while page:
        up = [one.id for one in page] + up
        page = a.fetch_previous(page)
    assert up == said[:-1]
    made = b.filter_create("dull", ["home"])
    assert [one.phrase for one in b.filters()] == ["dull"]
    b.filter_delete(made)
    assert a.instance().uri == url.partition("://")[2]
    assert a.custom_emojis() is not None


class Heard(mastodon.StreamListener):  # type: ignore[misc]
    """Puts what is heard into a queue."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        self.all: queue.Queue[Any] = queue.Queue()

    def on_update(self, status: Any) -> None:
        """Hear a post."""
        self.all.put(("update", status.id))

    def on_delete(self, status_id: Any) -> None:
        """Hear of a post that is gone."""
        self.all.put(("delete", status_id))


def live(url: str, people: Json) -> None:
    """Hear posts by server-sent events, the only streams that this library knows."""
    a, b = client(url, people["ann"]), client(url, people["ben"])
    b.account_follow(people["ann"]["id"])
    assert b.stream_healthy()
    heard = Heard()
    b.stream_user(heard, run_async=True)  # It returns when the connection stands.
    said = a.status_post("heard at once")
    assert heard.all.get(timeout=PATIENCE_S) == ("update", said.id)
    a.status_delete(said)
    assert heard.all.get(timeout=PATIENCE_S) == ("delete", said.id)


SCENES = {one.__name__: one for one in (sign_in, sign_up, posts, people_and_pages, live)}

if __name__ == "__main__":
    SCENES[sys.argv[2]](sys.argv[1], json.loads(sys.argv[3]))
    tell("done")
    os._exit(0)  # The stream's thread notices that it was closed with the next sign of life only.
