"""How the C library hands memory back: long answers come and go, and must not leave their size behind."""

import contextlib
import ctypes

M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
LARGE_BYTES = 1024 * 1024


def return_large_blocks() -> None:
    """Give each large block back to the system as soon as it is freed; does nothing without glibc.

    By itself glibc learns from the first long answer to keep such blocks on its heap, where a small one behind
    keeps them from ever going back; and each thread gets a heap of its own.
    """
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        mallopt(M_ARENA_MAX, 2)
