"""What people say of answers → ``feedback.jsonl`` beside the archive, a line each.

The lines are what ``python -m eval from-feedback`` reads. A line counts once its line end is
there: what a sudden end left of another is taken away before the next is written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from index.errors import ArchiveError, UsageError
from qa.chat.writing import lock_file, writing
from qa.conversation import Turn

VERDICTS = ("right", "wrong", "corrected")
MOST_BYTES = 50_000_000
MOST_TURNS = 20  # of the history; a question leans on the last ones
LONGEST_TEXT = 10_000
LONGEST_CORRECTION = 1_000


class Feedback:
    """The feedback beside the archive in ``folder``.

    Safe to share between threads; other processes may write to it at the same time.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / "feedback.jsonl"
        self._lock = lock_file(folder / "feedback.lock")

    def write(
        self,
        question: str,
        history: Sequence[Turn],
        answer: str,
        verdict: str,
        correction: str = "",
        article_id: str | None = None,
    ) -> None:
        """Keep a ``verdict`` on the ``answer`` to ``question``, asked after ``history``.

        The verdict is "right", "wrong" or "corrected"; an empty answer is none. Only the last
        takes a ``correction``: the right words, or nothing where no article answers it.

        Raises:
            UsageError: there is no question or no such verdict, or the correction is too long.
            ArchiveError: the file is full or cannot be written.
            ArchiveBusy: another process has been writing for too long.
        """
        if not question.strip():
            raise UsageError("There is no question to judge an answer to. Ask one first.")
        if verdict not in VERDICTS:
            raise UsageError(f"The verdict is {verdict!r}; expected {', '.join(VERDICTS)}.")
        if len(correction) > LONGEST_CORRECTION:
            raise UsageError(
                f"The correction has {len(correction):,} characters; give only the words that "
                f"answer the question, at most {LONGEST_CORRECTION:,}."
            )
        row: dict[str, object] = {
            "question": question[:LONGEST_TEXT],
            "history": [
                {
                    "question": turn.question[:LONGEST_TEXT],
                    "answer": turn.answer[:LONGEST_TEXT] or None,
                }
                for turn in history[-MOST_TURNS:]
            ],
            "answer": answer[:LONGEST_TEXT] or None,
            "verdict": verdict,
            "article_id": article_id,
        }
        if verdict == "corrected":
            row["correction"] = correction
        text = f"{json.dumps(row, ensure_ascii=False)}\n"
        self._append(text.encode("utf-8", "replace"))  # half a character is read by nobody

    def _append(self, line: bytes) -> None:
        with (
            writing(self.file, self._lock, "this verdict is not kept"),
            self.file.open("a+b") as file,
        ):
            size = _mended(file)
            if size + len(line) > MOST_BYTES:
                raise ArchiveError(
                    f"{self.file}: holds {size / 1e6:,.1f} MB of feedback, and no more is kept. "
                    "Make gold of it with `python -m eval from-feedback`, then move it away."
                )
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def _mended(file: IO[bytes]) -> int:
    """The size of ``file``, which then ends with a line end or is empty.

    A last line without one gets it if it is whole, as a person may have left it, and goes if not.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 1))
    if file.read() in (b"", b"\n"):
        return size
    file.seek(0)
    last = file.read().rpartition(b"\n")[2]
    try:
        json.loads(last)
    except ValueError:
        return file.truncate(size - len(last))
    file.write(b"\n")
    return size + 1
