"""SQL of polls and votes."""

from collections.abc import Iterable

import orjson

from teahouse.kernel.storage import Tx
from teahouse.microblog.people.store_accounts import LISTED, ids
from teahouse.microblog.posts.records import PollRow

_COLUMNS = "id, status_id, account_id, options, tallies, voters, multiple, hide_totals, expires_ts"


async def by_ids(tx: Tx, poll_ids: Iterable[int]) -> dict[int, PollRow]:
    """Give by id those of the polls that exist."""
    wanted = set(poll_ids)
    if not wanted:
        return {}
    rows = await tx.fetch_all(f"SELECT {_COLUMNS} FROM polls WHERE id IN {LISTED}", ids(wanted))
    return {
        row[0]: PollRow(
            row[0],
            row[1],
            row[2],
            orjson.loads(row[3]),
            orjson.loads(row[4]),
            row[5],
            bool(row[6]),
            bool(row[7]),
            row[8],
        )
        for row in rows
    }


async def insert(tx: Tx, poll: PollRow) -> None:
    """Begin a poll."""
    await tx.execute(
        f"INSERT INTO polls ({_COLUMNS}, ended) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        poll.id, poll.status_id, poll.account_id, orjson.dumps(poll.options).decode(),
        orjson.dumps(poll.tallies).decode(), poll.voters, int(poll.multiple), int(poll.hide_totals), poll.expires_ts,
    )  # fmt: skip


async def delete(tx: Tx, poll_id: int) -> None:
    """Delete a poll with its votes."""
    await tx.execute("DELETE FROM poll_votes WHERE poll_id = ?", poll_id)
    await tx.execute("DELETE FROM polls WHERE id = ?", poll_id)


async def votes_of(tx: Tx, account_id: int, poll_ids: Iterable[int]) -> dict[int, list[int]]:
    """Give by poll what an account voted for."""
    rows = await tx.fetch_all(
        "SELECT poll_id, choice FROM poll_votes "
        f"WHERE account_id = ? AND poll_id IN {LISTED} ORDER BY poll_id, choice", account_id, ids(poll_ids),
    )  # fmt: skip
    found: dict[int, list[int]] = {}
    for poll_id, choice in rows:
        found.setdefault(poll_id, []).append(choice)
    return found


async def vote(tx: Tx, poll: PollRow, account_id: int, choices: Iterable[int], *, is_first: bool) -> None:
    """Keep a vote and count it, and with the first the voter."""
    await tx.execute_many(
        "INSERT INTO poll_votes (poll_id, account_id, choice) VALUES (?, ?, ?)",
        [(poll.id, account_id, choice) for choice in choices],
    )
    tallies = [tally + (number in choices) for number, tally in enumerate(poll.tallies)]
    await tx.execute(
        "UPDATE polls SET tallies = ?, voters = voters + ? WHERE id = ?",
        orjson.dumps(tallies).decode(),
        int(is_first),
        poll.id,
    )


async def next_end(tx: Tx) -> int | None:
    """Give the moment at which the next poll ends."""
    found: int | None = await tx.fetch_value("SELECT MIN(expires_ts) FROM polls WHERE ended = 0")
    return found


async def take_ended(tx: Tx, now_ms: int, most: int) -> list[tuple[int, int]]:
    """Give (post, author) of polls that ended since the last time, and mark them."""
    rows = await tx.fetch_all(
        "SELECT id, status_id, account_id FROM polls WHERE ended = 0 AND expires_ts <= ? ORDER BY expires_ts LIMIT ?",
        now_ms, most,
    )  # fmt: skip
    await tx.execute_many("UPDATE polls SET ended = 1 WHERE id = ?", [(row[0],) for row in rows])
    return [(row[1], row[2]) for row in rows]


async def voters(tx: Tx, poll_id: int) -> list[int]:
    """Give everybody who voted."""
    rows = await tx.fetch_all("SELECT DISTINCT account_id FROM poll_votes WHERE poll_id = ?", poll_id)
    return [row[0] for row in rows]
