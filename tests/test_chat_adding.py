"""Adding uploads: how far it is, and that it ends when the chat does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import index.adding
from index.archive import Archive
from index.records import Article
from qa.chat import adding


def test_addresses_are_told_apart_however_they_are_set() -> None:
    assert adding.addresses(" news.example/a\nhttp://b.example,\thttps://c.example ") == [
        *("https://news.example/a", "http://b.example,", "https://c.example")
    ]
    assert adding.addresses("/etc/passwd") == ["https:///etc/passwd"]


def test_a_problem_is_named_without_the_folder_it_was_uploaded_to(
    archive: Archive, tmp_path: Path
) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 nothing more")
    (tmp_path / "fine.txt").write_text("Otter found\n\nA river otter was found in a fountain.")
    files = [str(tmp_path / "broken.pdf"), str(tmp_path / "fine.txt")]
    *_, summary = adding.add(archive, files, [])
    assert summary.added == 1
    assert [problem.name for problem in summary.problems] == ["broken.pdf"]


def test_stopping_keeps_what_is_stored_and_leaves_the_rest(
    archive: Archive,
    article: Callable[..., Article],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(adding, "_ending", threading.Event())
    monkeypatch.setattr(index.adding, "BATCH_PASSAGES", 1)
    file = tmp_path / "many.jsonl"
    rows = [{"id": f"a{n}", "text": article(f"a{n}").text} for n in range(200)]
    file.write_text("\n".join(map(json.dumps, rows)))
    sums = adding.add(archive, [str(file)], [])
    next(sums)
    assert adding.stop(seconds=60)
    with pytest.raises(adding.Stopped, match="What was added is kept"):
        list(sums)
    count, _ = archive.count()
    assert 1 <= count < 200
    assert archive.verify().faults == ()
    assert archive.search("a0x3 harbour", 1)[0].article.id == "a0"
