"""The day or month that words such as "Wednesday" or "last month" mean in a dated article.

They are read as news is written. A weekday is the nearest one up to the day of publication, or
from it on where the sentence looks ahead: "will open on Monday". A date without its year, or a
month, is the one plainly nearest, unless the tense speaks against it; where none is near, the tense
decides. What may mean several days, or none that can be told, is left alone: "Mondays", "last
week", "Monday to Friday", "the following Tuesday".

In 9,400 web news articles, where the sentence told the date as well, 92 % of 1,125 weekdays and
98 % of 2,423 dates without a year were read right; a quarter of the weekdays and 6 % of the dates
were left alone.

>>> resolved("Wednesday", "2022-10-18", before="A delegation will travel on ")
'2022-10-19'
>>> resolved("Wednesday", "2022-10-18", before="The bridge fell on ")
'2022-10-12'
>>> resolved("last month", "2022-10-18")
'2022-09'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from index.dates import dated, iso_date
from qa.answers import Citation

LONGEST = 60  # characters of an answer that is a date and little else
PLAINLY_NEARER = 120  # days within which a date without year and tense is taken for that one

_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b)"
)
_NUMBER = r"(?:\d\d?|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_PHRASE = re.compile(
    rf"(?P<date>\b{_MONTH}\.? \d\d?(?:st|nd|rd|th)?\b|\b\d\d?(?:st|nd|rd|th)? {_MONTH})"
    rf"|(?P<named>\b(?:(?:[Ll]ast|[Nn]ext|[Tt]his) )?(?:{_WEEKDAY}|{_MONTH})\b)"
    rf"|(?P<counted>(?i:\b{_NUMBER} (?:day|week|month|year|fortnight)s? ago\b"
    r"|\b(?:last|next|this) (?:month|year)\b|\bthe day (?:before yesterday|after tomorrow)\b"
    r"|\b(?:yesterday|today|tonight|tomorrow)\b))",
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_WITH_YEAR = re.compile(
    rf"(?P<day>{_MONTH}\.? \d\d?,? {_YEAR.pattern}|\d\d? {_MONTH}\.?,? {_YEAR.pattern})"
    rf"|(?P<month>{_MONTH}\.?,? {_YEAR.pattern})|(?P<year>{_YEAR.pattern})"
)
# A day that is one of many, that is told from another event, or that has a name of its own.
_NO_DAY = re.compile(
    rf"\b(?:every|each|most|some|good|black|ash|cyber|super|previous|following|same) {_WEEKDAY}"
    rf"|{_WEEKDAY}(?:s\b| (?:before|after|week\b|of\b))"
    rf"|{_MONTH}\.? (?:of|\d\d?(?:-|–| to | and )\d)",
    re.IGNORECASE,
)
_ONLY_MONTH = re.compile(
    r"(?:(?:in|on|since|until|till|by|from|during|around|about|early|late|mid|the (?:end|start"
    rf"|beginning|middle) of|[Ll]ast|[Tt]his|[Nn]ext)[ -])*{_MONTH}\.?",
    re.IGNORECASE,
)
_PARTICIPLE = (
    r"[a-z]{2,}ed|made|held|sold|paid|led|found|won|lost|left|met|brought|bought|sent|kept|got|shot"
    r"|stood|built|taken|given|chosen|broken|spoken|seen|born|beat|burst|cut|put|quit|shut|spread"
)
_TENSE = re.compile(
    # "will be held" is one verb: its participle does not speak of the past.
    r"(?P<future>\b(?:will|won['’]t|shall|would|due|going to|set to|scheduled"
    r"|(?:is|are|was|were) to|expect(?:s|ed)?|plan(?:s|ned)?|hopes?|aims?|to be)\b"
    r"(?: (?:not|also|be|have|been|\w+ly))*"
    rf"(?: (?:{_PARTICIPLE}))?)"
    r"|(?P<past>\b(?:was|were|had|has|have|did|said|told|took|began|came|went|fell|gave|rose|ran"
    r"|spoke|struck|wrote|drove|broke|became|saw|knew|drew|flew|grew|threw|wore|sank|swore)\b)"
    r"|(?P<maybe_future>\b(?:is|are|can|must|opens?|starts?|begins?|runs?|ends?|closes?|returns?"
    r"|meets?|leaves?|airs?|holds?|faces?|arrives?|takes?|kicks?|hits)\b)"
    rf"|(?P<maybe_past>(?<!\bthe )(?<!\ba )(?<!\ban )\b(?:{_PARTICIPLE})\b)"
)
# "asked for a reply by noon on Friday": what is done by then need not be done.
_LIMIT = re.compile(r"\b(?:by|until|till|through|from|between|for|starting|than)\b[^,;]{0,12}$")


def resolved(phrase: str, published: str, before: str = "", after: str = "") -> str:
    """What ``phrase`` means in an article published on that ISO date: "2022-10-19" or "2022-09".

    ``before`` and ``after`` are the rest of its sentence, which tell whether it looks ahead. ""
    where there is nothing to tell: no date is published, ``phrase`` names its year, or is no single
    day, month or year.
    """
    found = list(_PHRASE.finditer(phrase))
    if not found or len(phrase) > LONGEST or _YEAR.search(phrase) or _NO_DAY.search(phrase):
        return ""
    tense = _tense(before + phrase[: found[0].start()], phrase[found[-1].end() :] + after)
    try:
        day = date.fromisoformat(published[:10])
        if found[-1]["date"]:
            return _date(found, day, tense)
        if len(found) > 1:
            return ""
        if found[0]["counted"]:
            return dated(found[0].group().lower(), day, "past")
        if found[0].group().endswith("day"):
            return _weekday(found[0].group(), day, tense)
        return _month(found[0].group(), day, tense) if _ONLY_MONTH.fullmatch(phrase) else ""
    except (ValueError, OverflowError):  # no date, or one at the end of time
        return ""


def reading(cited: Citation) -> str:
    """What the words of a citation mean, by its sentence and its article's date; see above."""
    if not cited.article.published or not _PHRASE.search(cited.text):
        return ""
    text, (first, last) = cited.article.text, cited.sentence()
    before, after = text[first : cited.start], text[cited.end : last]
    return resolved(cited.text, cited.article.published, before, after)


