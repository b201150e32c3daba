"""Where a text says an answer."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"\w+")
_ARTICLES = frozenset({"a", "an", "the"})
_BETWEEN = r"\W+(?:(?:an?|the)\W+)*"


def mentions(text: str, answer: str) -> list[tuple[int, int]]:
    """Half-open character spans of ``text`` that say ``answer``, in order.

    Words are compared whole, without regard to case, punctuation, white space and articles
    ("a", "an", "the"), much as Chen et al. 2017 (arXiv:1704.00051) look for an answer's tokens
    in a passage: "the 19-member board" says "19 member board", and "often" does not say "ten".
    """
    return [match.span() for match in _pattern(answer).finditer(text)]


@lru_cache(maxsize=4096)
def _pattern(answer: str) -> re.Pattern[str]:
    words = _WORD.findall(answer)
    words = [word for word in words if word.lower() not in _ARTICLES] or words
    if not words:
        return re.compile(re.escape(answer.strip()) or r"(?!)")
    said = _BETWEEN.join(re.escape(word) for word in words)
    # "5" is not said by "5.2" or by "1,500".
    return re.compile(rf"(?<!\w)(?<!\d[.,]){said}(?!\w|[.,]\d)", re.IGNORECASE)
