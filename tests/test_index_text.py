import unicodedata
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.dates import iso_date
from index.errors import Unreadable
from index.text import clean, clean_line, cut, decode

SENTENCE = "The mayor’s café – 14.2 m from the quay – “reopened” on Tuesday.\n"


@pytest.mark.parametrize(
    "data",
    [
        SENTENCE.encode(),
        SENTENCE.encode("utf-8-sig"),
        SENTENCE.encode("utf-16"),
        b"\xfe\xff" + SENTENCE.encode("utf-16-be"),
        SENTENCE.encode("utf-16-le"),
        SENTENCE.encode("utf-16-be"),
        SENTENCE.encode("cp1252"),
    ],
)
def test_text_is_decoded_whatever_it_was_saved_as(data: bytes) -> None:
    assert clean(decode(data)) == SENTENCE.strip()


def test_a_cut_character_does_not_spoil_a_whole_text() -> None:
    data = (SENTENCE * 20).encode()[:-1] + "é".encode()[:1]
    assert decode(data) == (SENTENCE * 20)[:-1] + "\ufffd"


@pytest.mark.parametrize(
    "data",
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 9, b"text with one \0 in it", bytes(range(1, 32)) * 9],
)
def test_binary_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable, match="looks binary"):
        decode(data)


def test_an_unknown_encoding_is_refused_with_a_remedy() -> None:
    with pytest.raises(Unreadable, match="save it as UTF-8"):
        decode("Мост открыт".encode("cp866") + b"\x81\x8d\x90")


@given(st.text())
@example("\r\u200b\n\r\n \u2028 e\u200d\u0301")
@example("\ud800\udc00 \u0344 \u1e9b\u0323")
def test_cleaning_is_idempotent_and_leaves_nothing_invisible(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert clean_line(cleaned) == clean_line(clean_line(cleaned))
    assert not {unicodedata.category(char) for char in cleaned} & {"Cs", "Zl", "Zp"}
    assert "  " not in cleaned
    assert "\n\n\n" not in cleaned
    assert not {"\0", "\r", "\t", "\u200b", "\u202e", "\u2066", "\ufeff"} & set(cleaned)
    cleaned.encode()


@given(st.binary(max_size=300))
def test_decoding_gives_text_or_a_reason(data: bytes) -> None:
    with suppress(Unreadable):
        clean(decode(data)).encode()


def test_cut_keeps_whole_words() -> None:
    assert cut("one two three", 13) == "one two three"
    assert cut("one two three", 12) == "one two…"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2022-10-18", "2022-10-18"),
        ("20221018", "2022-10-18"),
        ("2022/10/18", "2022-10-18"),
        ("2022-10-18T09:30:00Z", "2022-10-18T09:30:00+00:00"),
        ("2022-10-18 09:30:00.123+02:00", "2022-10-18T09:30:00+02:00"),
        ("2022-10-18T09:30", "2022-10-18T09:30:00+00:00"),
        ("Tue, 18 Oct 2022 09:30:00 +0100", "2022-10-18T09:30:00+01:00"),
        ("Tue, 18 Oct 2022 09:30:00 GMT", "2022-10-18T09:30:00+00:00"),
        ("1666085400", "2022-10-18T09:30:00+00:00"),
        ("1666085400000", "2022-10-18T09:30:00+00:00"),
        ("18 October 2022", "2022-10-18"),
        ("October 18, 2022", "2022-10-18"),
        ("18 Oct 2022 BST", "2022-10-18"),
        ("Oct. 18, 2022 9:30 pm EDT", "2022-10-18T21:30:00-04:00"),
        # Unknown is better than a guess.
        ("3/4/2022", ""),
        ("October 2022", ""),
        ("yesterday", ""),
        ("0001-01-01T00:00:00Z", ""),
        ("nan", ""),
        ("", ""),
        ("18 October " + "2" * 5000, ""),
    ],
)
def test_dates_become_iso_dates(written: str, expected: str) -> None:
    assert iso_date(written) == expected


@given(st.text(max_size=40))
def test_a_date_is_known_or_unknown_but_never_an_error(text: str) -> None:
    found = iso_date(text)
    assert found == "" or iso_date(found) == found
