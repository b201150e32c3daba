"""A file of question-answer pairs → the ``Example``s to train on.

Read are the forms of ``eval.pairs`` (JSONL, SQuAD 1.1 and 2.0, CSV, each maybe with ``.gz``). An
answer may say where it starts in the context ("start", or SQuAD's "answer_start"); else it is
looked for. A pair without a context takes its articles from an archive: whole, or of a single
article the "part" from one offset to another, which then is the context.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from eval.gold_files import read_rows
from eval.mentions import mentions
from eval.pairs import GoldError
from index.archive import Archive
from index.default import open_archive
from index.errors import UsageError
from qa.conversation import standalone, turns
from qa.train.pairs import Example

# The last part of an address, where it is words: ".../2026/05/02/spirit-airlines-shuts-down/..."
_SLUG = re.compile(r"/((?:[a-z0-9]+-){3,}[a-z0-9]+)(?:[/.?#]|$)", re.IGNORECASE)


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


def read_sets(paths: Sequence[Path], folder: Path | None) -> list[list[Example]]:
    """The examples of each of ``paths``; the archive in ``folder`` has articles of pairs.

    Raises:
        UsageError: as ``read_examples`` says, or no archive is in ``folder``.
    """
    with closing(open_archive(folder)) if folder else nullcontext() as archive:
        return [read_examples(path, archive) for path in paths]


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
    return _of_articles(whole, row, answers, archive)


def _of_articles(
    whole: Example, row: Mapping[str, Any], answers: list[Any], archive: Archive | None
) -> list[Example]:
    named = row.get("article_id")
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
        context = article.text
        if (part := row.get("part")) is not None:
            start, end = _part(part, len(ids), len(context))
            context = context[start:end]
        said = [one for one in answers if mentions(context, _said(one))]
        examples.append(
            replace(
                whole,
                context=context,
                answers=_spans(context, said),
                title=article.title,
                source=article.source,
                doc=article.id,
            )
        )
    if answers and not any(example.answers for example in examples):
        raise UsageError(f"no answer occurs in {' or '.join(map(str, ids))}")
    return [example for example in examples if example.answers or not answers]


def _part(part: object, articles: int, length: int) -> tuple[int, int]:
    match part:
        case [int(start), int(end)] if articles == 1 and 0 <= start < end <= length:
            return start, end
    raise UsageError(
        f"part is {part!r}; expected [start, end], offsets of the one article that is named"
    )


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
