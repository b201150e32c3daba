"""What programs call: the values they may send, and what they are told of others."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest

from index.errors import UsageError
from qa.assistant import Assistant
from qa.chat.endpoints import Endpoints


@pytest.fixture(scope="module")
def endpoints(assistant: Assistant) -> Endpoints:
    return Endpoints(assistant)


def test_a_question_can_be_limited(endpoints: Endpoints) -> None:
    question = "Who brokered the reconciliation?"
    free = endpoints.ask(question)
    assert "Nasrallah" in free["answer"]
    assert len(endpoints.ask(question, top_k=3)["passages"]) == 3
    assert endpoints.ask(question, threshold=1)["answer"] is None
    (source,) = {answer["source"] for answer in free["answers"][:1]}
    limited = endpoints.ask(question, sources=[source], since="2022-01-01", until="2023-01-01")
    named = {passage["article_id"] for passage in limited["passages"]}
    listed = {article["article_id"]: article for article in endpoints.articles()}
    assert {listed[id]["source"] for id in named} == {source}
    assert {listed[id]["published"][:4] for id in named} == {"2022"}
    assert endpoints.ask(question, until="1999-01-01")["passages"] == []


def test_a_search_can_be_limited(endpoints: Endpoints) -> None:
    found = endpoints.search("otters and bridges", 4, since="2025-01-01")
    assert len(found) == 4
    assert all(hit["published"] >= "2025-01-01" for hit in found)
    assert set(found[0]) == {
        *("article_id", "title", "url", "published", "source", "start", "end", "text", "score")
    }
    assert endpoints.search("otters", sources=["No such paper"]) == []


def test_the_articles_are_listed_page_by_page(endpoints: Endpoints) -> None:
    everything = endpoints.articles()
    assert len(everything) > 20
    assert "text" not in everything[0]
    pages = [endpoints.articles(limit=7, offset=offset) for offset in range(0, 70, 7)]
    assert [article for page in pages for article in page] == everything
    found = endpoints.articles("damascus visit")
    assert {"damascus-visit-announced"} <= {article["article_id"] for article in found}
    assert len(found) < len(everything)
    assert endpoints.articles("no such words anywhere") == []


@pytest.mark.parametrize(
    ("call", "given", "told"),
    [
        ("ask", {"question": None}, "question is None; expected text"),
        ("ask", {"question": ["who?"]}, "question is .*; expected text"),
        ("ask", {"question": "x" * 10_001}, "at most 10,000"),
        ("ask", {"top_k": 0}, "top_k is 0; expected a whole number from 1 to 50"),
        ("ask", {"top_k": 10**9}, "from 1 to 50"),
        ("ask", {"top_k": "ten"}, "top_k is 'ten'"),
        ("ask", {"top_k": True}, "top_k is True"),
        ("ask", {"top_k": 2.5}, "top_k is 2.5"),
        ("ask", {"threshold": "high"}, "threshold is 'high'; expected a number from 0 to 1"),
        ("ask", {"threshold": 1.5}, "probability from 0 to 1"),
        ("ask", {"threshold": float("nan")}, "probability from 0 to 1"),
        ("ask", {"since": "yesterday"}, "'yesterday' is no date"),
        ("ask", {"until": 2022}, "until is 2022; expected text"),
        ("ask", {"sources": "Courier"}, "sources is 'Courier'; expected a list"),
        ("ask", {"sources": [1]}, "expected a list of at most 100 names"),
        ("ask", {"sources": ["x"] * 101}, "expected a list of at most 100 names"),
        ("ask", {"history": "no json"}, "history is no JSON"),
        ("ask", {"history": None}, "history is no JSON"),
        ("ask", {"history": "[" * 100_000}, "history is no JSON"),
        ("ask", {"history": "{}x"}, "history is no JSON"),
        ("ask", {"history": '["a"]'}, "history is not of the form"),
        ("ask", {"history": "7"}, "history is not of the form"),
        ("search", {"words": 7}, "words is 7; expected text"),
        ("search", {"words": "x" * 10_001}, "at most 10,000"),
        ("search", {"top_k": 101}, "from 1 to 100"),
        ("articles", {"words": {}}, "expected text"),
        ("articles", {"limit": 1001}, "limit is 1001; expected a whole number from 1 to 1,000"),
        ("articles", {"offset": -1}, "offset is -1"),
    ],
)
def test_what_will_not_do_is_said_in_a_line(
    endpoints: Endpoints, call: str, given: dict[str, Any], told: str
) -> None:
    needed = {"ask": {"question": "who?"}, "search": {"words": "otter"}, "articles": {}}[call]
    with pytest.raises(UsageError, match=told) as error:
        getattr(endpoints, call)(**{**needed, **given})
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("call", [Endpoints.ask, Endpoints.search, Endpoints.articles])
def test_every_argument_is_described(call: Any) -> None:
    described = inspect.getdoc(call) or ""
    for name in inspect.signature(call).parameters:
        assert name == "self" or f"    {name}: " in described


def test_replies_are_json(endpoints: Endpoints) -> None:
    for reply in (endpoints.ask("who?"), endpoints.search("who?"), endpoints.articles()):
        assert json.loads(json.dumps(reply)) == reply
