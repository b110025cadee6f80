"""What a process tree costs: CPU time and resident memory, read from the operating system.

Owns no process. Refuses wall time: on a shared machine it tells more of the neighbours than of the server.
"""

import time
from pathlib import Path

_CPU_CLOCK_OF_PROCESS = 2  # Linux: CPUCLOCK_SCHED, see make_process_cpuclock in the kernel's posix-timers.h


def process_tree(root: int) -> list[int]:
    """Return `root` and every process that descends from it, as far as they are alive now."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat_fields(int(entry.name))
            if fields is not None:
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found.extend(parents.get(pid, []))
    return found


def cpu_seconds(root: int) -> float:
    """Return user and system CPU time of a process tree so far, in seconds.

    The kernel's process clock counts nanoseconds over all threads, also those that have ended;
    /proc/PID/stat adds the children that have ended, in hundredths of a second.
    """
    total = 0.0
    for pid in process_tree(root):
        fields = _stat_fields(pid)
        if fields is not None:
            total += time.clock_gettime((~pid << 3) | _CPU_CLOCK_OF_PROCESS)
            total += (int(fields[13]) + int(fields[14])) / 100
    return total


def resident_bytes(root: int) -> int:
    """Return the resident memory of a process tree in bytes."""
    total = 0
    for pid in process_tree(root):
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))
    return total


def most_resident_bytes(pid: int) -> int:
    """Return the most resident memory that a process ever had, without its children."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def parent_of(pid: int) -> int:
    """Return the process that started another."""
    fields = _stat_fields(pid)
    assert fields is not None, "it is gone"
    return int(fields[1])


def percentile(values: list[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of the values lie; zero when there are none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _stat_fields(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat after the name, which may hold spaces; None when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()
