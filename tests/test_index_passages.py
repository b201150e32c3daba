from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.passages import LONGEST_SENTENCE, OVERLAP, TARGET, cut

# What breaks splitters: ends of sentences, white space of every kind, letters of one to four
# bytes, marks that join to the letter before, and long runs without any space.
_ALPHABET = st.one_of(
    st.sampled_from(
        list("abcDE.!?,;:\"')(\n\n\t\r\x0b\x0c\x1c\x85\u00a0\u2028\u3000   0159éßи中。、م؟")
    ),
    st.sampled_from(
        ["\U0001f600", "\U0001f468\u200d\U0001f469", "e\u0301", "\u200b", "\ufeff", "\0"]
    ),
    st.sampled_from(["Dr. No ", "the U.S. ", "end. And ", "word " * 30, "x" * 400, "中" * 300]),
    st.characters(exclude_categories=["Cs"]),
)
_TEXTS = st.lists(_ALPHABET, max_size=60).map("".join)
_SIZES = st.integers(10, 900).flatmap(
    lambda target: st.tuples(st.just(target), st.integers(0, target - 1))
)


def check(text: str, target: int = TARGET, overlap: int = OVERLAP) -> list[tuple[int, int]]:
    """Cut ``text`` and check everything that ``cut`` promises."""
    offsets = list(cut(text, target, overlap))
    covered = 0
    for start, end in offsets:
        assert 0 <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        assert end - start <= max(1.2 * target, LONGEST_SENTENCE)
        assert not text[covered:start].strip()
        covered = max(covered, end)
    assert not text[covered:].strip()
    for (start, end), (next_start, next_end) in pairwise(offsets):
        assert start < next_start
        assert end < next_end
        assert end - next_start <= overlap
    return offsets


@given(_TEXTS)
@example("a\u2028b\x85c\n\n \x1cd")
@example("\ufeff\u200b.\u0301")
def test_passages_cover_the_text_in_order_and_within_bounds(text: str) -> None:
    check(text)


@given(_TEXTS, _SIZES)
def test_other_sizes_keep_the_same_promises(text: str, sizes: tuple[int, int]) -> None:
    check(text, *sizes)


@given(st.lists(st.integers(0, 160), max_size=12))
@example([0, 23, 121])
def test_sentences_of_all_lengths_keep_the_same_promises(lengths: list[int]) -> None:
    check(" ".join(f"It was {'very ' * length}long." for length in lengths))


def test_text_without_words_has_no_passages() -> None:
    assert list(cut("")) == []
    assert list(cut(" \n\t\u3000\n")) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Gen. Smith met Dr. No. 5 of the U.S. on Tuesday.",
        "Sen. J. R. Ortiz paid $1.5 million to St. Mary's, Inc. on Oct. 18.",
        "\u201cWe will go,\u201d said Mr. Qassem of the U.N. mission.",
    ],
)
def test_abbreviations_do_not_end_a_sentence(sentence: str) -> None:
    text = f"{sentence} Then came another one."
    # Passages of one sentence each show where the sentences were seen to end.
    sentences = [text[start:end] for start, end in cut(text, target=1, overlap=0)]
    assert sentences == [sentence, "Then came another one."]


def test_passages_end_with_a_sentence() -> None:
    text = " ".join(f"Sentence {number} tells what the mayor said then." for number in range(60))
    passages = [text[start:end] for start, end in check(text)]
    assert all(passage.startswith("Sentence") and passage.endswith(".") for passage in passages)
    assert all(TARGET * 0.8 < len(passage) < TARGET * 1.2 for passage in passages[:-1])


def test_neighbours_share_a_sentence_or_two() -> None:
    text = " ".join(f"Sentence {number} tells what the mayor said then." for number in range(60))
    for (_, end), (start, _) in pairwise(check(text)):
        assert text[start:end].count("Sentence") == 2


def test_a_sentence_too_long_to_share_is_not_cut_for_it() -> None:
    long = "The " + "very " * 60 + "long road was closed."
    assert OVERLAP < len(long) < TARGET
    text = " ".join([long] * 5)
    for (_, end), (start, _) in pairwise(check(text)):
        assert end < start


def test_a_sentence_is_shared_only_where_the_next_one_fits_beside_it() -> None:
    short, long = "It was " + "very " * 23 + "long.", "It was " + "very " * 121 + "long."
    text = f"Here is one. {short} {long}"
    assert [text[start:end] for start, end in check(text)] == [f"Here is one. {short}", long]


def test_a_sentence_longer_than_a_passage_is_cut_at_a_pause() -> None:
    text = ", ".join(f"in town {number} the council said nothing at all" for number in range(60))
    passages = [text[start:end] for start, end in check(text)]
    assert len(passages) > 3
    assert all(passage.endswith(",") for passage in passages[:-1])


def test_words_are_not_cut_where_there_are_spaces() -> None:
    text = "word " * 2000
    for start, end in check(text):
        assert set(text[start:end].split()) == {"word"}


@pytest.mark.parametrize("run", ["x", "中", "\U0001f600", "ก"])
def test_a_text_without_spaces_or_stops_is_cut_all_the_same(run: str) -> None:
    passages = check(run * 50_000)
    assert len(passages) > 50_000 / LONGEST_SENTENCE


def test_chinese_is_cut_after_its_own_punctuation() -> None:
    text = "主席在会上表示，双方将继续对话，并尽快恢复关系。" * 400
    assert all(text[end - 1] in "，。" for _, end in check(text))


@pytest.mark.parametrize(
    "sentence",
    [
        "The mayor wrote \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 and left.",
        "قال المتحدث حازم قاسم يوم الثلاثاء إن الوفد سيزور دمشق.",
        "Le pre\u0301sident a dit \u00ab\u00a0oui\u00a0\u00bb\u00a0!",
        "Zero\u200bwidth and b\u00ado\u00adld \ufeffmarks stay.",
    ],
)
def test_offsets_count_characters_in_every_script(sentence: str) -> None:
    text = "\n\n".join(f"{number} {sentence}" for number in range(60))
    passages = [text[start:end] for start, end in check(text)]
    assert len(passages) > 2
    for number in range(60):
        assert any(f"{number} {sentence}" in passage for passage in passages)
