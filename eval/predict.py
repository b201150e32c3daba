"""Ask every gold question once, and keep each reply as soon as it is there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from eval.asking import Subject
from eval.pairs import Pair
from eval.predictions import Prediction, parse, read_predictions
from eval.progress import shown


def predict(pairs: Sequence[Pair], subject: Subject, path: Path) -> list[Prediction]:
    """The reply to each of ``pairs``, in their order; ``path`` holds them as JSONL.

    Replies that ``path`` holds already are kept, so a run that was stopped goes on: a reply is
    either there as a whole line or is asked for again.

    Raises:
        UsageError: ``path`` holds something else.
        BylineError: what the subject cannot do.
    """
    _drop_torn_line(path)
    known = {prediction.id: prediction for prediction in read_predictions(path)}
    unasked = [pair for pair in pairs if pair.id not in known]
    with path.open("a", encoding="utf-8") as lines:
        for pair in shown(unasked, "asking", done=len(pairs) - len(unasked)):
            row = subject.ask(pair)
            known[pair.id] = parse(row)
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
            lines.flush()
    return [known[pair.id] for pair in pairs]


def _drop_torn_line(path: Path) -> None:
    """A process that is killed while it writes leaves a last line without its end."""
    with path.open("ab+") as file:
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
