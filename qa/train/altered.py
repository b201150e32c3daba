"""A window that answers a question → the same window, asked something that it does not answer.

A name or a figure that the question shares with the window becomes another one, so the window still
looks like an answer: "Who is the head coach of Real Madrid?" of the words about another club. Few
of the passages that a search finds are as like it. Questions that people changed so are the hard
ones of SQuAD 2.0 (Rajpurkar et al. 2018, arXiv:1806.03822); changing them by rule follows Jia and
Liang (2017, arXiv:1707.07328).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from random import Random

from index.telling import tells
from qa.train.pairs import Example
from qa.train.windows import Offsets, Reading

FROM_WINDOW = 0.5  # share of the names put in that are others of the window: "same people"
TRIES = 8  # names drawn before a question is left as it is

Kind = tuple[bool, int]  # whether it is a figure, and its words but one

_WORD = r"[A-Z][\w'’&-]*"
# Words with a capital, one after another, but for those that begin a sentence; or a figure.
_NAME = re.compile(rf"(?<!^)(?<![.?!:\"“] )(?<!\n)\b{_WORD}(?: {_WORD})*|\b\d(?:[\d.,]*\d)?[\w-]*")
_BEFORE = re.compile(r"(\w+)\W*$")


class Altering:
    """Alters questions, with names of the questions of ``examples`` to put in.

    A name takes the place of one with as many words, and a figure that of a figure. What is not of
    the window stood after the same word, which mostly makes it one of the same kind: "of Tresk" is
    not made "of Ann".
    """

    def __init__(self, examples: Iterable[Example]) -> None:
        names: dict[tuple[str, Kind], dict[str, None]] = defaultdict(dict)
        for example in examples:
            for start, end in shared_names(example.question, example.context):
                name = example.question[start:end]
                names[_word_before(example.question, start), _kind(name)][name] = None
        self._names = {place: tuple(some) for place, some in names.items()}

    def altered(self, reading: Reading, random: Random) -> Reading | None:
        """``reading`` with one name of its question altered, and no answer.

        None where question and window share no name, or no other fits in its place.
        """
        asked = reading.question
        shared = list(shared_names(asked, reading.text))
        if not shared or reading.answer is None:
            return None
        start, end = random.choice(shared)
        kind, held = _kind(asked[start:end]), asked.casefold()
        others: Sequence[str] = ()
        if random.random() < FROM_WINDOW:
            first, after = reading.answer
            # Less its answer, which would make the question ask for itself.
            rest = f"{reading.text[:first]}\n{reading.text[after:]}"
            others = [name for name in dict.fromkeys(_names(rest)) if _kind(name) == kind]
        if not others:
            others = self._names.get((_word_before(asked, start), kind), ())
            held += f" {reading.title} {reading.text}".casefold()
        for other in random.sample(others, min(TRIES, len(others))):
            if other.casefold() not in held:
                name = other.lower() if asked[start:end].islower() else other
                return replace(reading, question=f"{asked[:start]}{name}{asked[end:]}", answer=None)
        return None


def shared_names(question: str, text: str) -> Iterator[Offsets]:
    """Where ``question`` has names and figures of ``text``; one in small letters has them so too.

    >>> asked = "who led tresk united in 2012?"
    >>> [asked[start:end] for start, end in shared_names(asked, "In May 2012 Tresk United won.")]
    ['tresk united', '2012']
    """
    small = question.islower()
    # Longest first, so that no part of a name is taken for it.
    names = sorted(
        {name.lower() if small else name for name in _names(text)}, key=lambda one: (-len(one), one)
    )
    taken: list[Offsets] = []
    for name in (one for one in names if one in question):
        for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", question):
            if all(found.end() <= start or end <= found.start() for start, end in taken):
                taken.append(found.span())
    yield from sorted(taken)


@lru_cache(maxsize=1)  # questions about one text come one after another
def _names(text: str) -> tuple[str, ...]:
    found = (one[0].removesuffix("'s").removesuffix("’s") for one in _NAME.finditer(text))
    return tuple(name for name in found if tells(name))


def _kind(name: str) -> Kind:
    return name[0].isdigit(), name.count(" ")


def _word_before(question: str, start: int) -> str:
    before = _BEFORE.search(question[:start])
    return before[1].lower() if before else ""