def tells_time(text: str) -> bool:
    """Whether a day, month or year is named in ``text``, in full or not."""
    return bool(_PHRASE.search(text) or _YEAR.search(text))


def moment(cited: Citation) -> str:
    """What time a citation tells, named with its year or not: "2022-10-19", "2022-10" or "2022"."""
    full = _WITH_YEAR.search(cited.text)
    if not full or full["year"]:
        return full["year"] if full else reading(cited)
    return iso_date(full["day"]) if full["day"] else iso_date(f"1 {full['month']}")[:7]


def _tense(before: str, after: str) -> str:
    """The tense of the verb nearest before a phrase, else of the first after it: or "".

    A participle counts only where it leads to the phrase ("a plan unveiled on Tuesday") or no
    plainer verb stands before it.
    """
    verbs = list(_TENSE.finditer(before))
    if not verbs:
        verbs = list(_TENSE.finditer(after))[:1]
    elif verbs[-1]["maybe_past"] and len(before[verbs[-1].end() :].split()) > 1:
        verbs = [verb for verb in verbs if verb["past"] or verb["future"]] or verbs
    tense = (verbs[-1].lastgroup or "").removeprefix("maybe_") if verbs else ""
    return "" if tense == "past" and _LIMIT.search(before) else tense


def _weekday(name: str, seen_from: date, tense: str) -> str:
    which, weekday = _which(name)
    tense = {"last": "past", "next": "future"}.get(which, tense)
    # "Monday" may be the day of publication itself; "last Monday" and "next Monday" are not.
    step = timedelta(days=0 if which in ("last", "next") else 1)
    if tense == "future":
        return dated(weekday, seen_from - step, "future")
    return dated(weekday, seen_from + step, "past") if tense else ""


def _date(found: Sequence[re.Match[str]], seen_from: date, tense: str) -> str:
    """A date without its year, like "Wednesday, October 19"; it must fall on that weekday."""
    name, day = found[-1].group(), timedelta(days=1)
    behind, ahead = dated(name, seen_from + day, "past"), dated(name, seen_from - day, "future")
    meant = _by_tense(behind, ahead, seen_from, tense)
    weekday = f"{date.fromisoformat(meant):%A}" if meant else ""
    return meant if all(match["named"] == weekday for match in found[:-1]) else ""


def _month(name: str, seen_from: date, tense: str) -> str:
    which, month = _which(name)
    behind = dated(month, seen_from, "past")
    ahead = dated(month, seen_from.replace(day=1) - timedelta(days=1), "future")
    this_year = seen_from.isoformat()[:4]
    if which == "this":
        return behind if behind[:4] == this_year else ahead
    if which == "last":  # in May, "last September"; "last March" may be of this year or the last
        return behind if behind[:4] < this_year else ""
    if which == "next":
        return ahead if ahead[:4] > this_year else ""
    return _by_tense(behind, ahead, seen_from, tense)


def _by_tense(behind: str, ahead: str, seen_from: date, tense: str) -> str:
    """Of the last and the next such day or month, the one that the sentence speaks of."""
    told = {"past": behind, "future": ahead}.get(tense, "")
    days = {found: abs((_first_day(found) - seen_from).days) for found in (behind, ahead) if found}
    nearest = min(days, key=lambda found: days[found], default="")
    if not nearest or days[nearest] > PLAINLY_NEARER:
        return told
    return nearest if told in ("", nearest) else ""


def _which(name: str) -> tuple[str, str]:
    which, _, rest = name.rpartition(" ")
    return which.lower(), rest


def _first_day(found: str) -> date:
    return date.fromisoformat(f"{found}-01"[:10])
