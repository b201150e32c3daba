"""``python -m qa.train.negatives``: passages that look like an answer to a question and are none.

A reader that reads what a search finds must learn of passages without the answer which are as near
(Clark and Gardner 2018, arXiv:1710.10723, section 3). For each question these are taken from the
contexts of its own source, by shared words (BM25), or from an archive, by its own search:

    found   the best passages that say no gold answer
    named   the best of other documents that share the question's names, and say no gold answer

They are written as pairs without answers that share the id of their question. A question that
comes with a text and no answer has what it needs, and none is looked for.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from eval.progress import shown
from index.archive import CATALOG, Archive
from index.catalog import Catalog
from index.console import exit_status
from index.default import open_archive
from index.errors import UsageError
from index.passages import cut
from index.records import Article, Filters, Passage
from index.storing import Prepared
from index.words import WordView
from qa.train.arguments import count
from qa.train.pair_files import read_examples
from qa.train.pairs import Example, may_say

DEPTH = 20  # passages looked at for each question

_NAME = re.compile(r"(?<!^)(?<![.?!] )\b[A-Z][\w'’.-]*\w")

# (question, source, depth) to the passages found, best first.
Search = Callable[[str, str, int], Sequence[tuple[Passage, Article]]]


@dataclass(frozen=True, slots=True)
class Negative:
    """A passage without the answer to the question of ``example``."""

    example: Example
    passage: Passage
    article: Article
    kind: str


class Contexts:
    """The contexts of ``examples``, cut into passages, searchable by words; kept in ``folder``.

    The article of a passage has as its id what its context's document is called, and a number.
    """

    def __init__(self, folder: Path, examples: Iterable[Example]) -> None:
        self._catalog = Catalog(folder / CATALOG)
        prepared, seen = [], set()
        for example in examples:
            if example.context and example.context not in seen:
                seen.add(example.context)
                article = Article(
                    f"{example.doc} #{len(seen)}",
                    example.title,
                    example.context,
                    source=example.source,
                )
                offsets = list(cut(article.text))
                # Words alone are searched: encoding would take a hundred times as long.
                prepared.append(Prepared(article, offsets, np.zeros((len(offsets), 0), np.float32)))
        self._catalog.store(prepared)
        self._words = WordView(folder, self._catalog)

    def close(self) -> None:
        """Close the files."""
        self._catalog.close()

    def search(self, question: str, source: str, depth: int) -> Sequence[tuple[Passage, Article]]:
        """The ``depth`` passages of ``source`` that share most with the question's words."""
        filters = Filters(sources=(source,)) if source else Filters()
        ids = [id for id, _ in self._words.search(question, depth, filters)]
        found = self._catalog.passages(ids)
        return [found[id] for id in ids]


def searcher(archive: Archive) -> Search:
    """The search of ``archive``, over all its articles."""

    def search(question: str, _source: str, depth: int) -> Sequence[tuple[Passage, Article]]:
        return [(hit.passage, hit.article) for hit in archive.search(question, depth)]

    return search


def negatives(example: Example, search: Search, each: int) -> Iterator[Negative]:
    """Up to ``each`` found passages without an answer to the question, and one of its names."""
    golds = example.texts
    taken: set[str] = set()

    def fitting(query: str, kind: str, most: int) -> Iterator[Negative]:
        for passage, article in search(query, example.source, DEPTH):
            if not most:
                return
            if passage.text in taken or may_say(passage.text, golds):
                continue
            if kind == "named" and _document(article) == example.doc:
                continue
            taken.add(passage.text)
            most -= 1
            yield Negative(example, passage, article, kind)

    yield from fitting(example.question, "found", each)
    names = names_of(example.question)
    if names:
        yield from fitting(" ".join(names), "named", 1)


def names_of(question: str) -> list[str]:
    """The words of ``question`` with a capital inside a sentence.

    >>> names_of("When did Marta Oduya reach Tresk?")
    ['Marta', 'Oduya', 'Tresk']
    """
    return _NAME.findall(question)


def as_line(negative: Negative) -> str:
    """``negative`` as a line of JSONL, without its line end."""
    example, article = negative.example, negative.article
    row = {
        "id": example.id,
        "source": example.source,
        "doc": _document(article),
        "title": article.title,
        "context": negative.passage.text,
        "question": example.question,
        "answers": [],
        "kind": negative.kind,
    }
    return json.dumps(row, ensure_ascii=False)


def main(words: list[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 done, 1 the work failed, 2 wrong use."""
    options = _parse(sys.argv[1:] if words is None else words)
    return exit_status(
        "python -m qa.train.negatives", lambda: _write(options), "Stopped; nothing was written."
    )


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m qa.train.negatives",
        description="Find passages that do not answer the questions of FILE, for qa.train.",
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="question-answer pairs")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE.jsonl.gz", help="where they are written"
    )
    parser.add_argument(
        "--archive", type=Path, metavar="DIR", help="look in its articles, not in the contexts"
    )
    parser.add_argument(
        "--encoder", metavar="MODEL", help="that the archive was made with, by folder or hub name"
    )
    parser.add_argument(
        "--each", type=count, default=2, metavar="N", help="found for a question, at most (2)"
    )
    parser.add_argument("--limit", type=count, metavar="N", help="only the first N pairs of a file")
    return parser.parse_args(words)


def _write(options: argparse.Namespace) -> int:
    if "".join(options.out.suffixes[-2:]) != ".jsonl.gz":
        raise UsageError(f"{options.out}: its name is to end with .jsonl.gz.")
    counts: Counter[str] = Counter()
    new = options.out.with_name(f"{options.out.name}.new")
    with ExitStack() as opened:
        archive = open_archive(options.archive, options.encoder) if options.archive else None
        if archive:
            opened.callback(archive.close)
        sets = [read_examples(file, archive) for file in options.files]
        if archive:
            search = searcher(archive)
        else:
            folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
            contexts = Contexts(folder, chain.from_iterable(sets))
            opened.callback(contexts.close)
            search = contexts.search
        limited = chain.from_iterable(some[: options.limit] for some in sets)
        lacking = (one for one in limited if one.answers or not one.context)
        asked = list({one.id: one for one in lacking}.values())
        try:
            with gzip.open(new, "wt", encoding="utf-8", compresslevel=6) as file:
                for example in shown(asked, "negatives"):
                    for negative in negatives(example, search, options.each):
                        counts[negative.kind] += 1
                        file.write(as_line(negative) + "\n")
            new.replace(options.out)
        except OSError as error:
            raise UsageError(f"{options.out}: cannot be written ({error.strerror}).") from error
        finally:
            new.unlink(missing_ok=True)
    found = ", ".join(f"{number:,} {kind}" for kind, number in counts.items()) or "none"
    print(f"{options.out}: {found}, for {len(asked):,} questions.")
    return 0


def _document(article: Article) -> str:
    return article.id.rpartition(" #")[0] or article.id


if __name__ == "__main__":
    sys.exit(main())
