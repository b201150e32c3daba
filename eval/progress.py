"""How far a long loop is: a bar on a terminal, a quiet line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from tqdm import tqdm

from index.progress import SECONDS_BETWEEN_LINES

Item = TypeVar("Item")


def shown(items: Sequence[Item], doing: str, done: int = 0) -> Iterator[Item]:
    """``items``, one by one, while standard error shows how many there were.

    ``done`` others were dealt with before, and count as such.
    """
    total = done + len(items)
    if sys.stderr.isatty():
        yield from tqdm(items, desc=doing, initial=done, total=total, file=sys.stderr)
        return
    told = time.monotonic()
    for number, item in enumerate(items, start=done):
        if time.monotonic() - told > SECONDS_BETWEEN_LINES:
            told = time.monotonic()
            print(f"{doing}: {number:,} of {total:,}", file=sys.stderr)
        yield item
