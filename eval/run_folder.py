"""A run's folder: ``gold.jsonl``, ``run.json``, ``predictions.jsonl``, then ``report.html`` and
``scores.json``.

It holds all that scoring and the report need, so that it can be scored again anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.asking import Subject
from eval.pairs import Pair, as_line, read_gold
from eval.predict import predict
from eval.predictions import Prediction, read_predictions
from eval.report import report
from eval.run import Run, read_run
from eval.score import Scores, score
from index.errors import UsageError


def measure(folder: Path, run: Run, pairs: Sequence[Pair], subject: Subject) -> Scores:
    """Ask ``pairs``, score the replies and keep everything in ``folder``, made when missing.

    The same work is gone on with where it was stopped. Once it is scored it starts anew.

    Raises:
        UsageError: ``folder`` cannot be written to, or holds gold questions of somebody's own.
        BylineError: what the subject cannot do.
    """
    if (folder / "gold.jsonl").exists() and not (folder / "run.json").exists():
        raise UsageError(
            f"{folder}: holds a gold.jsonl that is not of a run, which would be overwritten; name "
            "another --out."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not _is_unfinished(folder, run):
            (folder / "scores.json").unlink(missing_ok=True)
            (folder / "predictions.jsonl").unlink(missing_ok=True)
        (folder / "gold.jsonl").write_text(
            "".join(as_line(pair) + "\n" for pair in pairs), encoding="utf-8"
        )
        run.write(folder / "run.json")
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be written to ({error}); name another --out."
        ) from error
    predict(pairs, subject, folder / "predictions.jsonl")
    return rescore(folder)


def rescore(folder: Path) -> Scores:
    """The scores of a run whose questions are all asked; its scores and report are written anew.

    Raises:
        UsageError: ``folder`` holds no such run.
    """
    run, pairs, predictions = read_folder(folder)
    scores = score(run, pairs, predictions)
    page = report(scores, pairs, predictions)
    (folder / "report.html").write_text(page, encoding="utf-8")
    # Last, since a folder with scores counts as finished.
    scores.write(folder / "scores.json")
    return scores


def keep(scores: Scores, path: Path) -> None:
    """Write ``scores`` to ``path``; its folder is made when missing.

    Raises:
        UsageError: it cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scores.write(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written to ({error}); name another file.") from error


def read_folder(folder: Path) -> tuple[Run, list[Pair], list[Prediction]]:
    """What was measured, the gold pairs and the replies to them, in one order.

    Raises:
        UsageError: ``folder`` holds no run.
    """
    return (
        read_run(folder / "run.json"),
        read_gold(folder / "gold.jsonl"),
        read_predictions(folder / "predictions.jsonl"),
    )


def _is_unfinished(folder: Path, run: Run) -> bool:
    try:
        before = read_run(folder / "run.json")
    except UsageError:
        return False
    return before.is_same_work(run) and not (folder / "scores.json").exists()
