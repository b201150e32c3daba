"""``Subject``: what is asked the gold questions — an assistant, a bare reader or a server."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from eval.pairs import Pair
from eval.predictions import parse
from index.errors import BylineError, UsageError
from index.records import Article, Hit, Passage
from qa.answers import Answer, Reply, as_json
from qa.assistant import Assistant
from qa.reader import Reader

TOP_K = 10  # passages that are read
SEARCH_DEPTH = 20  # passages looked at for the ranking measures; the reader gets fewer
CLOSED_THRESHOLD = 0.5
WARNING = "warning"  # the fact that speaks against the figures of a run


class ServerError(BylineError):
    """The server cannot be reached, or answers in another form."""


@dataclass(frozen=True, slots=True)
class Subject:
    """``ask`` gives the row of ``predictions.jsonl`` for a pair; ``facts`` say what is asked."""

    ask: Callable[[Pair], dict[str, Any]]
    facts: Mapping[str, str]


def assistant_subject(
    assistant: Assistant, top_k: int, threshold: float | None, warning: str = ""
) -> Subject:
    """The whole of Byline, in this process: search, then read ``top_k`` passages.

    A ``warning`` goes with the figures wherever they are shown.

    Raises, when asked:
        UsageError: ``top_k`` or ``threshold`` is out of range.
    """
    archive = assistant.archive

    def ask(pair: Pair) -> dict[str, Any]:
        reply = assistant.ask(pair.question, pair.history, top_k=top_k, threshold=threshold)
        read = {hit.passage.id for hit in reply.hits}
        found = archive.search(reply.asked_as, SEARCH_DEPTH)
        return _row(pair, reply, tuple(hit for hit in found if hit.passage.id not in read))

    articles, passages = archive.count()
    return Subject(
        ask,
        {
            "mode": "open",
            "encoder": archive.encoder.identity,
            "reader": assistant.reader.identity,
            "archive": f"generation {archive.generation()}, {articles:,} articles, "
            f"{passages:,} passages",
            "passages read": str(top_k),
            "threshold": str(assistant.calibration.threshold if threshold is None else threshold),
            "confidence": assistant.calibration.note,
            **({WARNING: warning} if warning else {}),
        },
    )


def reader_subject(reader: Reader, threshold: float | None) -> Subject:
    """The reader alone, on each pair's own context, as SQuAD is read.

    Confidence is the logistic function of the margin: the reader's own odds of its span against
    "not here". It answers from ``threshold`` on, at even odds if None.

    Raises, when asked:
        UsageError: a pair has no context.
    """
    least = CLOSED_THRESHOLD if threshold is None else threshold

    def ask(pair: Pair) -> dict[str, Any]:
        if not pair.context:
            raise UsageError(
                f"Question {pair.id} has no context, which --closed reads. Leave --closed out to "
                "search the archive."
            )
        began = time.perf_counter()
        (spans,) = reader.read(pair.question, [pair.context])
        spent = (time.perf_counter() - began) * 1000
        article = Article((*pair.article_ids, pair.id)[0], "", pair.context)
        passage = Passage(0, article.id, 0, len(pair.context), pair.context)
        said = [
            Answer(
                pair.context[span.start : span.end],
                span.start,
                span.end,
                (1 + math.tanh(span.margin / 2)) / 2,
                article,
                passage,
                sources=(),
            )
            for span in spans
        ]
        reply = Reply(
            pair.question,
            pair.question,
            answers=tuple(answer for answer in said if answer.confidence >= least),
            guesses=tuple(answer for answer in said if answer.confidence < least),
            hits=(Hit(passage, article, score=1.0, similarity=1.0, rank=1),),
            timings={"read": spent, "total": spent},
        )
        return _row(pair, reply, beyond=())

    return Subject(ask, {"mode": "closed", "reader": reader.identity, "threshold": str(least)})


def server_subject(url: str) -> Subject:
    """A running chat server: what people really get, over the network.

    Raises:
        UsageError: ``url`` is no web address.
        ServerError: now or when asked, it cannot be reached, or is no Byline server.
    """
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{url}: no web address; expected one like http://127.0.0.1:7860.")
    from gradio_client import Client

    # The client tells its makers of its use unless both say no.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    try:
        client = Client(url, verbose=False, analytics_enabled=False)
    except Exception as error:
        raise ServerError(f"{url}: no Byline server answers there ({error}).") from error

    def ask(pair: Pair) -> dict[str, Any]:
        history = [{"question": turn.question, "answer": turn.answer} for turn in pair.history]
        try:
            reply = client.predict(
                pair.question, json.dumps(history, ensure_ascii=False), api_name="/ask"
            )
        except Exception as error:
            raise ServerError(f"{url}: no answer to question {pair.id} ({error}).") from error
        row = {**reply, "id": pair.id} if isinstance(reply, dict) else {}
        try:
            parse(row)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ServerError(
                f"{url}: answered {str(reply)[:80]!r}; expected a reply's JSON object."
            ) from error
        return row

    return Subject(ask, {"mode": "server", "server": url})


def _row(pair: Pair, reply: Reply, beyond: tuple[Hit, ...]) -> dict[str, Any]:
    return {
        **as_json(reply, pair.id),
        "beyond": as_json(replace(reply, hits=beyond))["passages"],
    }
