"""Routes on which moderators see what trends (Mastodon's admin API). Nothing waits for approval: all of it is shown."""

import msgspec
from litestar import get

from teahouse.kernel.http import Scope, bounded, moderates, taking
from teahouse.microblog.entities.admin import AdminTag
from teahouse.microblog.entities.statuses import Status, TrendingLink
from teahouse.microblog.service import Microblog

TRENDS = "/api/v1/admin/trends"
READS = moderates("admin:read")
MOST_OFFSET = 10_000


class TrendsWanted(msgspec.Struct, kw_only=True):
    limit: int | None = None
    offset: int | None = None

    @property
    def skipped(self) -> int:
        """How many are left out."""
        return min(max(0, self.offset or 0), MOST_OFFSET)


@get(f"{TRENDS}/tags", guards=[READS], dependencies=taking(TrendsWanted))
async def get_admin_trending_tags(
    caller: Scope, microblog: Microblog, params: TrendsWanted
) -> list[AdminTag]:
    """Give a moderator the tags that many people use now."""
    viewer = await microblog.book.viewer(caller)
    found = await microblog.trends.tags(viewer, bounded(params.limit, 10, 20), params.skipped)
    return [AdminTag(id=one.id, name=one.name, url=one.url, history=one.history) for one in found]


@get(f"{TRENDS}/statuses", guards=[READS], dependencies=taking(TrendsWanted))
async def get_admin_trending_statuses(
    caller: Scope, microblog: Microblog, params: TrendsWanted
) -> list[Status]:
    """Give a moderator the posts that many people like now."""
    viewer = await microblog.book.viewer(caller)
    return await microblog.trends.statuses(viewer, bounded(params.limit, 20, 40), params.skipped)


@get(f"{TRENDS}/links", guards=[READS], dependencies=taking(TrendsWanted))
async def get_admin_trending_links(microblog: Microblog, params: TrendsWanted) -> list[TrendingLink]:
    """Give a moderator the links that many people post now."""
    return await microblog.trends.links(bounded(params.limit, 10, 20), params.skipped)


ROUTES = [get_admin_trending_tags, get_admin_trending_statuses, get_admin_trending_links]
