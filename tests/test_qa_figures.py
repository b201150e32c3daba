import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.figures import Figure, differs, figure


@pytest.mark.parametrize(
    ("answer", "following", "value", "unit"),
    [
        ("84", " firefighters with 14 engines", 84, {"firef"}),
        ("At least three people", "", 3, {"peopl"}),
        ("two and not three", ", the authorities said", 2, set()),
        ("nine thousand", " books in crates", 9000, {"books"}),
        ("12,500-seat", " stadium", 12500, {"seat"}),
        ("46 million", " florins. It", 46e6, {"flori"}),
        ("$1.9 billion", " in shares", 1.9e9, {"$"}),
        ("£2.9m", "", 2.9e6, {"£"}),
        ("5 m", "", 5, set()),
        ("60 per cent", "", 60, {"perce"}),
        ("40%", " of it", 40, {"perce"}),
        ("18,412", " at Corran Park", 18412, set()),
        ("31,000 of the 41,000 volumes", "", 31000, set()),
        ("5:40 a.m.", "", 340, {"o'clock"}),
        ("at about 12.05 pm", "", 725, {"o'clock"}),
        ("11 p.m.", "", 1380, {"o'clock"}),
    ],
)
def test_a_number_is_read_with_what_it_counts(answer, following, value, unit):
    assert figure(answer, following) == Figure(value, frozenset(unit))


@pytest.mark.parametrize("answer", ["", "Ada Quell", "one of the piers", "3-2", "3–2", "someone"])
def test_what_is_no_number_is_none(answer):
    assert figure(answer) is None


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("14 dead", "17 dead"),
        ("two and not three", "three people"),
        ("84 firefighters", "About 100 firefighters"),
        ("$1.9 billion", "$1.84 billion"),
        ("28,600 volumes", "31,000 of the 41,000"),
        ("10 people", "12 people"),
        ("5:40 a.m.", "5:52 a.m."),
        ("32 minutes", "33 minutes"),
    ],
)
def test_numbers_that_count_the_same_differ(one, two):
    assert differs(figure(one), figure(two))
    assert differs(figure(two), figure(one))


@pytest.mark.parametrize(
    ("one", "two", "why"),
    [
        ("14 dead", "14 dead", "the same"),
        ("$787.5M", "$787.5 million", "the same, written otherwise"),
        ("2 million crowns", "2.1 million crowns", "rounded"),
        ("about $330 million", "roughly $325 million", "rounded"),
        ("more than 4,000 people", "4,215 people", "rounded"),
        ("three people", "11 trams", "counts something else"),
        ("46 million florins", "$52 million", "counts something else"),
        ("9 million florins", "190 million florins", "of another size"),
        ("0 people", "3 people", "of another size"),
        ("14", "17", "neither says what it counts"),
        ("9 a.m.", "5 p.m.", "another event"),
        ("5:40 a.m.", "345 people", "no time of day"),
    ],
)
def test_numbers_that_may_both_be_right_do_not_differ(one, two, why):
    assert not differs(figure(one), figure(two)), why
    assert not differs(figure(two), figure(one)), why


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_survived(one, two):
    first, second = figure(one, two), figure(two)
    if first and second:
        assert differs(first, second) == differs(second, first)
        assert not differs(first, first)


def test_a_number_too_long_to_be_one_is_survived():
    assert not differs(figure("9" * 400 + " people"), figure("8" * 400 + " people"))
