"""Proofs that an address in a profile is the same person's: its page links back to the profile with rel="me".

Asked after the profile was saved, by the fetcher that previews use, and only where the operator lets that one out. An
address that stays keeps its proof; one that changes is asked anew.
"""

from typing import Any

import orjson

from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.media import Media
from teahouse.microblog.core import Core
from teahouse.microblog.errands import Errands
from teahouse.microblog.people import store_accounts, store_proofs
from teahouse.microblog.people.store_proofs import FieldCheck

Fields = list[list[Any]]
"""Name, value, and when it was proved (None: never) of each field."""


class Proofs:
    """Asks the pages."""

    def __init__(self, core: Core, media: Media) -> None:
        self._core = core
        self._media = media
        self.errands = Errands(core.db, "field_check_wanted", store_proofs.next_check, self._do)

    async def _do(self, check: FieldCheck) -> None:
        row = await self._core.db.read(lambda tx: store_accounts.by_id(tx, check.account_id))
        is_proved = row is not None and await self._media.previews.links_back(
            check.url, self._core.profile_url(row.username)
        )

        async def job(tx: Tx) -> None:
            if not await store_proofs.take(tx, check) or not is_proved:
                return
            now = await store_accounts.by_id(tx, check.account_id)
            if now is None:
                return
            fields = proved(orjson.loads(now.fields), check.url, self._core.clock.now_ms())
            await store_accounts.update(tx, now.id, {"fields": orjson.dumps(fields).decode()})
            tx.announce(Fact(tx.next_position(), "account_changed", user_id=now.user_id, body=now.id))

        await self._core.db.write(job)


async def keep_proofs(core: Core, tx: Tx, account_id: int, before: str, wanted: str) -> str:
    """Give new fields with the proofs of those that stay, inside a write, and have the new addresses asked."""
    known = {value: when for _, value, when in orjson.loads(before) if when is not None}
    fields: Fields = [[name, value, known.get(value)] for name, value, _ in orjson.loads(wanted)]
    urls = {value for _, value, when in fields if when is None and _is_address(value)}
    if core.config.media.previews:
        await store_proofs.want(tx, account_id, sorted(urls))
        tx.announce(Fact(tx.next_position(), "field_check_wanted"))
    return orjson.dumps(fields).decode()


def proved(fields: Fields, url: str, now_ms: int) -> Fields:
    """Give fields with the proof of one address."""
    return [[name, value, now_ms if value == url else when] for name, value, when in fields]


def _is_address(value: str) -> bool:
    return value.startswith(("https://", "http://")) and not any(part.isspace() for part in value)
