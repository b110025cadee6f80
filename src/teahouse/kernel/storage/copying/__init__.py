"""A whole database at one moment, brought elsewhere: into one of the other kind, or into a file beside a busy server.

    whole.py          copy_database: all tables into an empty database of either kind, compared at the end
    online.py         copy_sqlite_file: SQLite's own pages, which is quicker; only from SQLite to SQLite
    rows.py           what a table holds, the same whichever database it is read from. Pure
    end.py            what either end of a copy can do
    sqlite_end.py  postgres_end.py

Knows no table by its name but `schema_version` and `stream_position`: whatever the migrations make is copied.
"""

from teahouse.kernel.storage.copying.online import copy_sqlite_file, seal_sqlite_file
from teahouse.kernel.storage.copying.rows import CopiedTable
from teahouse.kernel.storage.copying.whole import copy_database, refuse_full

__all__ = ["CopiedTable", "copy_database", "copy_sqlite_file", "refuse_full", "seal_sqlite_file"]
