"""Deciding about accounts and posts, telling it with the reason, and hearing appeals."""

from dataclasses import dataclass

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.storage import Tx
from teahouse.media import Media
from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import timestamp
from teahouse.microblog.entities.house import AccountWarning, WarningAppeal, WarningLogged
from teahouse.microblog.entities.people import Account
from teahouse.microblog.house_texts import under_rule
from teahouse.microblog.moderation import store_warnings as store
from teahouse.microblog.moderation.decisions import (
    DISABLE,
    GIVE_FILE,
    HIDE_FILE,
    LIFT,
    REMOVE,
    REMOVE_FILE,
    WARN,
    Decided,
    Decisions,
)
from teahouse.microblog.moderation.files import FileDecisions
from teahouse.microblog.moderation.holds import WORDS, Holds
from teahouse.microblog.moderation.store_warnings import TakenDown, WarningRow
from teahouse.microblog.people import store_accounts
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.records import AccountRow, Viewer
from teahouse.microblog.posts import store_statuses
from teahouse.microblog.posts.marks import Marks
from teahouse.microblog.posts.remove import Remove
from teahouse.microblog.posts.restore import Restore, without_words
from teahouse.trust import Trust

MOST_CHARS = 2000
MOST_LISTED = 100
APPEALED_WITHIN_MS = 183 * 24 * 3600 * 1000
TAKING_BACK = (LIFT, GIVE_FILE)
UNKNOWN_TO_APPS = (*TAKING_BACK, REMOVE_FILE, HIDE_FILE)
"""What the Mastodon API has no word for; the text says it."""


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal as operators read it."""

    id: int
    by: str
    action: str
    reason: str
    posts: list[str]
    appeal: str


def warning_entity(row: WarningRow, account: Account) -> AccountWarning:
    """Give a decision as its account sees it."""
    return AccountWarning(
        id=str(row.id),
        action="none" if row.action in UNKNOWN_TO_APPS else row.action,
        text=row.text,
        status_ids=[one.id for one in row.posts] or None,
        target_account=account,
        appeal=None if row.appeal is None else WarningAppeal(row.appeal, str(row.appeal_state), row.answer),
        created_at=timestamp(row.created_ts),
        taken_down=[{"id": one.id, "text": one.text, "spoiler_text": one.spoiler} for one in row.posts],
        lifts=row.action in TAKING_BACK,
        log=None if row.log_seq == store.NO_ENTRY else _logged(row),
    )


def _logged(row: WarningRow) -> WarningLogged:
    answer = None if row.answer_log_seq is None else str(row.answer_log_seq)
    return WarningLogged(str(row.log_seq), answer, None, None)


class Moderation:
    """Keeps decisions; whoever they concern is told in the same write."""

    def __init__(
        self, core: Core, trust: Trust, media: Media, book: AccountBook, remove: Remove, marks: Marks, restore: Restore
    ) -> None:  # fmt: skip
        self.door = Decisions(core, trust)
        self.files = FileDecisions(core, media, trust, book, self.door)
        self.holds = Holds(core, self.door)
        self._log = trust.log
        self._core = core
        self._book = book
        self._remove = remove
        self._marks = marks
        self._restore = restore

    # For the operators

    async def warn(
        self, name: str, reason: str, report_id: int | None = None, rule: int | None = None
    ) -> int:
        """Warn an account; gives the decision's id. Raises NotFound and InvalidParam."""
        told = self._worded(reason, rule)

        async def job(tx: Tx) -> int:
            account = await self._named(tx, name)
            return await self.door.decide(tx, Decided(account, WARN, told, report_id=report_id, rule=rule))

        return await self._core.db.write(job)

    async def restrain(
        self, name: str, action: str, reason: str, report_id: int | None = None, rule: int | None = None
    ) -> int:
        """Put a restraint, one of WORDS, on an account; gives the decision's id. Raises NotFound and InvalidParam."""
        told = self._worded(reason, rule)

        async def job(tx: Tx) -> int:
            account = await self._named(tx, name, chats_only_too=action == DISABLE)
            return await self.holds.put(tx, Decided(account, action, told, report_id=report_id, rule=rule))

        return await self._core.db.write(job)

    async def lift(self, name: str, reason: str) -> int:
        """Take every restraint from an account; gives the decision's id. Raises NotFound and InvalidParam."""
        check_text(reason)

        async def job(tx: Tx) -> int:
            account = await self._named(tx, name)
            held = await self.holds.held(tx, account)
            if not held:
                raise InvalidParam(
                    f"{account.username} is neither limited nor suspended, nor otherwise restrained"
                )
            return await self.holds.lift(tx, held, Decided(account, LIFT, reason))

        return await self._core.db.write(job)

    def _worded(self, reason: str, rule: int | None) -> str:
        check_text(reason)
        told = under_rule(self._core.config.instance.house_rules, rule, reason)
        check_text(told)
        return told

    async def _named(self, tx: Tx, name: str, *, chats_only_too: bool = False) -> AccountRow:
        account = await self._book.lookup_in(tx, name)
        if account is None and chats_only_too:
            user_id = f"@{name.removeprefix('@').split(':')[0]}:{self._core.accounts.server_name}"
            users = await self._core.accounts.oversight.of_users(tx, [user_id])
            if users and not await self._core.accounts.is_deactivated_in(tx, user_id):
                account = await self._book.row_in(tx, await self._book.account_in(tx, user_id))
        if account is None:
            raise NotFound(f"There is no account {name}")
        return account

    async def take_down(
        self, status_id: int, reason: str, report_id: int | None = None, rule: int | None = None
    ) -> int:
        """Delete somebody's post, with its files; gives the decision's id. Raises NotFound and InvalidParam."""
        told = self._worded(reason, rule)

        async def job(tx: Tx) -> int:
            row = await store_statuses.by_id(tx, status_id)
            account = (
                None
                if row is None
                else (await store_accounts.by_ids(tx, [row.account_id])).get(row.account_id)
            )
            if row is None or account is None:
                raise NotFound(f"There is no post {status_id}")
            kept = TakenDown(str(row.id), row.text, row.spoiler, without_words(row))
            if row.reblog_of is not None:
                await self._marks.remove_repost(tx, Viewer(account.id, account.user_id), row)
            else:
                await self._remove.delete_in(tx, row, account.user_id, with_media=True)
            return await self.door.decide(tx, Decided(account, REMOVE, told, [kept], report_id, rule=rule))

        return await self._core.db.write(job, frees_space=True)

    async def appeals(self) -> list[Appeal]:
        """Give the appeals that wait for an answer, the oldest first."""

        async def job(tx: Tx) -> list[Appeal]:
            rows = await store.appealed(tx, MOST_LISTED)
            people = await store_accounts.by_ids(tx, {row.account_id for row in rows})
            return [
                Appeal(
                    row.id, people[row.account_id].username, row.action, row.text,
                    [one.text for one in row.posts], row.appeal or "",
                )
                for row in rows if row.account_id in people
            ]  # fmt: skip

        return await self._core.db.read(job)

    async def answer(self, number: int, answer: str, *, accept: bool) -> None:
        """Answer an appeal, and tell its author; what is accepted is undone.

        Raises NotFound, InvalidParam and Conflict.
        """
        check_text(answer)

        async def job(tx: Tx) -> None:
            row = (await store.by_ids(tx, [number])).get(number)
            if row is None or row.appeal_state != "pending":
                raise NotFound(f"There is no appeal {number} that waits for an answer")
            author = await self._book.row_in(tx, row.account_id, gone_too=True)
            await self.door.answer(tx, row, author, answer, accept=accept)
            if accept:
                await self._undo(tx, row, author)

        await self._core.db.write(job)

    async def _undo(self, tx: Tx, row: WarningRow, author: AccountRow) -> None:
        """Take a decision back whose appeal was right: posts come back, and no restraint is left that it put."""
        if row.action in WORDS:
            await self.holds.change(tx, author, row.action, None)
        if row.action == HIDE_FILE and row.media_id is not None:
            await self.files.give_back(tx, row.media_id)
        for one in row.posts:
            if one.rest is not None and author.gone_ts is None:
                await self._restore.restore_in(tx, author.user_id, one.rest, (one.text, one.spoiler))

    # For whom it concerns

    async def about(self, viewer: Viewer) -> list[AccountWarning]:
        """Give the newest decisions about the viewer's account."""
        rows = await self._core.db.read(lambda tx: store.of_account(tx, viewer.id, MOST_LISTED))
        account = await self._book.one(viewer.id)
        return [warning_entity(row, account) for row in rows]

    async def one(self, viewer: Viewer, number: int) -> AccountWarning:
        """Give a decision about the viewer's account, with its proofs; raises NotFound."""
        row = await self._core.db.read(lambda tx: self._own(tx, viewer, number))
        entity = warning_entity(row, await self._book.one(viewer.id))
        if entity.log is not None:
            entity.log.proof = (await self._log.proof(row.log_seq, viewer.user_id)).text
            if row.answer_log_seq is not None:
                entity.log.answer_proof = (await self._log.proof(row.answer_log_seq, viewer.user_id)).text
        return entity

    async def appeal(self, viewer: Viewer, number: int, text: str) -> None:
        """Appeal, once and within half a year; raises NotFound and InvalidParam."""
        check_text(text)
        now = self._core.clock.now_ms()

        async def job(tx: Tx) -> None:
            row = await self._own(tx, viewer, number)
            if row.action in TAKING_BACK:
                raise InvalidParam("There is nothing to appeal")
            if row.appeal is not None:
                raise InvalidParam("You have appealed this decision already")
            if now - row.created_ts > APPEALED_WITHIN_MS:
                raise InvalidParam("It is too late to appeal this decision")
            row.appeal, row.appealed_ts, row.appeal_state = text, now, "pending"
            await store.keep_appeal(tx, row)

        await self._core.db.write(job)

    async def _own(self, tx: Tx, viewer: Viewer, number: int) -> WarningRow:
        row = (await store.by_ids(tx, [number])).get(number)
        if row is None or row.account_id != viewer.id:
            raise NotFound("Record not found")
        return row


def check_text(text: str) -> None:
    """Raise InvalidParam for a text that says nothing or too much."""
    if not text.strip():
        raise InvalidParam("Text can't be blank")
    if len(text) > MOST_CHARS:
        raise InvalidParam(f"Text is too long (maximum is {MOST_CHARS} characters)")
