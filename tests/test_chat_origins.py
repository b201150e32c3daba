"""Which pages may show and call a chat."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UsageError
from qa.chat.origins import Origins, read_origins


def test_without_a_word_only_this_machines_pages_may() -> None:
    origins = Origins()
    assert origins.admits("http://localhost:3000")
    assert origins.admits("https://127.0.0.1")
    assert origins.admits("http://[::1]:8000")
    for other in ("https://news.example", "http://127.0.0.1.evil.example", "null", "", "file://"):
        assert not origins.admits(other)
    assert "'self'" in origins.frame_ancestors()
    assert "http://localhost:*" in origins.frame_ancestors()


def test_an_allowed_origin_is_known_however_it_is_written() -> None:
    origins = read_origins(["HTTPS://News.example:443/", "http://192.168.0.7:8000"])
    assert origins.admits("https://news.example")
    assert origins.admits("http://192.168.0.7:8000")
    assert not origins.admits("http://news.example")
    assert not origins.admits("http://192.168.0.7:8001")
    assert origins.frame_ancestors().endswith(" http://192.168.0.7:8000 https://news.example")
    assert origins.knows("news.example:8080")
    assert not origins.knows("evil.example")


def test_a_star_is_everyone() -> None:
    origins = read_origins(["*"])
    assert origins.admits("https://news.example")
    assert origins.knows("news.example")
    assert origins.frame_ancestors() == "frame-ancestors *"


@pytest.mark.parametrize(
    "written",
    [
        "news.example",
        "https://",
        "https://a/b",
        "https://a b",
        "ftp://a",
        "https://*.a",
        "https://u@a",
    ],
)
def test_what_is_no_origin_is_told(written: str) -> None:
    with pytest.raises(UsageError, match=r"is no origin; expected scheme and host"):
        read_origins([written])


@given(st.text() | st.from_regex(r"https?://[\w.:;, '\[\]-]*"))
def test_nothing_that_is_written_gets_out_of_its_place_in_the_header(written: str) -> None:
    try:
        origins = read_origins([written])
    except UsageError:
        return
    (allowed,) = origins.allowed
    assert re.fullmatch(r"\*|[a-z0-9:/.\[\]-]+", allowed)
