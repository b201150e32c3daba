"""A conversation → a file to keep or to pass on: Markdown for people, JSON for scripts.

Both leave out the conversation's id, which opens it for whoever knows it. All text is hostile: in
the Markdown it stands escaped, so that it shows as it is and makes no link, picture or heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from index.records import Article
from qa.chat.cards import sureness
from qa.chat.history import Conversation
from qa.markup import escaped, readable_date, web_address

LONGEST_FILE_NAME = 60

_Json = Mapping[str, Any]
# A backslash shows that a character is only itself; what not every Markdown takes one before is
# written as an entity. Some mean something only where a line begins.
_MARKS = re.compile(r"[\\`*_{}\[\]#]")
_FIRST_MARK = re.compile(r"^(\s*(?:\d+(?=[.)])|(?=[-+])))")
_ENTITIES = str.maketrans({mark: f"&#{ord(mark)};" for mark in "|~$"})
_FIRST_ENTITY = re.compile(r"^(\s*)([=:])")
_ENDS_ADDRESS = re.compile(r"[\s()<>\\]")


def as_json(conversation: Conversation) -> dict[str, Any]:
    """``conversation`` as {"name", "begun", "questions", "replies"}.

    A question is {"id", "question", "history"}; with one a line, the questions are a file for
    ``python -m qa --batch``. A reply is what ``qa.answers.as_json`` made of it, under the same id.
    """
    asked = [
        {"question": exchange.turn.question, "answer": exchange.turn.answer or None}
        for exchange in conversation.exchanges
    ]
    return {
        "name": conversation.name,
        "begun": conversation.begun,
        "questions": [
            {"id": str(number), "question": turn["question"], "history": asked[: number - 1]}
            for number, turn in enumerate(asked, start=1)
        ],
        "replies": [
            {**exchange.record, "id": str(number)}
            for number, exchange in enumerate(conversation.exchanges, start=1)
        ],
    }


def as_markdown(conversation: Conversation) -> str:
    """``conversation`` as Markdown (CommonMark): each answer, how sure it is, and its quote."""
    parts = [
        f"# {_line(conversation.name)}",
        f"Begun on {_line(readable_date(conversation.begun))}. "
        "Each answer is quoted from its article, word for word.",
    ]
    for exchange in conversation.exchanges:
        parts.extend(_reply(exchange.record))
    return "\n\n".join(parts) + "\n"


def file_name(conversation: Conversation, ending: str) -> str:
    """A name for an exported file, such as "byline-who-brokered-it.md" for the ending "md"."""
    words = re.sub(r"[\W_]+", "-", conversation.name.lower())[:LONGEST_FILE_NAME].strip("-")
    return f"byline-{words or 'conversation'}.{ending}"


def _reply(record: _Json) -> list[str]:
    parts = [f"## {_line(record['question'])}"]
    if record["asked_as"].split() != record["question"].split():
        parts.append(f"Understood as: {_line(record['asked_as'])}")
    if record["answers"]:
        best, *others = record["answers"]
        start, end = _place(best, record)
        parts.append(f"{_bold(_one_line(best['text']))} ({sureness(best['confidence'])})")
        parts.append(_quotation(best["passage"], start, end))
        parts.append(_citation(best, best["passage"], start, end))
        elsewhere = [
            cited for cited in best["sources"] if cited["article_id"] != best["article_id"]
        ]
        parts.append(_listed("Also said in:", map(_citation, elsewhere)))
        parts.append(_listed("Other answers:", (_briefly(other, record) for other in others)))
    else:
        parts.append("**I found no answer in these articles.**")
        parts.extend(f"Best guess: {_briefly(guess, record)}" for guess in record["guesses"][:1])
    return list(filter(None, parts))


def _briefly(answer: _Json, record: _Json) -> str:
    said = f"{_bold(_one_line(answer['text']))} ({sureness(answer['confidence'])})"
    return f"{said}, {_citation(answer, answer['passage'], *_place(answer, record))}"


def _place(answer: _Json, record: _Json) -> tuple[int, int]:
    """Where the answer's words are in its passage; (0, 0) if that is not known."""
    for passage in record["passages"]:
        start, end = (answer[place] - passage["start"] for place in ("start", "end"))
        same = (passage["article_id"], passage["text"]) == (answer["article_id"], answer["passage"])
        if same and 0 <= start <= end <= len(passage["text"]):
            return start, end
    return 0, 0


def _quotation(text: str, start: int, end: int) -> str:
    """A passage as a block quote, its part from ``start`` to ``end`` in bold."""
    shown, at = [], 0
    for line in text.split("\n"):
        first, last = (min(max(place - at, 0), len(line)) for place in (start, end))
        at += len(line) + 1
        inline = f"{_plain(line[:first])}{_bold(line[first:last])}{_plain(line[last:])}".strip()
        if inline:
            shown.append(f"> {inline}")
    return "\n>\n".join(shown)


def _citation(cited: _Json, text: str = "", start: int = 0, end: int = 0) -> str:
    """Title, source and date; the title opens the article, at the quote in ``text`` if given."""
    title = cited["title"] or cited["article_id"]
    # The words around the quote are enough of the article to make a link to it.
    article = Article(cited["article_id"], title, text, cited["url"])
    parts = [_line(title), _line(cited["source"]), _line(readable_date(cited["published"]))]
    if address := web_address(article, start, end).strip():
        address = escaped(_ENDS_ADDRESS.sub(lambda found: quote(found[0]), address))
        parts[0] = f"[{parts[0]}]({address})"
    return ", ".join(filter(None, parts))


def _listed(head: str, items: Iterable[str]) -> str:
    """A list under ``head``; nothing where there are no ``items``."""
    lines = [f"- {item}" for item in items]
    return "\n".join([head, "", *lines]) if lines else ""


def _bold(text: str) -> str:
    if not text.strip():
        return text
    # Asterisks beside a quotation mark or a space make nothing bold, as Markdown has it.
    marks = text[0].isalnum() and text[-1].isalnum()
    return f"**{_plain(text)}**" if marks else f"<strong>{_plain(text)}</strong>"


def _line(text: str) -> str:
    return _plain(_one_line(text))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain(text: str) -> str:
    """``text``, which is within a line, as Markdown that shows exactly it."""
    shown = escaped(text).replace("&#x27;", "'").replace("&quot;", '"')
    shown = _MARKS.sub(r"\\\g<0>", shown)
    shown = _FIRST_MARK.sub(r"\1\\", shown)
    shown = _FIRST_ENTITY.sub(lambda found: f"{found[1]}&#{ord(found[2])};", shown)
    return shown.translate(_ENTITIES)
