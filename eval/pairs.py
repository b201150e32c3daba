"""``read_gold``: a file of gold questions → ``Pair``s, with every fault named by its place.

Three forms are read, each also with ``.gz`` at the end of its name:

    .jsonl  {"question": "Who left?", "answers": ["Ann Lee", "Lee"], "article_id": "a1"}
            {"id": "7", "question": "When?", "answers": ["May"], "history":
             [{"question": "Who left?", "answer": "Ann Lee"}]}
            {"question": "Why?", "answers": []}                            (unanswerable)
    .json   SQuAD 1.1 or 2.0
    .csv    columns question and answers (several are separated by |), maybe article_id and id

A pair may carry the ``context`` to be read for it, as SQuAD's do. An answer may be an object with
a "text", as SQuAD's are.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from eval.gold_files import read_rows
from eval.mentions import mentions
from index.archive import Archive
from index.errors import UsageError
from index.text import clean, clean_line
from qa.conversation import Turn

FAULTS_SHOWN = 20

AnyPair = TypeVar("AnyPair")


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and the texts that answer it; without ``answers`` it is unanswerable.

    ``article_ids`` names the articles that hold an answer, where that is known. ``history`` is
    what was said before. ``context`` is the text to be read in closed reading.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    article_ids: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    context: str = ""


class GoldError(UsageError):
    """A gold file has faults; the message names each by its place in the file."""

    def __init__(self, path: Path, faults: Sequence[str]) -> None:
        shown = "".join(f"\n  {fault}" for fault in faults[:FAULTS_SHOWN])
        more = len(faults) - FAULTS_SHOWN
        rest = f"\n  and {more:,} more" if more > 0 else ""
        count = f"{len(faults):,} fault{'s' if len(faults) > 1 else ''}"
        super().__init__(f"{path}: {count}; mend them and run it again.{shown}{rest}")


class _Fault(Exception):
    """What is wrong with one row."""


def read_gold(path: Path, archive: Archive | None = None) -> list[Pair]:
    """The pairs in ``path``, in order. A pair without an id gets its number.

    Raises:
        UsageError: the file is missing, unreadable or of an unknown kind.
        GoldError: pairs are faulty: a field is missing or of a wrong type, an id is there twice,
            a question is there twice with different answers and no context, an answer is not in its
            context or (where ``archive`` is given) in none of its articles.
    """
    pairs: list[Pair] = []
    faults: list[str] = []
    ids: dict[str, str] = {}
    asked: dict[object, tuple[str, set[str]]] = {}
    for number, (where, row) in enumerate(read_rows(path), start=1):
        try:
            pair = _pair(row, str(number))
            if pair.id in ids:
                raise _Fault(f"the id {pair.id!r} is used already, by {ids[pair.id]}")
            ids[pair.id] = where
            first, answers = asked.setdefault(
                (pair.question.casefold(), pair.history), (where, set(pair.answers))
            )
            # Published sets for closed reading repeat questions, and each row is right by itself.
            if answers != set(pair.answers) and not pair.context:
                raise _Fault(f"asks the same as {first}, with other answers; join the two")
            if archive:
                _check_articles(pair, archive)
            pairs.append(pair)
        except _Fault as fault:
            faults.append(f"{where}: {fault}")
    if faults:
        raise GoldError(path, faults)
    if not pairs:
        raise UsageError(f"{path}: holds no questions.")
    return pairs


def chosen(pairs: Sequence[AnyPair], limit: int | None, seed: int | None) -> list[AnyPair]:
    """The first ``limit`` pairs, all if None; with a ``seed``, drawn at random, in file order."""
    limit = len(pairs) if limit is None else min(limit, len(pairs))
    if seed is None:
        return list(pairs[:limit])
    drawn = random.Random(seed).sample(range(len(pairs)), limit)  # noqa: S311 -- no secret
    return [pairs[position] for position in sorted(drawn)]


def as_line(pair: Pair) -> str:
    """``pair`` as a line of gold JSONL, without its line end. Reading it gives ``pair`` again."""
    row: dict[str, Any] = {"id": pair.id, "question": pair.question, "answers": pair.answers}
    if pair.article_ids:
        row["article_id"] = pair.article_ids
    if pair.history:
        row["history"] = [
            {"question": turn.question, "answer": turn.answer} for turn in pair.history
        ]
    if pair.context:
        row["context"] = pair.context
    return json.dumps(row, ensure_ascii=False)


def _check_articles(pair: Pair, archive: Archive) -> None:
    texts = []
    for id in pair.article_ids:
        article = archive.article(id)
        if article is None:
            raise _Fault(f"the article {id!r} is not in the archive")
        texts.append(article.text)
    for answer in pair.answers:
        if texts and not any(answer in text or mentions(text, answer) for text in texts):
            raise _Fault(f"the answer {answer!r} does not occur in {' or '.join(pair.article_ids)}")


def _pair(row: Mapping[str, Any] | str, number: str) -> Pair:
    if isinstance(row, str):
        raise _Fault(row)
    answers = row.get("answers")
    if not isinstance(answers, list):
        raise _Fault(f"answers is {_shown(answers)}; expected a list, empty if unanswerable")
    ids = row.get("article_id") or []
    history = row.get("history") or []
    if not isinstance(history, list):
        raise _Fault(f"history is {_shown(history)}; expected a list")
    context = row.get("context") or ""
    pair = Pair(
        id=str(row.get("id") or number),
        question=_line(row.get("question"), "question"),
        answers=tuple(dict.fromkeys(_answer(answer) for answer in answers)),
        article_ids=tuple(
            _line(id, "article_id") for id in (ids if isinstance(ids, list) else [ids])
        ),
        history=tuple(_turn(turn) for turn in history),
        context=clean(_text(context, "context")) if context else "",
    )
    for answer in pair.answers:
        if context and answer not in pair.context and not mentions(pair.context, answer):
            raise _Fault(f"the answer {answer!r} does not occur in the context")
    return pair


def _answer(answer: object) -> str:
    return _line(answer.get("text") if isinstance(answer, dict) else answer, "an answer")


def _turn(turn: object) -> Turn:
    if not isinstance(turn, dict):
        raise _Fault(f"history holds {_shown(turn)}; expected objects with question and answer")
    answer = turn.get("answer") or ""
    return Turn(
        _line(turn.get("question"), "a question in history"),
        _line(answer, "an answer in history") if answer else "",
    )


def _line(value: object, name: str) -> str:
    # Articles are cleaned in the same way, so what is compared differs in substance alone.
    return clean_line(_text(value, name))


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Fault(f"{name} is {_shown(value)}; expected a text")
    return value


def _shown(value: object) -> str:
    return "missing" if value is None else json.dumps(value, ensure_ascii=False)[:60]
