"""``Example`` → ``Reading``: a window of whole sentences, as long as the passages read at use.

Short windows cost little and are what the reader will meet (see ``index.passages``). What is drawn
comes from the given ``Random``, so a run can be repeated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from index.passages import sentences
from qa.reader import TITLE_CHARACTERS
from qa.train.pairs import Example, may_say
from qa.train.recipe import Windows

CHARACTERS_A_WORD = 6
PAST_TARGET = 1.2  # a window takes no sentence that carries it further, as passages do not

Offsets = tuple[int, int]

_MARKS = re.compile(r"[^\w\s'’.,$€£%&/-]|[.,](?=\s|$)")


@dataclass(frozen=True, slots=True)
class Reading:
    """One window to read: ``text[start:end]`` of ``answer`` is the answer; None: it has none."""

    question: str
    title: str
    text: str
    answer: Offsets | None


def drawn_length(how: Windows, random: Random) -> int:
    """How many characters a window is to have, about."""
    return CHARACTERS_A_WORD * random.randint(*how.words)


def answering(example: Example, length: int, how: Windows, random: Random) -> Reading:
    """A window of the context that holds one of its answers, drawn at random, as a whole."""
    answer = random.choice(example.answers)
    start, end = _window(example.context, answer, length, random)
    return _reading(example, start, end, (answer[0] - start, answer[1] - start), how, random)


def elsewhere(example: Example, length: int, how: Windows, random: Random) -> Reading:
    """A window anywhere in the context of an example without answers."""
    at = random.randrange(max(1, len(example.context)))
    start, end = _window(example.context, (at, at + 1), length, random)
    return _reading(example, start, end, None, how, random)


def near_miss(example: Example, length: int, how: Windows, random: Random) -> Reading | None:
    """A window of the context less the sentences that hold an answer, round where one stood.

    None where other sentences may say an answer too, or there are none.
    """
    whole = list(sentences(example.context))
    kept = [one for one in whole if not any(_touch(one, answer) for answer in example.answers)]
    rest, gap, after = "", 0, 0
    first = min(start for start, _ in example.answers)
    for start, end in kept:
        # Lines stay lines: whatever stood between two sentences, the gap left out, is kept.
        between = "\n" if "\n" in example.context[after:start] else " "
        rest += (between if rest else "") + example.context[start:end]
        after = end
        gap = len(rest) if end <= first else gap
    if not rest or may_say(rest, example.texts):
        return None
    at = min(max(0, gap - 1), len(rest) - 1)
    start, end = _window(rest, (at, at + 1), length, random)
    return _reading(example, start, end, None, how, random, rest)


def plain(question: str) -> str:
    """``question`` as people type it into a search box: small letters, no marks.

    >>> plain("Who is the U.S. envoy, and since when?")
    'who is the u.s envoy and since when'
    """
    return " ".join(_MARKS.sub(" ", question).lower().split())


def _reading(
    example: Example,
    start: int,
    end: int,
    answer: Offsets | None,
    how: Windows,
    random: Random,
    text: str | None = None,
) -> Reading:
    text = example.context if text is None else text
    question = plain(example.question) if random.random() < how.plain_questions else ""
    title = _title(example, text[start:end]) if random.random() < how.titles else ""
    return Reading(question or example.question, title, text[start:end], answer)


def _title(example: Example, window: str) -> str:
    """The title of the example's document, or else how its context begins."""
    title = example.title or next(
        (example.context[start:end] for start, end in sentences(example.context)), ""
    )
    title = title[:TITLE_CHARACTERS]
    return "" if title in window else title


def _window(text: str, around: Offsets, length: int, random: Random) -> Offsets:
    """Offsets of whole sentences: those that ``around`` touches, and more up to about ``length``.

    They are added on either side, drawn at random.
    """
    whole = list(sentences(text))
    touched = [at for at, sentence in enumerate(whole) if _touch(sentence, around)]
    if not touched:  # white space between two sentences
        touched = [_nearest(whole, around[0])] if whole else []
    if not touched:
        return 0, len(text)
    first, last = touched[0], touched[-1]
    while True:
        start, end = whole[first][0], whole[last][1]
        sides = []
        if end - start < length:
            if first > 0 and end - whole[first - 1][0] <= PAST_TARGET * length:
                sides.append(-1)
            if last + 1 < len(whole) and whole[last + 1][1] - start <= PAST_TARGET * length:
                sides.append(1)
        if not sides:
            # An answer may begin or end in what its sentence is stripped of.
            return min(start, around[0]), max(end, around[1])
        if random.choice(sides) < 0:
            first -= 1
        else:
            last += 1


def _touch(one: Offsets, other: Offsets) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _nearest(whole: Sequence[Offsets], at: int) -> int:
    return min(range(len(whole)), key=lambda number: abs(whole[number][0] - at))
