"""Start and end scores to spans: pure NumPy.

A span's score is the sum of its start and end logits, not normalised over the passage, so spans of
different passages are on one scale (Clark and Gardner 2018, arXiv:1710.10723). The null score is
the same sum at the first token, where the reader points when a window holds no answer (Devlin et
al. 2019, arXiv:1810.04805, section 4.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_TOKENS = 30
TOP_SPANS = 20

_LEADING = re.compile(r"^[\s\"'“”‘’«»(\[,;:.!?–—-]+")
# Not of "at least 40", nor of a name such as "On the Waterfront".
_PREPOSITION = re.compile(r"(?:in|on|at)\s+(?=(?:the|an?)\s|[A-Z\d$£€])")
_TRAILING = re.compile(r"[\s\"'“”‘«»(\[,;:!?–—-]+$")
# What joins characters that are written as one: 10:21, 1,200, U.S., al-Hayya, $5.
_JOINT = re.compile(
    r"(?<=\d)[.,:](?=\d)|(?<=\b\w)\.(?=\w)|(?<=\w)[-–/&@](?=\w)|(?<=\w)['’](?=\w)|[$£€#](?=\w)"
)
_ABBREVIATION = re.compile(r"(?:\b[^\W\d_]\.)+$|\b(?:Inc|Co|Corp|Ltd|Jr|Sr|St|a\.m|p\.m)\.$")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``start`` to ``end`` (half-open) of a passage, and how they scored."""

    start: int
    end: int
    score: float
    null_score: float

    @property
    def margin(self) -> float:
        """By how much the span beats "the answer is not here", in logits."""
        return self.score - self.null_score


@dataclass(frozen=True, slots=True)
class Window:
    """One model input over (a part of) a passage, all arrays of length T, its number of tokens.

    ``offsets`` (T, 2) are characters of the passage. ``may_start`` and ``may_end`` say where a
    span can begin and end: at the edges of the passage's words, not in question or title.
    ``sentences`` numbers each token's sentence, which a span does not leave.
    """

    start_logits: NDArray[np.float32]
    end_logits: NDArray[np.float32]
    offsets: NDArray[np.int64]
    may_start: NDArray[np.bool_]
    may_end: NDArray[np.bool_]
    sentences: NDArray[np.int64]

    @property
    def null_score(self) -> float:
        """The score of "not in this window"."""
        return float(self.start_logits[0] + self.end_logits[0])


def best_spans(text: str, windows: Iterable[Window]) -> list[Span]:
    """The best spans of a passage ``text`` over its windows, best first, no two the same.

    Spans may overlap: how much of the likely ones agree is decided over all passages together.
    """
    best: dict[tuple[int, int], Span] = {}
    for window in windows:
        for span in _candidates(text, window):
            known = best.get((span.start, span.end))
            if known is None or span.margin > known.margin:
                best[span.start, span.end] = span
    return sorted(best.values(), key=lambda span: (-span.margin, span.start, span.end))[:TOP_SPANS]


def edges(text: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """At which characters a span of ``text`` may start, and before which it may end.

    Two arrays of length len(text) + 1. Nothing written as one is cut, but a possessive may be
    left off: "al" is no answer in "al-Hayya's", "al-Hayya" is.
    """
    starts, ends = np.ones((2, len(text) + 1), dtype=np.bool_)
    for joint in _JOINT.finditer(text):
        at = joint.start()
        starts[at] &= joint.group() in "$£€#"
        starts[at + 1] = ends[at + 1] = False
        ends[at] &= joint.group() in "'’$£€#"
    return starts, ends


def _candidates(text: str, window: Window) -> list[Span]:
    starts = np.where(window.may_start, window.start_logits, -np.inf)
    ends = np.where(window.may_end, window.end_logits, -np.inf)
    # Row i is about the tokens i to i + MAX_TOKENS - 1: the length limit by shape.
    leaves = _ahead(window.sentences, -1) != window.sentences[:, None]
    scores = np.where(leaves, -np.inf, starts[:, None] + _ahead(ends, -np.inf))
    flat = scores.ravel()
    # Twice as many as are kept, since trimming makes some of them the same.
    pool = np.argsort(-flat, kind="stable")[: 2 * TOP_SPANS]
    spans = []
    for at in pool[np.isfinite(flat[pool])]:
        first, length = divmod(int(at), MAX_TOKENS)
        start, end = _trimmed(
            text, int(window.offsets[first, 0]), int(window.offsets[first + length, 1])
        )
        if start < end:
            spans.append(Span(start, end, float(flat[at]), window.null_score))
    return spans


def _ahead(values: NDArray[Any], beyond: float) -> NDArray[Any]:
    """The values from each place on, (T, MAX_TOKENS), with ``beyond`` past the end."""
    padded = np.concatenate([values, np.full(MAX_TOKENS - 1, beyond, dtype=values.dtype)])
    return np.lib.stride_tricks.sliding_window_view(padded, MAX_TOKENS)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The offsets without quotes, brackets and punctuation that hang at the edges.

    Nor "in", "on" or "at" before the rest: what was asked for is the time or place.
    """
    for hanging in (_LEADING, _PREPOSITION):
        lead = hanging.match(text[start:end])
        if lead:
            start += lead.end()
    while start < end:
        words = text[start:end]
        tail = _TRAILING.search(words)
        if tail and tail.start() < len(words):
            end = start + tail.start()
        elif _hangs(words):
            end -= 1
        else:
            break
    if text[end : end + 1] == "." and _ABBREVIATION.search(text[start : end + 1]):
        end += 1
    return start, end


def _hangs(words: str) -> bool:
    """Whether the last character is a full stop or closing bracket that belongs to no word."""
    if words.endswith("."):
        return not _ABBREVIATION.search(words)
    return words.endswith((")", "]")) and "(" not in words and "[" not in words
