"""One's own account: what its owner sees and may change. Name and picture are chat's too, unless set apart."""

from dataclasses import dataclass
from typing import Any

import orjson
from msgspec import UNSET, UnsetType

from teahouse.errors import InvalidParam
from teahouse.kernel.storage import Tx
from teahouse.kernel.stream import Fact
from teahouse.microblog.core import Core
from teahouse.microblog.entities.people import CredentialAccount
from teahouse.microblog.people import store_accounts as store
from teahouse.microblog.people import store_ties
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.proofs import keep_proofs
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.people.show import DEFAULT_PREFERENCES, ShowAccounts

MOST_NAME_CHARS = 256
MOST_NOTE_CHARS = 2000
MOST_FIELDS = 8
MOST_FIELD_CHARS = 255
PRIVACIES = ("public", "unlisted", "private", "direct")
QUOTE_POLICIES = ("public", "followers", "nobody")
FLAGS = ("locked", "bot", "discoverable", "indexable", "hide_collections", "profile_apart")


@dataclass(slots=True)
class ProfileWish:
    """What to change of one's account; what is unset stays. Pictures are addresses of media, '' for none."""

    display_name: str | UnsetType = UNSET
    avatar: str | UnsetType = UNSET
    header: str | UnsetType = UNSET
    note: str | UnsetType = UNSET
    fields: list[tuple[str, str]] | UnsetType = UNSET
    locked: bool | UnsetType = UNSET
    bot: bool | UnsetType = UNSET
    discoverable: bool | UnsetType = UNSET
    indexable: bool | UnsetType = UNSET
    hide_collections: bool | UnsetType = UNSET
    profile_apart: bool | UnsetType = UNSET
    public_page: bool | UnsetType = UNSET
    preferences: dict[str, Any] | None = None


class OwnProfile:
    """Shows and changes one's own account."""

    def __init__(self, core: Core, book: AccountBook, people: ShowAccounts) -> None:
        self._core = core
        self._book = book
        self._people = people

    async def credentials(self, viewer: Viewer, *, is_admin: bool) -> CredentialAccount:
        """Give the viewer's account as its owner sees it."""

        async def job(tx: Tx) -> CredentialAccount:
            row = await self._book.row_in(tx, viewer.id)
            requests = await store_ties.count_requests(tx, viewer.id)
            return self._people.credentials(row, is_admin=is_admin, requests=requests)

        return await self._core.db.read(job)

    async def preferences(self, viewer: Viewer) -> dict[str, Any]:
        """Give the viewer's defaults for new posts, every one of them."""
        row = await self._book.row(viewer.id)
        return {**DEFAULT_PREFERENCES, **orjson.loads(row.preferences)}

    async def change(self, viewer: Viewer, wish: ProfileWish) -> None:
        """Change the account; name and picture go to chat's profile unless set apart. Raises InvalidParam."""
        changes = _checked(wish)
        row = await self._book.row(viewer.id)
        is_apart = (
            bool(row.profile_apart) if isinstance(wish.profile_apart, UnsetType) else wish.profile_apart
        )
        if not is_apart:
            await self._change_in_chat(viewer, changes)

        async def job(tx: Tx) -> None:
            if row.profile_apart and not is_apart:
                changes.update(await self._book.chat_profile(tx, viewer.user_id))
            if "fields" in changes:
                before = (await self._book.row_in(tx, viewer.id)).fields
                changes["fields"] = await keep_proofs(self._core, tx, viewer.id, before, changes["fields"])
            wishes = dict(wish.preferences or {})
            if not isinstance(wish.public_page, UnsetType):
                wishes["public_page"] = wish.public_page
            if wishes:
                known = orjson.loads((await self._book.row_in(tx, viewer.id)).preferences)
                changes["preferences"] = orjson.dumps({**known, **wishes}).decode()
            await store.update(tx, viewer.id, changes)
            tx.announce(Fact(tx.next_position(), "account_changed", user_id=viewer.user_id, body=viewer.id))

        await self._core.db.write(job)

    async def _change_in_chat(self, viewer: Viewer, changes: dict[str, Any]) -> None:
        """Hand name and picture to the profile that chat shows; the account follows it in the same write."""
        for ours, theirs in (("display_name", "displayname"), ("avatar", "avatar_url")):
            if ours in changes:
                await self._core.accounts.set_profile_field(viewer.user_id, theirs, changes.pop(ours))


def _checked(wish: ProfileWish) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, most in (
        ("display_name", MOST_NAME_CHARS),
        ("note", MOST_NOTE_CHARS),
        ("avatar", 1000),
        ("header", 1000),
    ):
        value = getattr(wish, name)
        if isinstance(value, UnsetType):
            continue
        if len(value) > most:
            raise InvalidParam(
                f"{name.replace('_', ' ').capitalize()} is too long (maximum is {most} characters)"
            )
        changes[name] = value
    for name in FLAGS:
        value = getattr(wish, name)
        if not isinstance(value, UnsetType):
            changes[name] = int(value)
    if not isinstance(wish.fields, UnsetType):
        changes["fields"] = _checked_fields(wish.fields)
    _check_preferences(wish.preferences or {})
    return changes


def _checked_fields(fields: list[tuple[str, str]]) -> str:
    kept = [(name.strip(), value.strip()) for name, value in fields if name.strip() or value.strip()]
    if len(kept) > MOST_FIELDS:
        raise InvalidParam(f"A profile may have at most {MOST_FIELDS} fields")
    if any(len(name) > MOST_FIELD_CHARS or len(value) > MOST_FIELD_CHARS for name, value in kept):
        raise InvalidParam(f"Fields may have at most {MOST_FIELD_CHARS} characters")
    return orjson.dumps([(name, value, None) for name, value in kept]).decode()


def _check_preferences(wanted: dict[str, Any]) -> None:
    if wanted.get("privacy", "public") not in PRIVACIES:
        raise InvalidParam("Privacy is not included in the list")
    if wanted.get("quote_policy", "public") not in QUOTE_POLICIES:
        raise InvalidParam("Quote policy is not included in the list")
    if len(wanted.get("language") or "") > 20:
        raise InvalidParam("Language is not a code")
