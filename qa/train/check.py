"""``python -m qa.train.check``: how well a reader reads, and whether it does better than another.

Each context is read as one passage, by ``qa.reader`` and its decoder as they are used. The best
span is compared with the gold answers; its margin over "not here" should tell pairs with an answer
from those without.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.metrics import Floats, auc, bootstrap, exact, f1
from eval.progress import shown
from index.console import exit_status
from index.errors import UsageError
from qa.reader import Reader
from qa.train.arguments import count
from qa.train.pair_files import read_sets
from qa.train.pairs import Example

AT_ONCE = 10  # passages that are read for a question, as when it is asked
TURNS = 40


@dataclass(frozen=True, slots=True)
class Reading:
    """How a reader did, one number an example: whether there is an answer, points, margins.

    ``em`` and ``f1`` are from 0 to 1, and NaN where there is no answer.
    """

    answerable: NDArray[np.bool_]
    em: Floats
    f1: Floats
    margins: Floats

    def measures(self, among: NDArray[np.int64]) -> Floats:
        """Exact match, F1 and area under the curve of some examples: points of 100, or NaN."""
        right = self.answerable[among]
        if not right.any():
            return np.full(3, np.nan)
        return 100 * np.array(
            [
                np.nanmean(self.em[among]),
                np.nanmean(self.f1[among]),
                auc(right, self.margins[among]),
            ]
        )


def read(reader: Reader, examples: Sequence[Example], doing: str = "reading") -> Reading:
    """Have ``reader`` read the context of each example, for its question."""
    rows = []
    for example in shown(examples, doing):
        (spans,) = reader.read(example.question, [example.context])
        said = example.context[spans[0].start : spans[0].end] if spans else ""
        margin = spans[0].margin if spans else -np.inf
        golds = example.texts
        points = (exact(said, golds), f1(said, golds)) if golds else (np.nan, np.nan)
        rows.append((*points, margin))
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return Reading(
        np.array([bool(one.answers) for one in examples]), table[:, 0], table[:, 1], table[:, 2]
    )


def verdict(new: Reading, old: Reading) -> list[str]:
    """What is better and what is worse in ``new`` than in ``old``, of the same examples, in words.

    A difference counts where its 95 % interval, by a paired bootstrap, leaves out 0.
    """
    everything = np.arange(len(new.em))
    gains = new.measures(everything) - old.measures(everything)
    low, high = bootstrap(lambda at: new.measures(at) - old.measures(at), len(everything))
    lines = []
    for name, gain, least, most in zip(("EM", "F1", "AUC"), gains, low, high, strict=True):
        if not np.isnan(gain):
            says = "better" if least > 0 else "worse" if most < 0 else "no difference beyond chance"
            lines.append(f"{name} {gain:+.1f} ({least:+.1f} to {most:+.1f}): {says}")
    return lines


def slowness(new: Reader, old: Reader, examples: Sequence[Example]) -> float:
    """How many times as long as ``old`` the reader ``new`` takes, for the same passages.

    Ten passages at once are read by both in turn, so that what else the machine does weighs on
    both alike; the median of 40 turns.
    """
    ratios = []
    for turn in range(TURNS):
        some = [examples[(turn * AT_ONCE + at) % len(examples)] for at in range(AT_ONCE)]
        contexts = [one.context for one in some]
        taken = dict.fromkeys((new, old), 0.0)
        for reader in (new, old) if turn % 2 else (old, new):
            began = time.perf_counter()
            reader.read(some[0].question, contexts)
            taken[reader] += time.perf_counter() - began
        ratios.append(taken[new] / taken[old])
    return float(np.median(ratios))


def main(words: list[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 done, 1 the work failed, 2 wrong use."""
    options = _parse(sys.argv[1:] if words is None else words)
    return exit_status("python -m qa.train.check", lambda: _check(options))


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m qa.train.check",
        description="Measure a reader on pairs with their contexts, held out from training.",
    )
    parser.add_argument("reader", metavar="READER", help="by folder or hub name")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="question-answer pairs")
    parser.add_argument("--against", metavar="READER", help="say whether it is better than this")
    parser.add_argument(
        "--archive", type=Path, metavar="DIR", help="has the articles of pairs without context"
    )
    parser.add_argument("--limit", type=count, metavar="N", help="only the first N pairs of a file")
    return parser.parse_args(words)


def _check(options: argparse.Namespace) -> int:
    for line in _checked(options):
        print(line, flush=True)
    return 0


def _checked(options: argparse.Namespace) -> Iterator[str]:
    sets = {
        path.name: [one for one in examples if one.context][: options.limit]
        for path, examples in zip(
            options.files, read_sets(options.files, options.archive), strict=True
        )
    }
    pairs = [one for some in sets.values() for one in some]
    if not pairs:
        raise UsageError(
            "none of the pairs has a text to read: a context, or an article of --archive."
        )
    names = [options.reader, *([options.against] if options.against else [])]
    readers = [Reader(name) for name in names]
    everything = []
    for name, reader in zip(names, readers, strict=True):
        parts = {file: read(reader, some, file) for file, some in sets.items()}
        yield f"{name}"
        for file, part in parts.items():
            em, f1_, _ = part.measures(np.arange(len(part.em)))
            points = "" if np.isnan(em) else f"  EM {em:.1f}  F1 {f1_:.1f}"
            yield f"  {file}: {part.answerable.sum():,} of {len(part.em):,} answerable{points}"
        whole = _joined(list(parts.values()))
        em, f1_, area = whole.measures(np.arange(len(whole.em)))
        yield f"  together: EM {em:.1f}  F1 {f1_:.1f}" + (
            "" if np.isnan(area) else f"  AUC of answerable {area:.1f}"
        )
        everything.append(whole)
    if options.against:
        yield f"{options.reader} against {options.against}:"
        for line in verdict(*everything):
            yield f"  {line}"
        yield f"  time to read {slowness(readers[0], readers[1], pairs):.2f} of its"


def _joined(parts: Sequence[Reading]) -> Reading:
    return Reading(
        np.concatenate([part.answerable for part in parts]),
        np.concatenate([part.em for part in parts]),
        np.concatenate([part.f1 for part in parts]),
        np.concatenate([part.margins for part in parts]),
    )


if __name__ == "__main__":
    sys.exit(main())
