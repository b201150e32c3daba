"""Uploaded files and web addresses → articles in the archive, with word of how far it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

from index.archive import Archive, Summary
from index.articles import read_articles
from index.records import Article, Problem


def addresses(text: str) -> list[str]:
    """The web addresses in what somebody typed, however they are set apart."""
    # Without a scheme a word would be taken for a path on this machine.
    return [word if "://" in word else f"https://{word}" for word in text.split()]


def add(archive: Archive, files: Sequence[str], urls: Sequence[str]) -> Iterator[Summary]:
    """Add what is in ``files`` and behind ``urls``; yield the running sums, the final ones last.

    Goes on to the end even when nobody asks for more sums.
    """
    news: SimpleQueue[Summary | None] = SimpleQueue()
    with ThreadPoolExecutor(1) as worker:
        work = worker.submit(archive.add, _read(files, urls), news.put)
        work.add_done_callback(lambda _: news.put(None))
        while summary := news.get():
            yield summary
    yield work.result()


def _read(files: Sequence[str], urls: Sequence[str]) -> Iterator[Article | Problem]:
    for file in files:
        folder = f"{Path(file).parent}/"  # Where the upload lies is nothing to the person.
        for item in read_articles([file]):
            if isinstance(item, Problem):
                yield replace(item, name=item.name.removeprefix(folder))
            else:
                yield item
    yield from read_articles(urls)
