"""Backups: everything that a server keeps, at one moment, in a folder that can be read without us.

    making.py      beside the running server: database, media, keys, settings
    restoring.py   into an empty place, which a server refuses until all of it is there
    verifying.py   read a backup anew
    folder.py      what lies where in it, and the sums;  manifest.py  what it says of itself

The form is the same whatever the server ran on: `teahouse.db` is an SQLite file, `media/` holds the objects under
their names, `SHA256SUMS` can be checked with `sha256sum -c`, and `manifest.json` is written last: a folder without
it is no backup. (Decision 53.)

Refuses to make a backup into, or to restore into, a place that holds something.
"""

from teahouse.backups.making import Wanted, make_backup
from teahouse.backups.manifest import Manifest
from teahouse.backups.restoring import Damaged, Restored, restore_backup
from teahouse.backups.verifying import faults_of

__all__ = ["Damaged", "Manifest", "Restored", "Wanted", "faults_of", "make_backup", "restore_backup"]
