"""A file of question-answer pairs → ``Example``s, and these by question.

Read are the forms of ``eval.pairs`` (JSONL, SQuAD 1.1 and 2.0, CSV, each maybe with ``.gz``). An
answer may say where it starts ("start", or SQuAD's "answer_start"); else it is looked for. A pair
without a context takes its articles from an archive.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.gold_files import read_rows
from eval.mentions import mentions
from eval.pairs import GoldError
from index.archive import Archive
from index.errors import UsageError
from index.telling import coverage
from qa.conversation import standalone, turns
from qa.train.recipe import Source

SAID_IN_PART = 0.5

_PRONOUNS = frozenset(
    "he she it they we i you him her them us me his hers its their theirs our my your this that "
    "these those who which what there here someone something himself herself itself "
    "themselves".split()
)
# The last part of an address, where it is words: ".../2026/05/02/spirit-airlines-shuts-down/..."
_SLUG = re.compile(r"/((?:[a-z0-9]+-){3,}[a-z0-9]+)(?:[/.?#]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a text to read for it.

    ``answers`` are offsets of the context; without any, it does not hold the answer. Examples of
    one question share its ``id``.
    """

    id: str
    question: str
    context: str
    answers: tuple[tuple[int, int], ...] = ()
    title: str = ""
    source: str = ""
    doc: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """The distinct words of the answers."""
        return tuple(dict.fromkeys(self.context[start:end] for start, end in self.answers))


@dataclass(frozen=True, slots=True)
class Question:
    """All that is read for one question: contexts that answer it, and others that do not."""

    answering: tuple[Example, ...]
    others: tuple[Example, ...]
    weight: float = 1.0


def read_examples(path: Path, archive: Archive | None = None) -> list[Example]:
    """The examples in ``path``, in order; of a pair without context, one for each of its articles.

    An unanswerable pair without context or articles gives an example with an empty context.

    Raises:
        UsageError: the file is missing, unreadable or of an unknown kind, or holds nothing.
        GoldError: pairs are faulty; each is named by its place.
    """
    examples: list[Example] = []
    faults: list[str] = []
    for where, row in read_rows(path):
        try:
            examples += _examples(row, f"{path.name} {where}", archive)
        except UsageError as fault:
            faults.append(f"{where}: {fault}")
    if faults:
        raise GoldError(path, faults)
    if not examples:
        raise UsageError(f"{path}: holds no questions.")
    return examples


def telling(examples: Iterable[Example]) -> Iterator[Example]:
    """``examples`` without answers that tell nothing by themselves: "they", "long".

    Kept is what has a capital, a digit or two words, and is no pronoun. An example with answers,
    none of them kept, is left out.
    """
    for example in examples:
        kept = tuple(
            (start, end) for start, end in example.answers if _tells(example.context[start:end])
        )
        if kept or not example.answers:
            yield replace(example, answers=kept)


def may_say(text: str, answers: Iterable[str]) -> bool:
    """Whether ``text`` says one of ``answers``, or at least half of the words that tell of it.

    A passage is held to be without the answer only where it does neither: for "sesame seeds" it
    must not speak of sesame.
    """
    return any(mentions(text, one) or coverage(one, text) >= SAID_IN_PART for one in answers)


def is_held_out(example: Example, share: float) -> bool:
    """Whether the document of ``example`` is among the ``share`` that is kept from training.

    It goes by the document's name, so that it is the same one in every file and run.
    """
    name = hashlib.sha256((example.doc or example.id).encode()).hexdigest()
    return int(name[:8], 16) < share * 16**8


def kept_apart(sets: Sequence[Sequence[Example]], share: float) -> list[list[Example]]:
    """The examples of each set that may be trained on: not those of the held-out documents.

    Nor those that ask what is asked of a held-out document, whatever text they are asked of.
    """
    asked = {
        example.question.casefold()
        for examples in sets
        for example in examples
        if example.answers and is_held_out(example, share)
    }
    return [
        [
            example
            for example in examples
            if example.question.casefold() not in asked and not is_held_out(example, share)
        ]
        for examples in sets
    ]


