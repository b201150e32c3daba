"""Bytes → text → clean text.

Text is cleaned once, when an article is read. What is stored is what is shown, so a character
offset means the same everywhere.
"""

from __future__ import annotations

import re
import unicodedata

from index.errors import Unreadable

_SAMPLE_BYTES = 65_536
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Control, bidirectional, zero-width and tag characters, and lone surrogates: invisible, so a
# quote that holds them cannot be found again by eye, by search or by a browser.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_SPACES = re.compile("[ \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_BLANK_LINES = re.compile("\n{3,}")
_CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def clean(text: str) -> str:
    """Return ``text`` in NFC without invisible characters, stray spaces and extra blank lines.

    Lines end with "\\n", at most one blank line stands between two others. Cleaning clean
    text changes nothing.
    """
    text = _LINE_ENDS.sub("\n", text)
    text = _SPACES.sub(" ", _INVISIBLE.sub("", text))
    text = "\n".join(line.strip(" ") for line in text.split("\n"))
    return unicodedata.normalize("NFC", _BLANK_LINES.sub("\n\n", text).strip("\n"))


def clean_line(text: str) -> str:
    """Return clean ``text`` on one line."""
    return clean(text).replace("\n\n", " ").replace("\n", " ")


def whole_characters(text: str) -> str:
    """Return ``text`` with "?" for each half of a character, as a damaged command line may hold.

    A half can be neither encoded nor printed.
    """
    return text.encode("utf-8", "replace").decode()


def cut(text: str, limit: int) -> str:
    """Return ``text`` if it has at most ``limit`` characters, else its first words and "…"."""
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"


def encoding_of(data: bytes) -> str:
    """Name the Unicode encoding that the start of a file is in, as far as its bytes show it.

    UTF-16 is known by its byte-order mark, or by the zero in every second byte of Western
    text; anything else counts as UTF-8. Raises Unreadable for bytes that are no text.
    """
    sample = data[:_SAMPLE_BYTES]
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    even, odd, half = sample[0::2].count(0), sample[1::2].count(0), len(sample) // 2
    if odd > 0.7 * half and not even:
        return "utf-16-le"
    if even > 0.7 * half and not odd:
        return "utf-16-be"
    controls = len(_CONTROL_BYTES.findall(sample))
    if b"\0" in sample or controls > len(sample) / 100:
        raise Unreadable("looks binary; expected text")
    return "utf-8-sig"


def decode(data: bytes) -> str:
    """Return the text that ``data`` holds as UTF-8, UTF-16 or Windows-1252.

    Raises Unreadable for anything else.
    """
    encoding = encoding_of(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        guess = data.decode(encoding, "replace")
    damaged = guess.count("\ufffd")
    sound = len(guess) - len(guess.encode("ascii", "ignore")) - damaged
    # A long text with a few broken bytes is damaged Unicode. In another encoding nearly every
    # accent and curly quote would be broken.
    if encoding != "utf-8-sig" or sound > 10 * damaged:
        return guess
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        raise Unreadable("is not text in UTF-8, UTF-16 or Windows-1252; save it as UTF-8") from None
