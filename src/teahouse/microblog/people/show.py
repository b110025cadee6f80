"""Makes entities of accounts."""

import zlib
from typing import Any

import orjson
from msgspec import UNSET
from msgspec.structs import replace

from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import day, maybe_timestamp
from teahouse.microblog.entities.people import Account, CredentialAccount, Field, Role, Source
from teahouse.microblog.people.records import AccountRow
from teahouse.microblog.snowflakes import time_of
from teahouse.microblog.text.html import render, render_line

DEFAULT_PREFERENCES: dict[str, Any] = {
    "privacy": "public",
    "sensitive": False,
    "language": None,
    "quote_policy": "public",
}
MAY_MODERATE = 1 << 4 | 1 << 10 | 1 << 19
"""In Mastodon's numbers: reports, users, and deleting what suspended people kept here. Apps look at these bits."""
ADMIN = Role("3", "Admin", "", str(MAY_MODERATE), True)
EVERYBODY = Role("-99", "", "", "0", False)


class ShowAccounts:
    """Turns rows into entities; needs nothing but the row."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def account(self, row: AccountRow) -> Account:
        """Give the account as everybody sees it: of a suspended one no more than its name."""
        return Account(**self._fields(row if row.suspended_ts is None else _emptied(row)))

    def credentials(self, row: AccountRow, *, is_admin: bool, requests: int) -> CredentialAccount:
        """Give the account as its owner sees it."""
        wishes = {**DEFAULT_PREFERENCES, **orjson.loads(row.preferences)}
        source = Source(
            privacy=wishes["privacy"],
            sensitive=wishes["sensitive"],
            language=wishes["language"],
            note=row.note,
            fields=[Field(name, value, maybe_timestamp(at)) for name, value, at in orjson.loads(row.fields)],
            follow_requests_count=requests,
            hide_collections=bool(row.hide_collections),
            discoverable=bool(row.discoverable),
            indexable=bool(row.indexable),
            attribution_domains=[],
            quote_policy=wishes["quote_policy"],
        )
        return CredentialAccount(
            **self._fields(row),
            source=source,
            role=ADMIN if is_admin else EVERYBODY,
            profile_apart=bool(row.profile_apart),
            public_page=row.has_page,
        )

    def _fields(self, row: AccountRow) -> dict[str, Any]:
        public_url = self._core.public_url
        url, fields = self._core.profile_url(row.username), orjson.loads(row.fields)
        avatar, header = (
            self.picture(row.avatar, "avatars", row.id),
            self.picture(row.header, "headers", row.id),
        )
        return {
            "id": str(row.id),
            "username": row.username,
            "acct": row.username,
            "display_name": row.display_name,
            "locked": bool(row.locked),
            "bot": bool(row.bot),
            "discoverable": bool(row.discoverable),
            "indexable": bool(row.indexable),
            "created_at": day(row.created_ts) + "T00:00:00.000Z",
            "note": render(row.note, {}, public_url),
            "url": url,
            "uri": url,
            "avatar": avatar,
            "avatar_static": avatar,
            "header": header,
            "header_static": header,
            "followers_count": row.followers,
            "following_count": row.following,
            "statuses_count": row.statuses,
            "last_status_at": day(time_of(row.last_status_id)) if row.last_status_id else None,
            "hide_collections": bool(row.hide_collections),
            "noindex": not row.indexable,
            "emojis": self._core.emojis.used_in(
                row.display_name, row.note, *(part for name, value, _ in fields for part in (name, value))
            ),
            "limited": True if row.limited_ts is not None else UNSET,
            "suspended": True if row.suspended_ts is not None else UNSET,
            "roles": [],
            "fields": [
                Field(name, render_line(value, {}, public_url), maybe_timestamp(at))
                for name, value, at in fields
            ],
        }

    def picture(self, kept: str, kind: str, account_id: int) -> str:
        """Give the address of a picture: the one that was put there, or one generated from the id."""
        version = f"?v={zlib.crc32(kept.encode()):08x}" if kept else ""
        return f"{self._core.public_url}/assets/{kind}/{account_id}.png{version}"


def _emptied(row: AccountRow) -> AccountRow:
    return replace(
        row, display_name="", avatar="", header="", note="", fields="[]", bot=0, locked=0, discoverable=0
    )
