"""The number that an answer gives, what it counts, and whether two such numbers may be one.

>>> figure("$1.9 billion", " in shares")
Figure(value=1900000000.0, unit=frozenset({'$'}))
>>> differs(figure("84", " firefighters"), figure("about 100", " firefighters"))
True
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from index.telling import STEM

ONE_THING = 2.0  # numbers further apart than this factor count different things
ONE_EVENT = 120.0  # minutes; so do times of day further apart than these

_CLOCK_UNIT = frozenset({"o'clock"})

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
_TEENS = "fifteen sixteen seventeen eighteen nineteen"
_WORDS = {word: value for value, word in enumerate((_UNITS + _TEENS).split())}
_WORDS |= {
    word: 10 * value
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SHORT_SCALES = {"m": 1e6, "bn": 1e9}  # of money; "5 m" alone is a length
_CLOCK = re.compile(r"\b(\d\d?)(?:[:.](\d\d))? ?([ap])\.?m\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?P<currency>[$£€¥])? ?(?<!\d[-–])\b(?!one of\b)"
    rf"(?P<value>\d[\d,]*(?:\.\d+)?|(?:{'|'.join(_WORDS)})\b)"
    rf"(?:[ -]?(?P<scale>{'|'.join([*_SCALES, *_SHORT_SCALES])})\b)?(?![-–]\d)",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"%|[^\W\d_]+")
_PAUSE = re.compile(r"[^\w\s%-]")
# Where what is counted ends: "11 were hurt" counts what the words before have named.
_NO_UNIT = frozenset(
    "a about after against an and are as at be because before but by for from had has have if in "
    "is it less more not of on or over since than that the there they this to was were when "
    "which while who with".split()
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and the beginnings of the words that say what it counts, if any.

    A time of day is a number of minutes.
    """

    value: float
    unit: frozenset[str]


def figure(answer: str, following: str = "") -> Figure | None:
    """The first number of ``answer``; ``following`` are the words that stand after the answer."""
    clock = _CLOCK.search(answer)
    if clock:
        hours = int(clock[1]) % 12 + 12 * (clock[3] in "pP")
        return Figure(60.0 * hours + int(clock[2] or 0), _CLOCK_UNIT)
    found = _NUMBER.search(answer)
    if not found:
        return None
    written = found["value"].lower().replace(",", "")
    value = float(_WORDS.get(written, written))
    scale = (found["scale"] or "").lower()
    if found["currency"]:
        value *= (_SCALES | _SHORT_SCALES).get(scale, 1.0)
        return Figure(value, frozenset({found["currency"]}))
    rest = answer[found.end() :]
    return Figure(value * _SCALES.get(scale, 1.0), _unit(rest if rest.strip() else following))


def differs(one: Figure, two: Figure) -> bool:
    """Whether two figures tell of one thing and cannot both be right.

    They may count the same (one of them need not say what), are of one size, and neither is the
    other one rounded: "2 million" is no other figure than "2.1 million".
    """
    less, more = sorted((one.value, two.value))
    if _CLOCK_UNIT in (one.unit, two.unit):
        return one.unit == two.unit and 0 < more - less <= ONE_EVENT
    if not one.unit & two.unit and bool(one.unit) == bool(two.unit):
        return False
    return less < more <= ONE_THING * less and not (_rounds(less, more) or _rounds(more, less))


def _unit(text: str) -> frozenset[str]:
    """The beginnings of the up to three words that follow a number, up to a pause."""
    words: list[str] = []
    before_pause = _PAUSE.split(text.replace("per cent", "percent"))[0]
    for word in _COUNTED.findall(before_pause)[:3]:
        if word.lower() in _NO_UNIT:
            break
        words.append("perce" if word == "%" else word.lower()[:STEM])
    return frozenset(words)


def _rounds(rounded: float, value: float) -> bool:
    """Whether ``rounded`` is ``value`` with fewer digits. Small numbers are not rounded."""
    if rounded < 100 or value < 100:
        return False
    digits = len(f"{rounded:.10g}".partition("e")[0].replace(".", "").strip("0"))
    step = 10.0 ** (math.floor(math.log10(value)) + 1 - digits)
    return math.isclose(math.floor(value / step + 0.5) * step, rounded)
