"""Twenty people at once: each gets the answers to their own questions."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client

from tests.chat import ROOT, Server

PEOPLE, EACH = 20, 10
ALONE = 20  # questions of one person, to compare with


@pytest.mark.slow
def test_twenty_people_ask_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], network_attempts: list[str]
) -> None:
    gold = map(json.loads, (ROOT / "eval/gold/sample.jsonl").read_text("utf-8").splitlines())
    questions = list(dict.fromkeys(row["question"] for row in gold))[: PEOPLE * EACH]
    assert len(questions) == PEOPLE * EACH
    server = Server(tmp_path / "server", "--port", "0", "--questions-a-minute", "0")
    server.url = server.wait_for(r"http://127\.0\.0\.1:\d+/")
    people = [Client(server.url, verbose=False, analytics_enabled=False) for _ in range(PEOPLE)]
    network_attempts.clear()  # A client looks for its maker's hub, in vain.

    alone, expected = _ask(people[0], questions[:ALONE])
    with ThreadPoolExecutor(PEOPLE) as pool:
        asked = [questions[person::PEOPLE] for person in range(PEOPLE)]
        told = list(pool.map(_ask, people, asked))
    assert server.stop() == 0
    assert "Traceback" not in server.said

    answers: dict[str, Any] = {}
    for (_, replies), theirs in zip(told, asked, strict=True):
        assert [reply["question"] for reply in replies] == theirs
        answers.update((reply["question"], reply["answer"]) for reply in replies)
    assert len(answers) == PEOPLE * EACH
    assert all(answers[reply["question"]] == reply["answer"] for reply in expected)
    together = [seconds for spent, _ in told for seconds in spent]
    with capsys.disabled():
        print(f"\nload average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        for who, spent in (("one person", alone), (f"{PEOPLE} people", together)):
            median, slow = np.percentile(spent, [50, 95])
            print(f"{who}: {len(spent)} questions, p50 {median:.2f} s, p95 {slow:.2f} s")


def _ask(client: Client, questions: Sequence[str]) -> tuple[list[float], list[dict[str, Any]]]:
    """Ask one after the other; gives the seconds that each took, and the replies."""
    spent, replies = [], []
    for question in questions:
        began = time.perf_counter()
        replies.append(client.predict(question, api_name="/ask"))
        spent.append(time.perf_counter() - began)
    return spent, replies
