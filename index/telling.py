"""The words of a question that say what it is about.

>>> telling_words("Who brokered the reconciliation with Assad?")
['brokered', 'reconciliation', 'assad']
>>> coverage("Who brokered the reconciliation?", "Iran was the broker.")
0.5
"""

from __future__ import annotations

import re

MOST = 48  # of a question; more add cost and no precision
STEM = 5  # letters that two forms of a word share: brokered, brokers

_WORD = re.compile(r"\w+")
# Words that say what kind of question it is.
_STOP = frozenset(
    "a an and are as at be been being but by can could did do does for from had has have he her "
    "his how i if in into is it its many me much my of on or our she so that the their them then "
    "there they this to us was we were what when where which who whom whose why will with would "
    "you your".split()
)


def telling_words(question: str) -> list[str]:
    """The distinct words of ``question``, in lower case, without those that all questions share.

    All of its words where it has no others, and none where it has no words.
    """
    words = list(dict.fromkeys(word.lower() for word in _WORD.findall(question)))
    return (_telling(words) or words)[:MOST]


def _telling(words: list[str]) -> list[str]:
    return [word for word in words if word not in _STOP]


def tells(text: str) -> bool:
    """Whether ``text`` has a telling word, as "The" has not."""
    return bool(_telling(telling_words(text)))


def coverage(question: str, text: str) -> float:
    """The part, from 0 to 1, of the question's telling words that ``text`` holds in some form.

    It is 1 for a question without such words, like "And when?".
    """
    asked = {word[:STEM] for word in _telling(telling_words(question))}
    held = {word[:STEM] for word in map(str.lower, _WORD.findall(text))}
    return len(asked & held) / len(asked) if asked else 1.0
