"""Gives up, for good, what decoding doesn't need: files, network, new processes, much memory and time.

Called when everything is imported. What each measure holds against, and what remains, is decision 18.
"""

import contextlib
import os
import resource
import signal
import sys

from landlockpy import LandlockError, Ruleset, Scope

from teahouse.decoding.magic import Kind

MIB = 1024 * 1024
MEMORY_BYTES: dict[Kind, int] = {"picture": 512 * MIB, "heic": 512 * MIB, "moving": 1024 * MIB}
CPU_S: dict[Kind, int] = {"picture": 10, "heic": 10, "moving": 30}
POLITENESS = 15
NOBODY = 65534
SOURCE_DESCRIPTOR = 3
"""The one descriptor that may be opened: the file that a job is about. 0 is the server, 1 and 2 are nothing."""


def confine(kind: Kind) -> None:
    """Confine this process for the rest of its life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(POLITENESS)
    _leave_the_network()
    _stop_being_root()
    _see_no_files()
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    if kind != "heic":
        # HEVC's decoder can't do without a thread, which counts as a process here.
        _limit(resource.RLIMIT_NPROC, 0)
    admit_file(False)
    if sys.platform == "linux":
        _limit(resource.RLIMIT_AS, MEMORY_BYTES[kind])


def admit_file(is_one_coming: bool) -> None:
    """Leave a free number for the file that may come with a job, and none at any other time.

    Every open() and socket() needs a free number: with none left, none succeeds.
    """
    resource.setrlimit(resource.RLIMIT_NOFILE, (SOURCE_DESCRIPTOR + is_one_coming, SOURCE_DESCRIPTOR + 1))


def allow_time(kind: Kind) -> None:
    """Let the job that comes now have its share of processor time; the kernel ends the process beyond it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + CPU_S[kind], hard))


def _limit(what: int, value: int) -> None:
    resource.setrlimit(what, (value, value))


def _leave_the_network() -> None:
    """Move into an empty network of one's own, where the interpreter (3.12) and the system offer it."""
    unshare = getattr(os, "unshare", None)
    if unshare is None:
        return
    flags = os.CLONE_NEWNET | os.CLONE_NEWIPC  # type: ignore[attr-defined,unused-ignore]
    if os.geteuid() != 0:
        flags |= os.CLONE_NEWUSER  # type: ignore[attr-defined,unused-ignore]
    with contextlib.suppress(OSError):
        unshare(flags)


def _stop_being_root() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def _see_no_files() -> None:
    """Let the kernel refuse every path, TCP port and foreign process, where it has Landlock."""
    with (
        contextlib.suppress(LandlockError, OSError),
        Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as ruleset,
    ):
        ruleset.restrict()
