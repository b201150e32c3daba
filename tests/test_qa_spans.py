import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.spans import MAX_TOKENS, TOP_SPANS, Window, best_spans, edges

TEXT = "Khalil al-Hayya leads the group's bureau in the city of Doha now"


def window(start, end, text=TEXT, may_start=None, may_end=None, sentences=None):
    """A window whose token 0 is the null position and whose other tokens are the words."""
    offsets, at = [(0, 0)], 0
    for word in text.split():
        at = text.index(word, at)
        offsets.append((at, at + len(word)))
        at += len(word)
    words = np.array([False] + [True] * (len(offsets) - 1))
    return Window(
        np.array(start, dtype=np.float32),
        np.array(end, dtype=np.float32),
        np.array(offsets),
        words if may_start is None else np.array(may_start),
        words if may_end is None else np.array(may_end),
        np.zeros(len(offsets), dtype=int) if sentences is None else np.array(sentences),
    )


def logits(size, **peaks):
    values = [-5.0] * size
    for at, value in peaks.items():
        values[int(at[1:])] = value
    return values


SIZE = len(TEXT.split()) + 1


def test_the_best_start_and_end_mark_the_answer():
    (best, *_) = best_spans(TEXT, [window(logits(SIZE, _1=4.0), logits(SIZE, _2=3.0))])
    assert TEXT[best.start : best.end] == "Khalil al-Hayya"
    assert best.score == pytest.approx(7.0)
    assert best.null_score == pytest.approx(-10.0)
    assert best.margin == pytest.approx(17.0)


def test_an_end_before_its_start_is_never_a_span():
    for span in best_spans(TEXT, [window(logits(SIZE, _9=9.0), logits(SIZE, _2=9.0))]):
        assert span.start < span.end


def test_no_span_comes_twice_and_they_come_best_first():
    rng = np.random.default_rng(3)
    one, two = (window(rng.normal(size=SIZE), rng.normal(size=SIZE)) for _ in range(2))
    spans = best_spans(TEXT, [one, two, one])
    assert 1 < len(spans) <= TOP_SPANS
    assert len({(span.start, span.end) for span in spans}) == len(spans)
    assert [span.margin for span in spans] == sorted((s.margin for s in spans), reverse=True)


def test_a_span_may_not_begin_or_end_outside_the_words_of_the_passage():
    inside = [False] * 5 + [True] * (SIZE - 5)
    (best, *_) = best_spans(
        TEXT, [window(logits(SIZE, _1=9.0), logits(SIZE, _2=9.0), TEXT, inside, inside)]
    )
    assert best.start >= TEXT.index("group's")


def test_no_span_is_longer_than_the_limit():
    text = " ".join(f"w{number}" for number in range(3 * MAX_TOKENS))
    size = 3 * MAX_TOKENS + 1
    spans = best_spans(text, [window(logits(size, _1=9.0), logits(size, _80=9.0), text)])
    assert all(len(text[span.start : span.end].split()) <= MAX_TOKENS for span in spans)


def test_a_span_does_not_leave_its_sentence():
    numbers = [0] * 6 + [1] * (SIZE - 6)
    tempting = window(logits(SIZE, _4=9.0), logits(SIZE, _8=9.0), sentences=numbers)
    edge = tempting.offsets[6, 0]
    for span in best_spans(TEXT, [tempting]):
        assert span.end <= edge or span.start >= edge


def test_the_better_of_two_windows_over_the_same_words_is_kept():
    weak = window(logits(SIZE, _1=1.0), logits(SIZE, _2=1.0))
    strong = window(logits(SIZE, _1=3.0), logits(SIZE, _2=3.0))
    for order in ([weak, strong], [strong, weak]):
        best = best_spans(TEXT, order)[0]
        assert best.score == pytest.approx(6.0)


def test_nothing_is_found_where_nothing_may_be_marked():
    nowhere = [False] * SIZE
    assert best_spans(TEXT, [window([1.0] * SIZE, [1.0] * SIZE, TEXT, nowhere, nowhere)]) == []
    assert best_spans(TEXT, []) == []


@pytest.mark.parametrize(
    ("marked", "kept"),
    [
        ("“Khalil al-Hayya,”", "Khalil al-Hayya"),
        ('"Doha".', "Doha"),
        ("(2012)", "2012"),
        ("the U.S.", "the U.S."),
        ("in Doha.", "Doha"),
        ("at 9 a.m.", "9 a.m."),
        ("“in the spring of 2028”", "the spring of 2028"),
        ("at least 40", "at least 40"),
        ("in total", "in total"),
        ("On the Waterfront", "On the Waterfront"),
        ("into Doha", "into Doha"),
        ("Acme Inc.", "Acme Inc."),
        ("Doha (Qatar)", "Doha (Qatar)"),
        ("$4.5 million", "$4.5 million"),
        ("Doha —", "Doha"),
    ],
)
def test_quotes_and_punctuation_do_not_hang_on_an_answer(marked, kept):
    size = len(marked.split()) + 1
    peaks = {"_1": 5.0}, {f"_{size - 1}": 5.0}
    spans = best_spans(marked, [window(logits(size, **peaks[0]), logits(size, **peaks[1]), marked)])
    assert marked[spans[0].start : spans[0].end] == kept


@pytest.mark.parametrize(
    ("text", "whole", "cut"),
    [
        ("by al-Hayya now", "al-Hayya", ["al", "Hayya"]),
        ("at 10:21 p.m. local", "10:21 p.m", ["21 p.m", "10"]),
        ("paid $4.5 million", "$4.5 million", ["4.5 million", "5 million", "$4"]),
        ("the U.S. said", "U.S.", ["S.", "U"]),
        ("in 1,200 homes", "1,200", ["1", "200"]),
        ("Hezbollah's chief", "Hezbollah", ["s chief"]),
        ("a 12-page plan", "12-page plan", ["page plan"]),
    ],
)
def test_what_is_written_as_one_is_not_cut(text, whole, cut):
    starts, ends = edges(text)

    def allowed(words):
        at = text.index(words)
        return bool(starts[at] and ends[at + len(words)])

    assert allowed(whole)
    assert not any(allowed(words) for words in cut)


def test_a_full_stop_that_belongs_to_an_abbreviation_is_kept():
    text = "at 9 p.m. on Monday"
    size = len(text.split()) + 1
    shortened = window(logits(size, _2=5.0), logits(size, _3=5.0), text)
    shortened.offsets[3, 1] -= 1
    (best, *_) = best_spans(text, [shortened])
    assert text[best.start : best.end] == "9 p.m."


@given(st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_the_best_span_is_the_one_that_trying_them_all_finds(words, seed):
    rng = np.random.default_rng(seed)
    text = " ".join(f"w{number}" for number in range(words))
    start, end = rng.normal(size=(2, words + 1)).astype(np.float32)
    may_start, may_end = rng.random((2, words + 1)) < 0.7
    may_start[0] = may_end[0] = False
    scores = [
        float(start[i] + end[j])
        for i in range(words + 1)
        for j in range(i, min(i + MAX_TOKENS, words + 1))
        if may_start[i] and may_end[j]
    ]
    spans = best_spans(text, [window(start, end, text, may_start, may_end)])
    assert bool(spans) == bool(scores)
    if scores:
        assert spans[0].score == pytest.approx(max(scores), abs=1e-5)
