"""What questions are limited to, as a browser says it."""

from __future__ import annotations

import pytest

from index.errors import UsageError
from index.records import Filters
from qa.chat import limits
from tests.pieces import HOSTILE, Page, assert_harmless


def test_what_is_chosen_becomes_filters() -> None:
    assert limits.chosen(["Echo", "Quay"], ["Quay", "Nobody"], "2022-10-01", "") == Filters(
        "2022-10-01", "", ("Quay",)
    )
    assert not limits.chosen([], [])


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("2022-10-02", "2022-10-01", "first day is after the last"),
        ("yesterday", "", "“yesterday” is no date"),
        ("", "2022-02-30", "is no date"),
        ("", HOSTILE * 100, "is no date"),
    ],
)
def test_days_that_cannot_be_are_refused(since: str, until: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        limits.chosen([], [], since, until)
    assert len(str(caught.value)) < 200


def test_the_form_shows_what_is_chosen_and_what_is_wrong() -> None:
    filters = Filters("2022-10-01", "", ("Quay",))
    page = Page(limits.form(["Echo", "Quay"], filters))
    inputs = [attrs for tag, attrs in page.elements if tag == "input"]
    assert [one["value"] for one in inputs if "checked" in one] == ["Quay"]
    assert [one["value"] for one in inputs if one["type"] == "date"] == ["2022-10-01", ""]
    assert "Only articles of Quay, since 1 October 2022" in page.text
    assert len(page.doing("clear")) == 1
    assert not any("open" in attrs for _, attrs in page.elements)
    wrong = Page(limits.form([], Filters(), "Not like that."))
    assert "Not like that." in wrong.text
    assert any("open" in attrs for _, attrs in wrong.elements)
    assert wrong.doing("clear") == []


def test_of_very_many_sources_the_first_are_listed() -> None:
    page = Page(limits.form([f"Source {n:03}" for n in range(1_000)], Filters()))
    assert "The first 300 of 1,000 sources." in page.text
    assert len(page.elements) < 1_000


def test_hostile_sources_stay_text() -> None:
    assert_harmless(limits.form([HOSTILE], Filters(sources=(HOSTILE,)), HOSTILE))
