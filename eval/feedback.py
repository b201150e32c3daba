"""What people said of answers in the chat → gold pairs.

A line of feedback is ``{"question", "history"?, "answer", "verdict", "correction"?,
"article_id"?}``. The verdict is "right", "wrong" or "corrected"; no answer is null or empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from eval.pairs import Pair
from index.errors import UsageError
from index.text import clean_line
from qa.chat.feedback import VERDICTS
from qa.conversation import Turn


@dataclass(frozen=True, slots=True)
class Feedback:
    """One person's ``verdict`` on the ``answer`` to a question; empty texts for none."""

    question: str
    history: tuple[Turn, ...]
    answer: str
    verdict: str
    correction: str
    article_ids: tuple[str, ...]


def read_feedback(path: Path) -> list[Feedback]:
    """The feedback in ``path``, oldest first.

    Raises:
        UsageError: the file is missing, or a line is no feedback.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is no UTF-8 text ({error}).") from error
    given = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                given.append(_feedback(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise UsageError(
                    f"{path}, line {number}: no feedback ({error!r}); expected question, answer "
                    f"and a verdict of {', '.join(VERDICTS)}."
                ) from error
    return given


def gold_from(feedback: Sequence[Feedback]) -> Iterator[Pair]:
    """The pairs that ``feedback`` settles, one a question and history, in order.

    Right and corrected answers of a question add up; "no answer" and an answer cannot both hold,
    and what was said last does. A question of which only wrong answers are known is left out.
    """
    settled = 0
    for (question, history), group in _by_question(feedback).items():
        known: dict[str, tuple[str, ...]] = {}  # the right answers, and the articles of each
        for one in group:
            if one.verdict != "right":
                known.pop(one.answer, None)
            if one.verdict != "wrong":
                right = one.answer if one.verdict == "right" else one.correction
                # The article that was shown need not hold a correction.
                ids = one.article_ids if one.verdict == "right" else ()
                known = {told: at for told, at in known.items() if bool(told) == bool(right)}
                known[right] = ids
        if known:
            settled += 1
            yield Pair(
                id=f"feedback-{settled}",
                question=question,
                answers=tuple(filter(None, known)),
                article_ids=_named(list(known.values())),
                history=history,
            )


def _named(articles: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """All of the articles, or none where one of the answers may be in another."""
    return tuple(dict.fromkeys(chain(*articles))) if all(articles) else ()


def _by_question(
    feedback: Sequence[Feedback],
) -> dict[tuple[str, tuple[Turn, ...]], list[Feedback]]:
    groups: dict[tuple[str, tuple[Turn, ...]], list[Feedback]] = {}
    for one in feedback:
        groups.setdefault((one.question, one.history), []).append(one)
    return groups


def _feedback(row: Mapping[str, Any]) -> Feedback:
    if row["verdict"] not in VERDICTS:
        raise ValueError(f"the verdict is {row['verdict']!r}")
    ids = row.get("article_id") or []
    return Feedback(
        question=_line(row["question"]),
        history=tuple(
            Turn(_line(turn["question"]), _line(turn.get("answer")))
            for turn in row.get("history") or []
        ),
        answer=_line(row["answer"]),
        verdict=row["verdict"],
        correction=_line(row["correction"]) if row["verdict"] == "corrected" else "",
        article_ids=tuple(ids) if isinstance(ids, list) else (ids,),
    )


def _line(text: str | None) -> str:
    return clean_line(text) if text else ""
