"""Dates as people and machines write them → ISO 8601."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

_MAX_CHARS = 100
_FIRST_YEAR = 1600  # Before the first newspaper: "0001-01-01" and its like stand for "unknown".
_CLOCK = re.compile(r"\d:\d\d|\d ?[ap]\.?m\b", re.IGNORECASE)
_MONTH = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
# Seconds or milliseconds since 1970; fewer digits may be a date such as 20221018.
_EPOCH = re.compile(r"(\d{9,10}|\d{13})(\.\d+)?")


@lru_cache(maxsize=4096)
def iso_date(value: str) -> str:
    """Return ``value`` as "YYYY-MM-DD", or "YYYY-MM-DDTHH:MM:SS+01:00" if it tells the time.

    Understands ISO 8601, seconds or milliseconds since 1970, e-mail dates and English such as
    "October 18, 2022". A time keeps its own zone, so that its day is the paper's: what New York
    printed on Tuesday evening is Tuesday's. Without a zone it counts as UTC. Anything else is
    unknown: "".

    >>> iso_date("Tue, 18 Oct 2022 21:30:00 -0400")
    '2022-10-18T21:30:00-04:00'
    """
    value = " ".join(value.split())
    if not value or len(value) > _MAX_CHARS:
        return ""
    for parse in (_epoch, date.fromisoformat, _iso_moment, parsedate_to_datetime, _english):
        try:
            found = parse(value)
            if isinstance(found, datetime):
                found = found.replace(tzinfo=found.tzinfo or UTC, microsecond=0)
        except (ValueError, TypeError, IndexError, OverflowError, OSError):
            continue
        return found.isoformat() if found.year >= _FIRST_YEAR else ""
    return ""


def _epoch(value: str) -> datetime:
    match = _EPOCH.fullmatch(value)
    if not match:
        raise ValueError(value)
    return datetime.fromtimestamp(float(value) / (1000 if len(match[1]) == 13 else 1), UTC)


def _iso_moment(value: str) -> date:
    moment = datetime.fromisoformat(value.replace("/", "-"))
    return moment if _CLOCK.search(value) or "T" in value else moment.date()


def _english(value: str) -> date:
    # Without a month's name, 3/4/2022 is two different days: better no date than a wrong one.
    if not _MONTH.search(value):
        raise ValueError(value)
    import dateparser

    moment: datetime | None = dateparser.parse(
        value,
        languages=["en"],
        settings={
            "PARSERS": ["absolute-time"],
            "REQUIRE_PARTS": ["day", "month", "year"],
        },
    )
    if moment is None:
        raise ValueError(value)
    return moment if _CLOCK.search(value) else moment.date()


@lru_cache(maxsize=4096)
def dated(phrase: str, seen_from: date, prefer: str) -> str:
    """The day, month or year that a short English ``phrase`` means, as seen from a day.

    ``prefer`` is "past" or "future": which "Monday", "Oct. 19" or "September" is meant. The answer
    is as exact as the phrase: "2022-10-19", "2022-09" or "2021". Weeks are told by their month, and
    not at all where they may lie in two. "" for what is no date.

    >>> dated("two months ago", date(2022, 10, 19), "past")
    '2022-08'
    """
    from dateparser.date import DateDataParser

    base = datetime(seen_from.year, seen_from.month, seen_from.day)
    parser = DateDataParser(
        languages=["en"], settings={"RELATIVE_BASE": base, "PREFER_DATES_FROM": prefer}
    )
    found = parser.get_date_data(phrase)
    if found.date_obj is None:
        return ""
    day = found.date_obj.date()
    if found.period == "week":
        near = {(day + timedelta(days=days)).isoformat()[:7] for days in (-3, 3)}
        return near.pop() if len(near) == 1 else ""
    exact: str = day.isoformat()
    return exact[: {"year": 4, "month": 7}.get(found.period, 10)]