def by_question(sets: Iterable[tuple[Source, Iterable[Example]]]) -> list[Question]:
    """The questions of all sets, in order, each with all its examples and the weight of its set.

    Passages without an answer may come from another file than those with one, by the same id and
    question; then the weight is that of the file with the answer. Questions with nothing to read
    are left out.
    """
    found: dict[tuple[str, str], tuple[list[Example], list[Example]]] = {}
    weights: dict[tuple[str, str], float] = {}
    for source, examples in sets:
        for example in examples:
            key = example.id, example.question
            answering, others = found.setdefault(key, ([], []))
            if example.answers:
                answering.append(example)
                weights[key] = source.weight
            elif example.context:
                others.append(example)
                weights.setdefault(key, source.weight)
    return [
        Question(tuple(answering), tuple(others), weights[key])
        for key, (answering, others) in found.items()
        if answering or others
    ]


def _examples(row: Mapping[str, Any] | str, place: str, archive: Archive | None) -> list[Example]:
    if isinstance(row, str):
        raise UsageError(row)
    doc = _text(row, "doc")
    whole = Example(
        id=str(row.get("id") or place),
        question=_question(row),
        context=_text(row, "context"),
        title=_text(row, "title") or _title_of(doc),
        source=_text(row, "source"),
        doc=doc,
    )
    answers = row.get("answers")
    if not isinstance(answers, list):
        raise UsageError("answers is no list; it is empty where there is no answer")
    if whole.context or not (answers or row.get("article_id")):
        return [replace(whole, answers=_spans(whole.context, answers))]
    return _of_articles(whole, row.get("article_id"), answers, archive)


def _of_articles(
    whole: Example, named: object, answers: list[Any], archive: Archive | None
) -> list[Example]:
    ids = named if isinstance(named, list) else [named] if named else []
    if archive is None or not ids:
        raise UsageError(
            "has no context to read; give it one, or an article_id and the archive of its articles"
        )
    examples = []
    for id in ids:
        article = archive.article(str(id))
        if article is None:
            raise UsageError(f"the article {id!r} is not in the archive")
        said = [one for one in answers if mentions(article.text, _said(one))]
        examples.append(
            replace(
                whole,
                context=article.text,
                answers=_spans(article.text, said),
                title=article.title,
                source=article.source,
                doc=article.id,
            )
        )
    if answers and not any(example.answers for example in examples):
        raise UsageError(f"no answer occurs in {' or '.join(map(str, ids))}")
    return [example for example in examples if example.answers or not answers]


def _question(row: Mapping[str, Any]) -> str:
    asked = _text(row, "question")
    if not asked.strip():
        raise UsageError("has no question")
    return standalone(asked, turns(row.get("history")))[0] if row.get("history") else asked


def _spans(context: str, answers: list[Any]) -> tuple[tuple[int, int], ...]:
    spans: list[tuple[int, int]] = []
    for answer in answers:
        said = _said(answer)
        given = answer if isinstance(answer, Mapping) else {}
        start = given.get("start", given.get("answer_start"))
        if start is None:
            found = mentions(context, said)
            if not found:
                raise UsageError(f"the answer {said!r} does not occur in the context")
            spans += found
        elif not isinstance(start, int) or context[max(start, 0) :][: len(said)] != said:
            raise UsageError(f"the answer {said!r} does not stand at {start!r} of the context")
        else:
            spans.append((start, start + len(said)))
    return tuple(dict.fromkeys(spans))


def _said(answer: object) -> str:
    said = answer.get("text") if isinstance(answer, Mapping) else answer
    if not isinstance(said, str) or not said.strip():
        raise UsageError(f"an answer is {said!r}; expected a text")
    return said


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name) or ""
    if not isinstance(value, str):
        raise UsageError(f"{name} is {value!r}; expected a text")
    return value


def _title_of(doc: str) -> str:
    """A document's title, where its name is one or its address holds one."""
    slug = _SLUG.search(doc)
    if slug:
        return slug[1].replace("-", " ")
    return "" if re.search(r"[/:_]\S", doc) else doc


def _tells(answer: str) -> bool:
    words = answer.split()
    if answer.lower() in _PRONOUNS:
        return False
    return len(words) > 1 or any(sign.isupper() or sign.isdigit() for sign in answer)
