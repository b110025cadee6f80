"""Telling the operators of somebody, with posts of theirs; and what operators do with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.storage import Tx
from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import timestamp
from teahouse.microblog.entities.house import Report
from teahouse.microblog.people import store_accounts
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import Viewer
from teahouse.microblog.people.show import ShowAccounts
from teahouse.microblog.posts.gather import visible_rows
from teahouse.microblog.reports import store_reports as store
from teahouse.microblog.reports.store_reports import ReportRow

MOST_COMMENT_CHARS = 1000
MOST_POSTS = 50
MOST_LISTED = 1000
CATEGORIES = ("spam", "legal", "violation", "other")


@dataclass(frozen=True, slots=True)
class ReportWish:
    """What somebody wants to tell."""

    target_id: int
    status_ids: Sequence[int] = ()
    rule_ids: Sequence[int] = ()
    comment: str = ""
    category: str = "other"


@dataclass(frozen=True, slots=True)
class OpenReport:
    """A report as operators read it, with names and the posts' texts."""

    id: int
    by: str
    about: str
    category: str
    comment: str
    posts: list[str]


class Reports:
    """Takes reports, and shows them to operators."""

    def __init__(self, core: Core, book: AccountBook, people: ShowAccounts) -> None:
        self._core = core
        self._book = book
        self._people = people

    async def file(self, viewer: Viewer, wish: ReportWish) -> Report:
        """Keep a report; raises NotFound for somebody who isn't there, InvalidParam and LimitExceeded."""
        if len(wish.comment) > MOST_COMMENT_CHARS:
            raise InvalidParam(f"Comment is too long (maximum is {MOST_COMMENT_CHARS} characters)")
        if wish.category not in CATEGORIES:
            raise InvalidParam("Category is not included in the list")
        self._core.limiter.check("report", viewer.user_id)
        if len(wish.status_ids) > MOST_POSTS:
            raise InvalidParam(f"A report may name at most {MOST_POSTS} posts")
        if any(not 1 <= number <= len(self._core.config.instance.house_rules) for number in wish.rule_ids):
            raise InvalidParam("Rules must reference valid rules")
        now = self._core.clock.now_ms()

        async def job(tx: Tx) -> Report:
            target = await self._book.row_in(tx, wish.target_id)
            # Only posts of that person that the reporter may see: a report opens no way to others.
            seen = await visible_rows(tx, viewer, list(wish.status_ids), now)
            if any(row.account_id != target.id for row in seen):
                raise NotFound("Record not found")
            posts = [row.id for row in seen]
            row = ReportRow(
                self._core.snowflakes.next(), viewer.id, target.id, posts, list(wish.rule_ids), wish.comment,
                "violation" if wish.rule_ids else wish.category, now, None,
            )  # fmt: skip
            await store.put(tx, row)
            return Report(
                id=str(row.id), action_taken=False, action_taken_at=None, category=row.category, comment=row.comment,
                forwarded=False, created_at=timestamp(now), status_ids=[str(one) for one in posts],
                rule_ids=[str(one) for one in row.rule_ids] or None, target_account=self._people.account(target),
            )  # fmt: skip

        return await self._core.db.write(job)

    # For the operators

    async def list_open(self) -> list[OpenReport]:
        """Give what nobody has closed, the oldest first."""

        async def job(tx: Tx) -> list[OpenReport]:
            rows = await store.open_ones(tx, MOST_LISTED)
            known = await store_accounts.by_ids(
                tx, {one for row in rows for one in (row.account_id, row.target_id)}
            )
            names = {number: account.username for number, account in known.items()}
            return [
                OpenReport(
                    row.id, names.get(row.account_id, "?"), names.get(row.target_id, "?"), row.category, row.comment,
                    [self._core.status_url(names.get(row.target_id, "?"), one) for one in row.status_ids],
                )
                for row in rows
            ]  # fmt: skip

        return await self._core.db.read(job)

    async def close(self, number: int) -> None:
        """Note that an operator is done with a report; raises NotFound."""
        now = self._core.clock.now_ms()
        if not await self._core.db.write(lambda tx: store.close(tx, number, now)):
            raise NotFound(f"There is no open report {number}")
