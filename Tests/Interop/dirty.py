"""Bytes of files that are in memory only: what a loss of power would take, by cachestat(2)."""
import ctypes
import os

CACHESTAT = 451
PAGE = os.sysconf("SC_PAGE_SIZE")
libc = ctypes.CDLL(None, use_errno=True)


class Range(ctypes.Structure):
    _fields_ = [("offset", ctypes.c_uint64), ("length", ctypes.c_uint64)]


class Counts(ctypes.Structure):
    _fields_ = [(n, ctypes.c_uint64) for n in ("cache", "dirty", "writeback", "evicted", "recently_evicted")]


def unsynced_bytes(directory):
    """Dirty and under-writeback bytes of every file below; None where the kernel has no cachestat."""
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                descriptor = os.open(os.path.join(folder, name), os.O_RDONLY)
            except OSError:
                continue
            counts = Counts()
            failed = libc.syscall(CACHESTAT, descriptor, ctypes.byref(Range(0, 0)), ctypes.byref(counts), 0)
            os.close(descriptor)
            if failed:
                return None
            total += (counts.dirty + counts.writeback) * PAGE
    return total
