"""Which articles a person limits their questions to: the form for it, and what came out of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from index.errors import UsageError
from index.records import Filters
from qa import strings
from qa.markup import escaped, limits

MOST_SOURCES = 300  # in the form; more would be a page of their own


def chosen(
    there: Collection[str], sources: Sequence[str], since: str = "", until: str = ""
) -> Filters:
    """The filters that a form asks for; of its ``sources`` only those that are ``there``.

    Raises:
        UsageError: a date is no ISO day, or the first day is after the last.
    """
    first, last = _day(since), _day(until)
    if first and last and first > last:
        raise UsageError(strings.DAYS_SWAPPED)
    known = frozenset(sources) & frozenset(there)
    return Filters(first, last, tuple(sorted(known)))


def form(there: Sequence[str], filters: Filters, wrong: str = "") -> str:
    """The fold with the form, and what questions are limited to; ``wrong`` is said in it."""
    boxes = "".join(
        f'<label><input type="checkbox" name="source" value="{escaped(source)}"'
        f"{' checked' if source in filters.sources else ''}><bdi>{escaped(source)}</bdi></label>"
        for source in there[:MOST_SOURCES]
    )
    if len(there) > MOST_SOURCES:
        boxes += f"<p>{strings.first_sources(MOST_SOURCES, len(there))}</p>"
    days = "".join(
        f'<label>{label}<input type="date" name="{name}" value="{escaped(day)}"></label>'
        for label, name, day in (
            (strings.FROM_DAY, "since", filters.since),
            (strings.TO_DAY, "until", filters.until),
        )
    )
    told = f'<p class="notice" role="alert">{escaped(wrong)}</p>' if wrong else ""
    return (
        f'<details class="limits"{" open" if wrong else ""}>'
        f"<summary>{strings.SOURCES_AND_DATES}</summary>"
        f'<form data-do="input"><fieldset><legend>{strings.SOURCES}</legend>'
        f'<div class="sources">{boxes or strings.NO_SOURCES}</div></fieldset>'
        f'<div class="days">{days}</div>{told}'
        f'<button type="submit" class="key">{strings.APPLY}</button>'
        f'<button type="button" data-do="close">{strings.CANCEL}</button></form></details>'
        f"{line(filters)}"
    )


def line(filters: Filters) -> str:
    """What there is a limit to, with a button to lift it; nothing where there is none."""
    if not filters:
        return ""
    button = f'<button type="button" data-do="clear">{strings.CLEAR}</button>'
    return f'<p class="limited"><span>{limits(filters)}</span> {button}</p>'


def _day(written: str) -> str:
    try:
        return date.fromisoformat(written).isoformat() if written else ""
    except ValueError:
        raise UsageError(strings.no_date(written)) from None
