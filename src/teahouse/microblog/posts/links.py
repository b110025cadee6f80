"""The link of a post, inside the write that makes, changes or deletes it: its card is wanted, or no longer."""

from urllib.parse import urlsplit

from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog.core import Core
from teahouse.microblog.posts import store_cards as store
from teahouse.microblog.posts.records import StatusRow

HOUR_MS = 3_600_000
EMPTY_FOR_MS = 600_000
"""How long it is remembered that a link had nothing to tell."""


async def keep_link(core: Core, tx: Tx, row: StatusRow) -> None:
    """Note the first link of a new or edited post and want its card, where previews are on."""
    if row.parts.link is None or not _leads_away(core, row.parts.link):
        return
    now, settings = core.clock.now_ms(), core.config.media
    older_ms = now - int(settings.preview_hours * HOUR_MS)
    await store.want(tx, row, row.parts.link, older_ms=older_ms, empty_ms=now - EMPTY_FOR_MS)
    tx.announce(Fact(tx.next_position(), "link_wanted"))


async def drop_link(tx: Tx, row: StatusRow) -> None:
    """Forget the link of a post that is deleted or says something else."""
    if row.parts.link is not None:
        await store.unlink(tx, row.id)
        tx.announce(Fact(tx.next_position(), "link_wanted"))


def _leads_away(core: Core, url: str) -> bool:
    if not core.config.media.previews:
        return False
    try:
        return not core.is_here(urlsplit(url).netloc)
    except ValueError:
        return False
