"""Tests of the kernel: HTTP edge, storage, stream."""
