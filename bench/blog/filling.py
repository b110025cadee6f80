"""Fills the database of a stopped server with a city's posts, people and acts: quickly, by SQL alone.

The figures of everything are functions of a running number, so both databases get the very same rows.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.blog.databases import Filling, filling

FIRST_ACCOUNT = 1_000_000
USERS = 3000
"""How many of the accounts can sign in; they come after the authors."""
CHUNK = 250_000
APART_MS = 2000
THREAD = 5000
LIKES_TOLD, MENTIONS_TOLD, OTHERS_TOLD = 200_000, 3000, 40_000
FOLLOWED = (300, 1000, 5000)
LIST_MEMBERS = 1000
TABLES = [
    "accounts", "account_counts", "account_words", "follows", "statuses", "status_counts", "status_marks",
    "status_tags", "status_words", "notifications",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class City:
    """How large it is, and who lives where in the row of accounts."""

    authors: int
    posts: int
    crowd: int
    newest_ms: int

    @property
    def half(self) -> int:
        """So many authors are lively; as many more wrote only long ago."""
        return self.authors // 2

    @property
    def celebrity(self) -> int:
        """Whom the crowd follows."""
        return FIRST_ACCOUNT + self.authors

    @property
    def beginner(self) -> int:
        """Whom ten people follow."""
        return self.celebrity + 1

    def reader(self, number: int, *, quiet: bool) -> int:
        """Who follows FOLLOWED[number] people."""
        return self.celebrity + 2 + number + (len(FOLLOWED) if quiet else 0)

    @property
    def popular(self) -> int:
        """Who was told of very many likes."""
        return self.celebrity + 8

    @property
    def lister(self) -> int:
        """Who has an exclusive list."""
        return self.celebrity + 9

    @property
    def followers(self) -> int:
        """The first of the crowd; only so many of them can sign in."""
        return self.celebrity + 10

    @property
    def thread(self) -> int:
        """The post with many comments."""
        return (self.newest_ms + 1000) << 16

    def token(self, account_id: int) -> str:
        """The access token of an account that can sign in."""
        return f"bench-token-{account_id}"

    def post(self, number: str) -> str:
        """Give SQL for the id of a post."""
        return f"(({self.newest_ms} - ({self.posts} - ({number})) * {APART_MS}) << 16)"

    def author(self, number: str) -> str:
        """Give SQL for the author of a post: the quiet ones wrote the oldest twenty-fifth."""
        turn = f"((({number}) * 7919) % {self.half})"
        return f"({FIRST_ACCOUNT} + {turn} + CASE WHEN {number} < {self.posts // 25} THEN {self.half} ELSE 0 END)"


def city(authors: int, posts: int, crowd: int) -> City:
    """Plan a city whose newest post is an hour old."""
    return City(authors, posts, crowd, int(time.time() * 1000) - 3_600_000)


async def fill(address: str | Path, plan: City, step: Callable[[], None]) -> None:
    """Fill the database; calls `step` as often as `steps` says."""
    async with filling(address) as db:
        indexes = await db.take_indexes_off(TABLES)
        await _add_people(db, plan)
        step()
        await _add_follows(db, plan)
        step()
        for first in range(0, plan.posts, CHUNK):
            await _add_posts(db, plan, first, min(first + CHUNK, plan.posts) - 1)
            step()
        await _add_thread(db, plan)
        await _add_notifications(db, plan)
        await db.put_words(
            "SELECT s.id, REPLACE(s.text, '#', '') AS words FROM statuses s WHERE s.reblog_of IS NULL"
        )
        step()
        for sql in indexes:
            await db.run(sql)
            step()
        await db.run(
            "UPDATE account_counts SET last_status_id = COALESCE((SELECT MAX(s.id) FROM statuses s "
            "WHERE s.account_id = account_counts.account_id), 0) "
            f"WHERE account_id < {FIRST_ACCOUNT + plan.authors}"
        )


def steps(plan: City) -> int:
    """Say about how many steps `fill` takes."""
    return 2 + -(-plan.posts // CHUNK) + 1 + 32


_COLUMNS = {
    "accounts": "id, user_id, username, display_name, avatar, header, profile_apart, note, fields, preferences, "
    "locked, bot, discoverable, indexable, hide_collections, created_ts",
    "account_counts": "account_id, statuses, followers, following, last_status_id",
    "account_words": "word, account_id",
    "follows": "follower_id, target_id, id, reblogs, notify, languages, in_home",
    "list_members": "list_id, target_id, owner_id",
    "lists": "id, account_id, title, replies_policy, exclusive",
    "mutes": "account_id, target_id, id, notifications, expires_ts",
    "status_counts": "status_id, parent_id, replies, reblogs, favourites, quotes, heat",
    "status_tags": "tag, status_id, account_id, visibility, has_media",
    "status_marks": "account_id, status_id, kind, id",
    "notifications": "id, account_id, kind, actor_id, status_id, group_key, filtered",
}
"""What is filled in of each table; columns that come later have a default or may be null."""


def _into(table: str) -> str:
    return f"INSERT INTO {table} ({_COLUMNS[table]})"


async def _add_people(db: Filling, plan: City) -> None:
    count = plan.authors + 10 + max(plan.crowd, USERS)
    numbers, account = db.numbers(0, count - 1), f"{FIRST_ACCOUNT} + n.i"
    await db.run(
        f"{_into('accounts')} SELECT {account}, '@made' || n.i || ':localhost', 'made' || n.i, 'Made ' || n.i, "
        f"'', '', 0, '', '[]', '{{}}', 0, 0, 1, 1, 0, 0 FROM {numbers}"
    )
    await db.run(f"{_into('account_counts')} SELECT {account}, 250, n.i % 97, n.i % 89, 0 FROM {numbers}")
    await db.run(f"{_into('account_words')} SELECT 'made' || n.i, {account} FROM {numbers}")
    users = db.numbers(plan.authors, plan.authors + USERS - 1)
    user = "'@made' || n.i || ':localhost'"
    await db.run(
        "INSERT INTO users (user_id, password_hash, is_admin, created_ts, deactivated_ts, erased) "
        f"SELECT {user}, NULL, 0, 0, NULL, 0 FROM {users}"
    )
    await db.run(
        f"INSERT INTO devices (user_id, device_id, created_ts) SELECT {user}, 'MADE' || n.i, 0 FROM {users}"
    )
    for number in range(plan.authors, plan.authors + USERS):
        digest = hashlib.sha256(plan.token(FIRST_ACCOUNT + number).encode()).hexdigest()
        await db.run(
            "INSERT INTO access_tokens (token_id, token_hash, user_id, device_id) "
            f"VALUES ({10**9 + number}, '{digest}', '@made{number}:localhost', 'MADE{number}')"
        )


async def _add_follows(db: Filling, plan: City) -> None:
    async def follow(count: int, follower: str, target: str, first_id: int, in_home: int = 1) -> None:
        await db.run(
            f"{_into('follows')} SELECT {follower}, {target}, {first_id} + n.i, 1, 0, NULL, {in_home} "
            f"FROM {db.numbers(0, count - 1)}"
        )

    await follow(plan.crowd, f"{plan.followers} + n.i", str(plan.celebrity), 10**7)
    await follow(10, f"{plan.followers} + n.i", str(plan.beginner), 10**9)
    await db.run(f"UPDATE account_counts SET followers = {plan.crowd} WHERE account_id = {plan.celebrity}")
    for number, count in enumerate(FOLLOWED):
        step = plan.half // count
        for quiet in (False, True):
            first = FIRST_ACCOUNT + (plan.half if quiet else 0)
            reader = plan.reader(number, quiet=quiet)
            await follow(count, str(reader), f"{first} + n.i * {step}", reader * 10**5)
            await db.run(f"UPDATE account_counts SET following = {count} WHERE account_id = {reader}")
    lister, count = plan.lister, LIST_MEMBERS
    await follow(count, str(lister), f"{FIRST_ACCOUNT} + n.i", lister * 10**5, in_home=0)
    await follow(count, str(lister), f"{FIRST_ACCOUNT + count} + n.i", lister * 10**5 + count)
    await db.run(f"{_into('lists')} VALUES (1, {lister}, 'Friends', 'list', 1)")
    await db.run(
        f"{_into('list_members')} SELECT 1, {FIRST_ACCOUNT} + n.i, {lister} FROM {db.numbers(0, count - 1)}"
    )
    reader = plan.reader(len(FOLLOWED) - 1, quiet=False)
    await db.run(
        f"{_into('mutes')} SELECT {reader}, {FIRST_ACCOUNT} + n.i * 7, {10**6} + n.i, 1, NULL "
        f"FROM {db.numbers(0, 49)}"
    )


_STATUS = (
    "INSERT INTO statuses (id, account_id, visibility, listed, reblog_of, in_reply_to, in_reply_to_account, root_id, "
    "quote_policy, reply_policy, text, html, spoiler, sensitive, language, parts, has_media, created_ts) "
)


async def _add_posts(db: Filling, plan: City, first: int, last: int) -> None:
    """Of ten posts one is a repost, one a comment, and one has a picture; each twentieth has a tag or two."""
    numbers, number = db.numbers(first, last), plan.post("n.i")
    other = "((n.i - 20 - (n.i * 31) % 2000) / 10) * 10"
    reposts, comments = "n.i % 10 = 8 AND n.i > 2100", "n.i % 10 = 7 AND n.i > 2100"
    text = (
        "'post ' || n.i || ' tells of w' || ((n.i * 7) % 4999) || ' and w' || ((n.i * 13) % 49999) || ' in the city'"
        " || CASE WHEN n.i % 50 = 3 THEN ' #tea' WHEN n.i % 20 = 0 THEN ' #tag' || ((n.i / 20) % 2000) ELSE '' END"
    )
    await db.run(
        f"{_STATUS} SELECT {number}, {plan.author('n.i')}, 0, CASE WHEN {reposts} OR {comments} THEN 0 ELSE 1 END, "
        f"CASE WHEN {reposts} THEN {plan.post(other)} END, CASE WHEN {comments} THEN {plan.post(other)} END, "
        f"CASE WHEN {comments} THEN {plan.author(other)} END, "
        f"CASE WHEN {comments} THEN {plan.post(other)} ELSE {number} END, 0, 0, "
        f"CASE WHEN {reposts} THEN '' ELSE {text} END, "
        f"CASE WHEN {reposts} THEN '' ELSE '<p>' || {text} || '</p>' END, '', 0, 'en', '{{}}', "
        f"CASE WHEN n.i % 10 = 9 THEN 1 ELSE 0 END, {number} >> 16 FROM {numbers}"
    )
    await db.run(
        f"{_into('status_counts')} SELECT {number}, CASE WHEN {comments} THEN {plan.post(other)} END, 0, 0, "
        f"n.i % 17, 0, n.i % 17 FROM {numbers} WHERE NOT ({reposts})"
    )
    await db.run(
        f"{_into('status_tags')} SELECT CASE WHEN n.i % 50 = 3 THEN 'tea' ELSE 'tag' || ((n.i / 20) % 2000) END, "
        f"{number}, {plan.author('n.i')}, 0, 0 FROM {numbers} WHERE n.i % 50 = 3 OR n.i % 20 = 0"
    )
    await db.run(
        f"{_into('status_marks')} SELECT {plan.author('n.i + 1')}, {plan.post(other)}, 'favourite', {number} + 7 "
        f"FROM {numbers} WHERE n.i % 5 = 2 AND n.i > 2100"
    )


async def _add_thread(db: Filling, plan: City) -> None:
    """A post of the celebrity with very many comments, each fifth of them on another comment."""
    root, numbers = plan.thread, db.numbers(1, THREAD)
    at = f"{root} + n.i * 65536"
    parent = f"CASE WHEN n.i % 5 = 0 THEN {root} + (n.i - n.i % 5 - 4) * 65536 ELSE {root} END"
    who = f"{plan.followers} + n.i"
    nobody = f"{plan.celebrity}"
    fixed = "0, 0, 'a comment', '<p>a comment</p>', '', 0, 'en', '{}', 0, "
    await db.run(
        f"{_STATUS} SELECT {root}, {nobody}, 0, 1, NULL, NULL, NULL, {root}, {fixed} {root} >> 16 "
        f"FROM {db.numbers(1, 1)}"
    )
    await db.run(
        f"{_STATUS} SELECT {at}, {who}, 0, 0, NULL, {parent}, {nobody}, {root}, {fixed} {root} >> 16 FROM {numbers}"
    )
    await db.run(f"{_into('status_counts')} VALUES ({root}, NULL, {THREAD}, 0, 0, 0, {THREAD})")
    await db.run(f"{_into('status_counts')} SELECT {at}, {parent}, 0, 0, 0, 0, n.i % 31 FROM {numbers}")


async def _add_notifications(db: Filling, plan: City) -> None:
    """Likes of the last hours on twenty posts, and before them some mentions."""
    popular, first = plan.popular, (plan.newest_ms - 12 * 3_600_000) << 16
    fixed = "0, 0, 'liked by many', '<p>liked by many</p>', '', 0, 'en', '{}', 0, "
    post = f"{first} + (n.i % 20) * 65536 + 9"
    await db.run(
        f"{_STATUS} SELECT {post}, {popular}, 0, 1, NULL, NULL, NULL, {post}, {fixed} {first} >> 16 "
        f"FROM {db.numbers(0, 19)}"
    )
    await db.run(
        f"{_into('status_counts')} SELECT {post}, NULL, 0, 0, 10000, 0, 10000 FROM {db.numbers(0, 19)}"
    )
    likes, mentions = db.numbers(0, LIKES_TOLD - 1), db.numbers(0, MENTIONS_TOLD - 1)
    bucket = plan.newest_ms // (12 * 3_600_000)
    await db.run(
        f"{_into('notifications')} SELECT {first} + (1000 + n.i) * 65536, {popular}, 'favourite', "
        f"{FIRST_ACCOUNT} + n.i, {post}, 'favourite-' || ({post}) || '-{bucket}', 0 FROM {likes}"
    )
    kind = "CASE n.i % 3 WHEN 0 THEN 'mention' WHEN 1 THEN 'status' ELSE 'reblog' END"
    await db.run(
        f"{_into('notifications')} SELECT {first} - n.i * 65536 + 3, {FIRST_ACCOUNT} + n.i % {OTHERS_TOLD}, {kind}, "
        f"{FIRST_ACCOUNT} + n.i, {plan.post('n.i * 10 + 7000')}, 'ungrouped-x' || n.i, 0 "
        f"FROM {db.numbers(0, OTHERS_TOLD * 5 - 1)}"
    )
    await db.run(
        f"{_into('notifications')} SELECT {first} - n.i * 65536, {popular}, 'mention', {FIRST_ACCOUNT} + n.i, "
        f"{plan.post('n.i * 10 + 5000')}, 'ungrouped-' || n.i, 0 FROM {mentions}"
    )
