"""The gold questions that an archive's confidence was fitted to, kept beside the archive.

A later run on the same questions would flatter confidence, and can then say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.pairs import Pair, as_line, read_gold

NAME = "confidence-gold.jsonl"


def remember(folder: Path, pairs: Sequence[Pair]) -> None:
    """Keep ``pairs`` beside the archive in ``folder``, in the place of earlier ones."""
    partial = folder / f"partial-{NAME}"
    partial.write_text("".join(as_line(pair) + "\n" for pair in pairs), encoding="utf-8")
    partial.replace(folder / NAME)


def flattery(folder: Path, pairs: Sequence[Pair]) -> str:
    """A warning where the confidence of the archive in ``folder`` was fitted to some of ``pairs``.

    Empty where it was not, or where that is not known.

    Raises:
        UsageError: what is kept there is damaged.
    """
    path = folder / NAME
    if not path.exists():
        return ""
    fitted = {(pair.question.casefold(), pair.history) for pair in read_gold(path)}
    seen = sum((pair.question.casefold(), pair.history) in fitted for pair in pairs)
    if not seen:
        return ""
    return (
        f"Confidence was fitted to {seen:,} of these {len(pairs):,} questions, so what is told of "
        "it here flatters. Under confidence stands how often answers to questions held out were "
        "right."
    )
