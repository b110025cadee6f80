"""Editing: a post says something else, and what it said stays to be read. What an app does not send stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import orjson
from msgspec import UNSET, UnsetType

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.storage import Tx
from teahouse.microblog.activity import Activity
from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import timestamp
from teahouse.microblog.entities.statuses import StatusEdit, StatusSource
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.people.show import ShowAccounts
from teahouse.microblog.posts import compose, store_polls, store_statuses
from teahouse.microblog.posts import store_threads as store
from teahouse.microblog.posts.attachments import Attachments
from teahouse.microblog.posts.gather import visible_row
from teahouse.microblog.posts.links import drop_link, keep_link
from teahouse.microblog.posts.media_entities import media_entity
from teahouse.microblog.posts.publish import Publish, announce_status
from teahouse.microblog.posts.records import PRIVATE, Draft, Parts, PollWish, StatusRow
from teahouse.microblog.posts.store_words import put_words
from teahouse.microblog.text.html import plain

MOST_VERSIONS = 200


@dataclass(slots=True)
class EditWish:
    """What to change of a post; what is unset stays. `described` holds new descriptions by media id."""

    text: str | UnsetType = UNSET
    spoiler: str | UnsetType = UNSET
    sensitive: bool | UnsetType = UNSET
    language: str | UnsetType | None = UNSET
    media_ids: list[str] | UnsetType = UNSET
    described: Sequence[dict[str, Any]] = ()
    poll: PollWish | UnsetType = UNSET


class Edit:
    """Edits posts and shows what they said before."""

    def __init__(
        self, core: Core, book: AccountBook, people: ShowAccounts, publish: Publish, attachments: Attachments
    ) -> None:
        self._core = core
        self._book = book
        self._people = people
        self._publish = publish
        self._attachments = attachments

    async def edit(self, viewer: Viewer, status_id: int, wish: EditWish) -> None:
        """Edit an own post; raises NotFound and InvalidParam."""
        self._core.limiter.check("status", viewer.user_id)

        async def job(tx: Tx) -> None:
            row = await self._seen(tx, viewer, status_id)
            if row.account_id != viewer.id or row.reblog_of is not None:
                raise NotFound("Record not found")
            await self._keep_old(tx, row)
            changed = await self._changed(tx, viewer, row, wish)
            reading = compose.read(changed.text)
            await store.update(tx, changed)
            await put_words(tx, self._core.db.dialect, changed)
            if changed.parts.link != row.parts.link:
                await drop_link(tx, row)
                await keep_link(self._core, tx, changed)
            await store_statuses.put_mentions(tx, row.id, changed.mentioned)
            await store_statuses.put_tags(tx, changed, reading.tags)
            if changed.visibility < PRIVATE:
                before, now = set(row.parts.tags), set(changed.parts.tags)
                await store_statuses.count_featured(tx, row.account_id, before - now, -1, 0)
                await store_statuses.count_featured(tx, row.account_id, now - before, 1, row.id)
            await store.keep_version(
                tx, changed, await store.count_edits(tx, row.id), await _options(tx, changed)
            )
            await self._tell(tx, viewer, row, changed)

        await self._core.db.write(job)

    async def _keep_old(self, tx: Tx, row: StatusRow) -> None:
        versions = await store.count_edits(tx, row.id)
        if versions >= MOST_VERSIONS:
            raise InvalidParam(f"A post may be edited at most {MOST_VERSIONS - 1} times")
        if versions == 0:
            await store.keep_version(tx, row, 0, await _options(tx, row))

    async def _changed(self, tx: Tx, viewer: Viewer, row: StatusRow, wish: EditWish) -> StatusRow:
        text = row.text if isinstance(wish.text, UnsetType) else wish.text
        spoiler = row.spoiler if isinstance(wish.spoiler, UnsetType) else wish.spoiler
        sensitive = bool(row.sensitive) if isinstance(wish.sensitive, UnsetType) else wish.sensitive
        media = await self._media(tx, viewer, row, wish)
        poll = None if isinstance(wish.poll, UnsetType) else wish.poll
        draft = Draft(text=text, spoiler=spoiler, poll=poll, quote_of=row.quote_of)
        compose.check(draft, has_media=bool(media) or row.poll_id is not None)
        reading = compose.read(text)
        mentioned = await self._publish.mentioned(tx, viewer, reading.names)
        parts = Parts([(one.id, one.username) for one in mentioned], list(reading.tags), media, reading.link)
        return msgspec.structs.replace(
            row,
            text=text,
            spoiler=spoiler,
            sensitive=int(sensitive or bool(spoiler)),
            language=row.language if isinstance(wish.language, UnsetType) else wish.language,
            parts=parts,
            html=self._publish.rendered(text, parts),
            poll_id=await self._poll(tx, row, poll),
            edited_ts=max(self._core.clock.now_ms(), row.created_ts + 1),
        )

    async def _media(self, tx: Tx, viewer: Viewer, row: StatusRow, wish: EditWish) -> list[dict[str, Any]]:
        media = row.parts.media
        if not isinstance(wish.media_ids, UnsetType) and wish.media_ids != [one["id"] for one in media]:
            if len(wish.media_ids) > compose.MOST_MEDIA:
                raise InvalidParam(f"Cannot attach more than {compose.MOST_MEDIA} files")
            media = await self._attachments.replace(tx, viewer.id, row.id, wish.media_ids)
        return (
            await self._attachments.describe(tx, viewer.id, media, wish.described)
            if wish.described
            else media
        )

    async def _poll(self, tx: Tx, row: StatusRow, wish: PollWish | None) -> int | None:
        if wish is None:
            return row.poll_id
        if row.poll_id is not None:
            known = (await store_polls.by_ids(tx, [row.poll_id]))[row.poll_id]
            if (
                known.options == [option.strip() for option in wish.options]
                and known.multiple == wish.multiple
            ):
                return row.poll_id
            await store_polls.delete(tx, row.poll_id)
        return (await self._publish.add_poll(tx, row.id, row.account_id, wish)).id

    async def _tell(self, tx: Tx, viewer: Viewer, before: StatusRow, now: StatusRow) -> None:
        happened = self._core.activities.happened
        for account_id in now.mentioned - before.mentioned:
            await happened(tx, Activity("mention", viewer.id, account_id, now.id))
        await happened(tx, Activity("update", viewer.id, 0, now.id))
        if now.quotes:
            await happened(tx, Activity("quoted_update", viewer.id, 0, now.id))
        announce_status(tx, "status_edited", now, viewer.user_id)

    async def source(self, viewer: Viewer, status_id: int) -> StatusSource:
        """Give what the author wrote to whoever may see the post; raises NotFound."""
        row = await self._core.db.read(lambda tx: self._seen(tx, viewer, status_id))
        return StatusSource(str(row.id), row.text, row.spoiler)

    async def history(self, viewer: Viewer, status_id: int) -> list[StatusEdit]:
        """Give every version of a post, the first one first; raises NotFound."""

        async def job(tx: Tx) -> list[StatusEdit]:
            row = await self._seen(tx, viewer, status_id)
            wrote = await self._book.row_in(tx, row.account_id)
            author, is_marked = self._people.account(wrote), wrote.sensitized_ts is not None
            versions = await store.edits(tx, row.id)
            if not versions:
                now = store.EditRow(0, row.created_ts, row.html, row.spoiler, row.sensitive, row.parts, None)
                versions = [replace(now, poll_options=await _options(tx, row))]
            return [
                StatusEdit(
                    content=one.html,
                    spoiler_text=one.spoiler,
                    sensitive=bool(one.sensitive) or (is_marked and bool(one.parts.media)),
                    created_at=timestamp(one.created_ts),
                    account=author,
                    emojis=self._core.emojis.used_in(one.spoiler, plain(one.html)),
                    media_attachments=[media_entity(self._core.public_url, kept) for kept in one.parts.media],
                    poll=_shown_poll(one.poll_options),
                )
                for one in versions
            ]

        return await self._core.db.read(job)

    async def _seen(self, tx: Tx, viewer: Viewer, status_id: int) -> StatusRow:
        row = await visible_row(tx, viewer, status_id, self._core.clock.now_ms())
        if row is None:
            raise NotFound("Record not found")
        return row


async def _options(tx: Tx, row: StatusRow) -> str | None:
    """Give the options of a post's poll as JSON."""
    if row.poll_id is None:
        return None
    poll = (await store_polls.by_ids(tx, [row.poll_id])).get(row.poll_id)
    return None if poll is None else orjson.dumps(poll.options).decode()


def _shown_poll(options: str | None) -> dict[str, Any] | UnsetType:
    if options is None:
        return UNSET
    return {"options": [{"title": title} for title in orjson.loads(options)]}
