"""Reading a backup anew: what is missing, and what is not what it was."""

from collections.abc import Callable
from pathlib import Path

from teahouse.backups.folder import file_sum, read_sums
from teahouse.backups.manifest import read_manifest

Seen = Callable[[str, int, int], None]


def faults_of(source: Path, seen: Seen) -> list[str]:
    """Name every file that is damaged or missing; raises TeahouseError for what is no backup."""
    sums = read_sums(source, read_manifest(source).sums)
    faults = []
    for number, (name, sha256) in enumerate(sums.items(), 1):
        path = source / name
        if not path.is_file():
            faults.append(f"missing {name}")
        elif file_sum(path) != sha256:
            faults.append(f"damaged {name}")
        seen("reading", number, len(sums))
    return faults
