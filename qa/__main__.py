"""``python -m qa``: ask one question, or many from a file."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from index.console import exit_status
from index.default import open_archive
from index.errors import UsageError
from index.progress import Progress
from index.records import Filters
from qa import strings
from qa.answers import Answer, Citation, Reply, as_json
from qa.assistant import LONGEST_QUESTION, Assistant
from qa.conversation import Turn, turns


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 done, 1 the work failed, 2 wrong use."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if (options.question is None) == (options.batch is None):
        parser.error("give a question, or a file of questions with --batch")
    return exit_status("python -m qa", lambda: _answer(options))


def _answer(options: argparse.Namespace) -> int:
    with Progress("setting up the sample articles") as shown:
        archive = open_archive(options.archive, options.encoder, shown)
    assistant = Assistant(archive, options.reader)
    if options.batch is not None:
        return _answer_all(assistant, options)
    _say(_ask(assistant, options.question, (), options), "", options.json)
    return 0


def _answer_all(assistant: Assistant, options: argparse.Namespace) -> int:
    """Answer each line of the batch in order; one that is no question is answered with why."""
    status = 0
    with _lines(options.batch) as lines:
        # What is wrong with the options is wrong with every line, and is told once.
        _ask(assistant, "Ready?", (), options)
        for number, line in enumerate(lines, start=1):
            id = str(number)
            try:
                given, question, history = _question(line)
                id = given or id
                reply = _ask(assistant, question, history, options)
            except (UsageError, ValueError, RecursionError) as error:
                status = 1
                print(f"python -m qa: line {number}: {error}", file=sys.stderr)
                if options.json:
                    print(json.dumps({"id": id, "error": str(error)}), flush=True)
                continue
            _say(reply, id, options.json)
    return status


def _lines(name: str) -> IO[str]:
    if name == "-":
        if isinstance(sys.stdin, TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")
        return sys.stdin
    try:
        return Path(name).open(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise UsageError(f"{name}: cannot be read ({error.strerror}).") from error


def _question(line: str) -> tuple[str, str, tuple[Turn, ...]]:
    """The id, question and history on a line of a batch: a JSON object, or just the question."""
    if not line.lstrip().startswith("{"):
        return "", line.strip(), ()
    asked = json.loads(line)
    question, history = asked.get("question"), asked.get("history") or []
    if not isinstance(question, str):
        raise UsageError('expected {"question": "...", "history"?: [...]}; it has no question.')
    id = asked.get("id")
    return "" if id is None else str(id), question, turns(history)


def _ask(
    assistant: Assistant, question: str, history: tuple[Turn, ...], options: argparse.Namespace
) -> Reply:
    return assistant.ask(
        question,
        history,
        top_k=options.top_k,
        threshold=options.threshold,
        filters=Filters(options.since or "", options.until or "", tuple(options.source or ())),
    )


def _say(reply: Reply, id: str, json_wanted: bool) -> None:
    if json_wanted:
        print(json.dumps(as_json(reply, id), ensure_ascii=False), flush=True)
        return
    print("\n".join(_in_words(reply)), flush=True)


def _in_words(reply: Reply) -> Iterator[str]:
    if reply.asked_as != reply.question:
        yield f"Understood as: {reply.asked_as}"
    if not reply.answers:
        yield f"{reply.question}\n  {strings.NOTHING_FOUND} {strings.REASONS[reply.reason]}"
        if reply.hits:
            yield f"  {strings.NEAREST_PASSAGES}"
        for hit in reply.hits[:3]:
            yield f"  - {hit.article.title}: {' '.join(hit.passage.text.split())}"
    agreeing = [answer for answer in reply.answers if answer not in reply.rivals]
    for number, answer in enumerate(agreeing):
        yield f"{'  or: ' if number else ''}{_with_marks(answer)}"
        for cited in answer.sources if number == 0 else answer.sources[:1]:
            yield f"  {_source(cited)}"
    if reply.rivals:
        yield f"{strings.THE_ARTICLES_DISAGREE}:"
        for rival in reply.rivals:
            yield f"  but: {_with_marks(rival)}\n  {_source(rival.sources[0])}"


def _with_marks(answer: Answer) -> str:
    day = f" = {answer.resolved}, {strings.AS_READ}" if answer.resolved else ""
    return f"{answer.text}{day}  ({answer.confidence:.0%} sure)"


def _source(cited: Citation) -> str:
    article = cited.article
    facts = [article.title, article.source, article.published[:10], article.url]
    copied = f"copy of {cited.copy_of}" if cited.copy_of else ""
    return " · ".join(fact for fact in (*facts, copied) if fact)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m qa",
        description="Ask the articles. The answer is a part of an article, word for word.",
    )
    parser.add_argument("question", nargs="?", help=f"at most {LONGEST_QUESTION:,} characters")
    parser.add_argument(
        "--batch",
        metavar="FILE",
        help='questions, one a line: plain, or {"id"?, "question", "history"?}; - reads them '
        "from standard input",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--archive", type=Path, metavar="DIR", help="default: the sample articles")
    parser.add_argument("--top-k", type=int, default=10, help="how many passages are read (10)")
    parser.add_argument(
        "--threshold", type=float, metavar="P", help="answer only when at least this sure (0 to 1)"
    )
    parser.add_argument("--since", metavar="DAY", help="only articles from this day on: 2022-10-18")
    parser.add_argument("--until", metavar="DAY", help="only articles up to this day")
    parser.add_argument("--source", action="append", help="only this source; may be repeated")
    parser.add_argument(
        "--encoder", metavar="MODEL", help="sentence-transformers model, by folder or hub name"
    )
    parser.add_argument(
        "--reader", metavar="MODEL", help="transformers extractive reader, by folder or hub name"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
