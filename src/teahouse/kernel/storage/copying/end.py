"""What either end of a copy can do: be read at one moment; be made, filled, and kept or given up as a whole."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence

from teahouse.errors import TeahouseError
from teahouse.kernel.storage.copying.rows import Table
from teahouse.kernel.storage.migrations import Migration
from teahouse.kernel.storage.tx import Row

BATCH = 2000
NOT_COPIED = "schema_version"
"""Each end's own: the migrations fill it."""


class NotEmpty(TeahouseError):
    """What is to be filled holds something already."""


class End(ABC):
    """One database of a copy, on one connection and in one transaction."""

    dialect: str

    @abstractmethod
    async def begin_reading(self, *, hold_writes: bool) -> None:
        """Fix the moment that is read; `hold_writes` lets nobody write until the end. Raises Unavailable."""

    @abstractmethod
    async def begin_filling(self) -> None:
        """Get ready to be filled; raises NotEmpty, and Unavailable."""

    @abstractmethod
    async def steps(self) -> set[int]:
        """Give the numbers of the migrations that it has; none when it is no database of ours."""

    @abstractmethod
    async def make(self, migrations: Sequence[Migration]) -> None:
        """Make the empty tables, and set aside what lies over them (indexes, triggers) while they are filled."""

    @abstractmethod
    async def tables(self) -> list[Table]:
        """List the tables that are copied, by name."""

    @abstractmethod
    async def count(self, table: Table) -> int:
        """Count a table's rows."""

    @abstractmethod
    def rows(self, table: Table) -> AsyncIterator[list[Row]]:
        """Give all rows of a table, in batches."""

    @abstractmethod
    async def put(self, table: Table, rows: list[Row]) -> None:
        """Add rows. Raises TeahouseError for what this database can't hold."""

    @abstractmethod
    async def finish(self) -> None:
        """Make anew what was set aside."""

    @abstractmethod
    async def keep(self) -> None:
        """Make it all durable and visible at once."""

    @abstractmethod
    async def close(self) -> None:
        """Let go; what was not kept is as if it had never been."""
