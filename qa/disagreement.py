"""Where independent articles answer one question differently: "14 dead" against "17 dead".

A false alarm is worse than a silence here, so the rule is strict. An answer rivals the best where

1. each of the two is what its own article says foremost, with some sureness were it the only one;
2. the articles tell one story, since they share a fifth of their names, and none copies the other;
3. both are figures of one size that count the same, times as exact and near each other, or names
   with no word in common where the question is who someone is, and no article tells of both;
4. the sentences that hold them speak of the question alike: together with its title, each holds
   two fifths of the question's words, half of them the same, and at least one of them itself.

So "two dead" rivals "three dead", but "45 florins a day" does not rival "61,000 florins a year".

With an earlier reader it raised one false alarm on 813 questions, 540 of them of a news quiz over
other articles. Of 35 about what the sample articles tell differently it found six.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from index.records import Article
from index.telling import STEM, telling_words
from qa import copies
from qa.agreement import Candidate, Group, distinct, same_words
from qa.answers import Citation
from qa.figures import Figure, differs, figure
from qa.resolved import moment, tells_time

SURE_ALONE = 0.4  # the least confidence in what an article says, were it the only one
ONE_STORY = 0.2  # the part of two articles' names that both hold
SPOKEN_OF = 0.4  # the part of the question's words that sentence and title hold
ALIKE = 0.5  # the part of those words that both hold
LONGEST = 8  # words of an answer that is a figure, a time or a name and little else

# How many days, months or years apart two times may be and still be of one event.
_NEAR = {len("2022-10-19"): 7, len("2022-10"): 3, len("2022"): 2}
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'’-]+")  # a capital that begins no sentence
_ASKS_WHO = re.compile(r"\bwho(?:['’]s| is| was| are| were| will be| became)\b", re.IGNORECASE)
_GOES_BEFORE = re.compile(r"\d \w+,? (?:and )?$")  # "11 hours and" before "23 minutes"
_WORD = re.compile(r"\w+")


def rivals(
    groups: Sequence[Group],
    best: int,
    candidates: Sequence[Candidate],
    question: str,
    sure: Callable[[Group], float],
) -> list[int]:
    """Where in ``groups`` those are that rival the one at ``best``; most often nowhere.

    ``candidates`` are what the groups were made of. ``sure`` is the confidence in a group.
    """
    quoted = [group.candidates[0].citation for group in groups]
    found: list[int] = []
    for at, one in enumerate(quoted):
        if (
            at != best
            and all(_conflict(one, quoted[other], question) for other in (best, *found))
            and _spoken_of_alike(quoted[best], one, question)
            and _one_story(quoted[best].article, one.article)
            and all(_said_foremost(quoted[side], candidates, sure) for side in (best, at))
        ):
            found.append(at)
    return found


def _said_foremost(
    cited: Citation, candidates: Sequence[Candidate], sure: Callable[[Group], float]
) -> bool:
    """Whether the cited article would say just that, were it the only one, and be sure enough."""
    own = distinct([one for one in candidates if one.hit.article.id == cited.article.id])[0]
    said = own.candidates[0].citation
    overlap = said.start < cited.end and cited.start < said.end
    return (overlap or same_words(said.text, cited.text)) and sure(own) >= SURE_ALONE


def _conflict(one: Citation, two: Citation, question: str) -> bool:
    """Whether two answers of two articles are of one kind and cannot both be right."""
    if max(len(cited.text.split()) for cited in (one, two)) > LONGEST:
        return False
    if tells_time(one.text) or tells_time(two.text):
        return _times_differ(moment(one), moment(two))
    first, second = _figure(one), _figure(two)
    if first or second:
        return bool(first and second and differs(first, second))
    if not (_is_name(one.text) and _is_name(two.text) and _ASKS_WHO.search(question)):
        return False
    if one.text in two.article.text or two.text in one.article.text:
        return False  # who tells of both does not take one for the other
    words = [set(map(str.casefold, _WORD.findall(cited.text))) for cited in (one, two)]
    return not words[0] & words[1]


def _figure(cited: Citation) -> Figure | None:
    text = cited.article.text
    if _GOES_BEFORE.search(text[max(0, cited.start - 40) : cited.start]):
        return None
    return figure(cited.text, text[cited.end : cited.end + 40])


def _times_differ(one: str, two: str) -> bool:
    if one == two or len(one) != len(two) or not one:
        return False
    return abs(_count(one) - _count(two)) <= _NEAR[len(one)]


def _count(moment: str) -> int:
    """The number of a day, month or year, in days, months or years."""
    year, month, day = (int(part) for part in f"{moment}-1-1".split("-")[:3])
    if len(moment) == len("2022-10-19"):
        return date(year, month, day).toordinal()
    return year if len(moment) == len("2022") else 12 * year + month


def _is_name(text: str) -> bool:
    words = [word for word in _WORD.findall(text) if not word[0].isdigit()]
    return bool(words) and 2 * sum(word[0].isupper() for word in words) >= len(words)


def _spoken_of_alike(one: Citation, two: Citation, question: str) -> bool:
    asked = _stems(telling_words(question))
    itself, held = [], []
    for cited in (one, two):
        words = _WORD.findall(cited.sentence_text.lower())
        itself.append(asked & _stems(words))
        held.append(itself[-1] | asked & _stems(_WORD.findall(cited.article.title.lower())))
    return (
        all(itself)
        and min(map(len, held)) >= SPOKEN_OF * len(asked)
        and len(held[0] & held[1]) >= ALIKE * len(held[0] | held[1])
    )


def _stems(words: Sequence[str]) -> set[str]:
    return {word.removesuffix("s")[:STEM] for word in words}


def _one_story(one: Article, two: Article) -> bool:
    """Whether two articles tell of the same events, each in its own words."""
    names = [set(_NAME.findall(article.text[: copies.READ])) for article in (one, two)]
    shared, known = names[0] & names[1], names[0] | names[1]
    if one.id == two.id or len(shared) < ONE_STORY * len(known) or not shared:
        return False
    return copies.part_shared(one.text, two.text) < copies.COPIED
