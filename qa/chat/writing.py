"""One writer at a time to what the chat keeps beside the archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import ArchiveBusy, ArchiveError

BUSY_SECONDS = 20


def lock_file(file: Path) -> FileLock:
    """A lock that threads and processes share, to be held for the milliseconds of a write."""
    return FileLock(file, timeout=BUSY_SECONDS)


@contextmanager
def writing(place: Path, lock: FileLock, lost: str) -> Iterator[None]:
    """Hold ``lock`` while ``place``, a file or folder, is written; ``lost`` says what is not kept.

    Raises:
        ArchiveBusy: another process has been writing for too long.
        ArchiveError: it cannot be written.
    """
    try:
        with lock:
            yield
    except Timeout:
        raise ArchiveBusy(
            f"{place}: another process has been writing for over {BUSY_SECONDS} seconds. Wait "
            "until it is done, or stop it, and try again."
        ) from None
    except OSError as error:
        raise ArchiveError(
            f"{place}: cannot be written ({error.strerror}), so {lost}. Make room, or make it "
            "writable."
        ) from error
