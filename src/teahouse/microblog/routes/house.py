"""Routes of what the operators give everybody: emoji and announcements (Mastodon API)."""

from litestar import delete, get, post, put

from teahouse.kernel.http import JsonObject, Scope, maybe_requires, requires
from teahouse.microblog.entities.forms import parse_id
from teahouse.microblog.entities.house import Announcement
from teahouse.microblog.entities.people import Emoji
from teahouse.microblog.service import Microblog

ANNOUNCEMENTS = "/api/v1/announcements"
REACTION = ANNOUNCEMENTS + "/{announcement_id:str}/reactions/{name:str}"


@get("/api/v1/custom_emojis", guards=[maybe_requires("read")])
async def get_custom_emojis(microblog: Microblog) -> list[Emoji]:
    """Give the server's own emoji."""
    return microblog.core.emojis.all()


@get(ANNOUNCEMENTS, guards=[requires("read")])
async def get_announcements(caller: Scope, microblog: Microblog) -> list[Announcement]:
    """Give what the operators announce."""
    return await microblog.announcements.current(await microblog.book.viewer(caller))


@post(ANNOUNCEMENTS + "/{announcement_id:str}/dismiss", guards=[requires("write:accounts")], status_code=200)
async def dismiss_announcement(caller: Scope, microblog: Microblog, announcement_id: str) -> JsonObject:
    """Put an announcement away."""
    viewer = await microblog.book.viewer(caller)
    await microblog.announcements.dismiss(viewer, parse_id(announcement_id))
    return {}


@put(REACTION, guards=[requires("write:favourites")], status_code=200)
async def add_announcement_reaction(
    caller: Scope, microblog: Microblog, announcement_id: str, name: str
) -> JsonObject:
    """React to an announcement with an emoji."""
    viewer = await microblog.book.viewer(caller)
    await microblog.announcements.react(viewer, parse_id(announcement_id), name)
    return {}


@delete(REACTION, guards=[requires("write:favourites")], status_code=200)
async def remove_announcement_reaction(
    caller: Scope, microblog: Microblog, announcement_id: str, name: str
) -> JsonObject:
    """Take a reaction to an announcement back."""
    viewer = await microblog.book.viewer(caller)
    await microblog.announcements.unreact(viewer, parse_id(announcement_id), name)
    return {}


ROUTES = [
    get_custom_emojis, get_announcements, dismiss_announcement, add_announcement_reaction,
    remove_announcement_reaction,
]  # fmt: skip
