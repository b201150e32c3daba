"""How far adding is: a bar on a terminal, a quiet line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from tqdm import tqdm

from index.adding import Summary

SECONDS_BETWEEN_LINES = 15


class Progress:
    """Shows a running ``Summary`` on standard error, and each problem as soon as it is known.

    Call it with the summary; nothing is shown for work that is done at once. ``total`` is the
    number of articles expected, 0 when that is not known.
    """

    def __init__(self, doing: str, total: int = 0) -> None:
        self._doing, self._total = doing, total
        self._bar: tqdm[Any] | None = None
        self._told = 0
        self._last_line = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, summary: Summary) -> None:
        """Show where things stand."""
        for problem in summary.problems[self._told :]:
            tqdm.write(f"could not be read: {problem.name}: {problem.reason}", file=sys.stderr)
        self._told = len(summary.problems)
        rate = f"{summary.passages / summary.seconds:.0f}" if summary.seconds else "0"
        if sys.stderr.isatty():
            if self._bar is None:
                self._bar = tqdm(
                    total=max(self._total, summary.seen) or None,
                    desc=self._doing,
                    unit=" articles",
                    file=sys.stderr,
                )
            self._bar.set_postfix_str(f"{summary.passages:,} passages, {rate}/s", refresh=False)
            self._bar.update(summary.seen - self._bar.n)
        elif time.monotonic() - self._last_line > SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            # What is expected is an estimate where one file holds many articles.
            of = f" of {max(self._total, summary.seen):,}" if self._total else ""
            print(
                f"{self._doing}: {summary.seen:,}{of} articles, "
                f"{summary.passages:,} passages, {rate} passages a second",
                file=sys.stderr,
            )
