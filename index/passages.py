"""An article's text cut into passages: whole sentences, about 100 words, overlapping.

Short overlapping passages beat long ones for finding answers (Wang et al. 2019, arXiv:1908.08167),
and whole sentences keep an answer's words together. Sizes are counted in characters, six to a word,
so that text without spaces is cut too.

>>> list(cut("He came. He saw. He won.", target=16, overlap=8))
[(0, 16), (9, 24)]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import cast

TARGET = 600
OVERLAP = 200
LONGEST_SENTENCE = 720

_LINE = re.compile(r"\S(?:[^\n]*\S)?")
_PAUSE = re.compile(r"[,;:)\u2013\u2014\u2026]\s|[\u3001\u3002\uff0c\uff1b\u060c\u061b]")


def cut(text: str, target: int = TARGET, overlap: int = OVERLAP) -> Iterator[tuple[int, int]]:
    """Yield the half-open offsets of ``text``'s passages, in order.

    A passage takes whole sentences until the next would carry it past ``target`` characters by
    more than a fifth. The next one starts with the last sentence or two of the one before, where
    they fit in ``overlap`` characters and the sentence that follows them fits beside them. Every
    character that is not white space is in a passage.
    """
    whole = list(sentences(text))
    first = 0
    while first < len(whole):
        start = whole[first][0]
        last = first
        while last + 1 < len(whole) and (
            whole[last][1] - start < target and whole[last + 1][1] - start <= target * 1.2
        ):
            last += 1
        yield start, whole[last][1]
        if last + 1 == len(whole):
            return
        following = last + 1
        for back in (last - 1, last):
            if (
                back > first
                and whole[last][1] - whole[back][0] <= overlap
                and whole[last + 1][1] - whole[back][0] <= target * 1.2
            ):
                following = back
                break
        first = following


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of the sentences of ``text``; the longest are cut at a pause or between words."""
    for line in _LINE.finditer(text):
        for start, end in _split_line(line.group()):
            yield from _pieces(text, line.start() + start, line.start() + end)


def _split_line(line: str) -> Iterator[tuple[int, int]]:
    # The splitter's own offsets leave out some characters it treats as noise. Each sentence is
    # taken to begin where the one before it ended, so that nothing falls between two.
    _, offsets = _splitter().text_to_sentences_and_offsets(line)
    starts = sorted({0, *(start for start, _ in offsets if 0 < start < len(line))})
    for start, end in zip(starts, [*starts[1:], len(line)], strict=True):
        stripped = line[start:end].strip()
        if stripped:
            lead = start + line[start:end].index(stripped)
            yield lead, lead + len(stripped)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > LONGEST_SENTENCE:
        window = text[start : start + TARGET]
        pauses = [m.end() for m in _PAUSE.finditer(window, TARGET // 2)]
        at = pauses[-1] if pauses else window.rfind(" ", TARGET // 2) + 1
        at = start + (at if at > 0 else TARGET)
        yield start, at - (len(text[start:at]) - len(text[start:at].rstrip()))
        start = at + (len(text[at:end]) - len(text[at:end].lstrip()))
    if start < end:
        yield start, end


@cache
def _splitter() -> ModuleType:
    # Its shared library loads on import, which importing this module must not do.
    import blingfire

    return cast(ModuleType, blingfire)
