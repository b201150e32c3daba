"""Uploaded files and web addresses → articles in the archive, with word of how far it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

from index.adding import Summary
from index.archive import Archive
from index.articles import read_articles
from index.errors import BylineError
from index.records import Article, Problem

_ending = threading.Event()
_going_on: set[Future[Summary]] = set()


class Stopped(BylineError):
    """Adding was stopped; the message says what became of it."""


def addresses(text: str) -> list[str]:
    """The web addresses in what somebody typed, however they are set apart."""
    # Without a scheme a word would be taken for a path on this machine.
    return [word if "://" in word else f"https://{word}" for word in text.split()]


def add(archive: Archive, files: Sequence[str], urls: Sequence[str]) -> Iterator[Summary]:
    """Add what is in ``files`` and behind ``urls``; yield the running sums, the final ones last.

    Goes on to the end even when nobody asks for more sums.

    Raises:
        Stopped: ``stop`` was called before the end.
    """
    news: SimpleQueue[Summary | None] = SimpleQueue()
    with ThreadPoolExecutor(1) as worker:
        work = worker.submit(archive.add, _read(files, urls), news.put)
        _going_on.add(work)
        work.add_done_callback(_going_on.discard)
        work.add_done_callback(lambda _: news.put(None))
        while summary := news.get():
            yield summary
    yield work.result()


def stop(seconds: float) -> bool:
    """End, at the next article, all adding that is going on; what was stored stays.

    For the end of the program: nothing can be added afterwards. Returns whether all has ended
    within so many ``seconds``; a batch that is being encoded may take longer.
    """
    _ending.set()
    return not wait(list(_going_on), seconds).not_done


def _read(files: Sequence[str], urls: Sequence[str]) -> Iterator[Article | Problem]:
    for file in files:
        folder = f"{Path(file).parent}/"  # Where the upload lies is nothing to the person.
        for item in read_articles([file]):
            _go_on()
            if isinstance(item, Problem):
                yield replace(item, name=item.name.removeprefix(folder))
            else:
                yield item
    for item in read_articles(urls):
        _go_on()
        yield item


def _go_on() -> None:
    if _ending.is_set():
        raise Stopped("The chat is ending. What was added is kept; add the rest again.")
