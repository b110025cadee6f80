"""PostgreSQL's connections, the shared SQL in its dialect, and which errors mean that the server is away."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import asyncpg

from teahouse.errors import Unavailable
from teahouse.kernel.storage.tx import Row, Tx

CONNECT_TIMEOUT_S = 2.0
STATEMENT_TIMEOUT_S = 3.5
SETTINGS = {
    # To compile a plan, or to share it among workers, costs more than any of our statements gains.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "application_name": "teahouse",
    # A writer that froze, or whose network did, must not keep the stream's row from others.
    "idle_in_transaction_session_timeout": "5000",
}
_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,  # 08
    asyncpg.InsufficientResourcesError,  # 53: full disk, too many connections
    asyncpg.OperatorInterventionError,  # 57: shutting down, starting up, cancelled
    asyncpg.PostgresSystemError,  # 58: its own files fail
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # it became a standby
)


def is_away(error: BaseException, connection: Any) -> bool:
    """Say whether an error means that the server, or this connection to it, can't be used any more."""
    return isinstance(error, _AWAY) or bool(connection.is_closed())


async def connect(url: str, *, statement_timeout_s: float = STATEMENT_TIMEOUT_S) -> Any:
    """Open a connection on which a commit waits for the disk; raises Unavailable."""
    try:
        connection = await asyncpg.connect(
            url,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=statement_timeout_s,
            statement_cache_size=1000,
            max_cached_statement_lifetime=0,
            server_settings=SETTINGS,
        )
    except (*_AWAY, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise Unavailable(f"Can't reach PostgreSQL: {error or type(error).__name__}") from error
    try:
        await connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false) "
            "WHERE current_setting('synchronous_commit') = 'off'"
        )
    except BaseException as error:
        connection.terminate()
        if isinstance(error, _AWAY):
            raise Unavailable(f"PostgreSQL went away: {error or type(error).__name__}") from error
        raise
    return connection


@lru_cache(maxsize=4096)
def to_postgres(sql: str) -> str:
    """Rewrite the shared subset's `?` and `json_each(?)` into PostgreSQL's forms."""
    number = 0

    def numbered(_: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return f"${number}"

    sql = re.sub(r"\?", numbered, sql)
    return re.sub(
        r"json_each\((\$\d+)\)", r"jsonb_array_elements_text(\1::text::jsonb) AS listed(value)", sql
    )


class PostgresTx(Tx):
    """A transaction on one PostgreSQL connection."""

    def __init__(self, connection: Any) -> None:
        super().__init__()
        self.connection = connection

    async def execute(self, sql: str, *params: Any) -> int:
        self.has_changed = True
        status: str = await self.connection.execute(to_postgres(sql), *params)
        count = status.rsplit(" ", 1)[-1]
        return int(count) if count.isdigit() else 0

    async def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        self.has_changed = True
        await self.connection.executemany(to_postgres(sql), rows)

    async def fetch_all(self, sql: str, *params: Any) -> list[Row]:
        return [tuple(row) for row in await self.connection.fetch(to_postgres(sql), *params)]

    async def fetch_one(self, sql: str, *params: Any) -> Row | None:
        row = await self.connection.fetchrow(to_postgres(sql), *params)
        return None if row is None else tuple(row)
