"""PDF and Word: the bytes of one file → the draft of one article."""

from __future__ import annotations

import logging
import re
from collections import Counter
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from index.drafts import MAX_TITLE_LINE_CHARS, Draft, check_length
from index.errors import Unreadable
from index.text import clean

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_PDF_PAGES = 2_000
MAX_UNZIPPED_BYTES = 100_000_000

_OLE_FILE = bytes.fromhex("d0cf11e0a1b11ae1")  # What an encrypted .docx, or a .doc, starts with.
# Titles that programs make up: "Microsoft Word - draft3.doc", "untitled", "page1.indd".
_NO_TITLE = re.compile(
    r"microsoft word -|(word document|untitled|document)[ \d]*$|.*\.\w{2,4}$|\W*$", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?…:][\"'”’)\]]*$")
_BROKEN_WORD = re.compile(r"(?<=[a-z])-\n+(?=[a-z])")
_WRAP = re.compile(r"\n+(?=[a-z])|(?<!\n)\n(?!\n)")  # No paragraph starts with a small letter.
_NUMBER = re.compile(r"\d+")


def pdf(data: bytes) -> Draft:
    """Read a PDF's text; title and date from its properties if they make sense.

    Raises Unreadable if it is encrypted, has no text (a scan), or has too many pages.
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PdfReadError

    # What it could mend does not concern the reader; what it could not becomes a Problem.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(data))
        locked = reader.is_encrypted and not reader.decrypt("")
    except (DependencyError, NotImplementedError):
        locked = True
    except PdfReadError as error:
        raise Unreadable(f"is damaged or no PDF: {error}") from None
    if locked:
        raise Unreadable("is encrypted; save a copy without a password")
    if len(reader.pages) > MAX_PDF_PAGES:
        raise Unreadable(f"has {len(reader.pages):,} pages; at most {MAX_PDF_PAGES:,} are read")
    pages: list[list[str]] = []
    length = 0
    for page in reader.pages:
        text = page.extract_text()
        length += len(text)
        check_length(length)
        pages.append([" ".join(line.split()) for line in clean(text).split("\n")])
    text = join_lines(pages)
    if not text:
        raise Unreadable("has no text; it may be a scan: run text recognition (OCR) on it first")
    title, published = _properties(reader)
    first = text.partition("\n")[0]
    return Draft(
        text=text,
        title=title or (first if len(first) <= MAX_TITLE_LINE_CHARS else ""),
        published=published,
    )


def _properties(reader: PdfReader) -> tuple[str, str]:
    """Title and date as the file gives them. They may be damaged where the text is not."""
    title = published = ""
    with suppress(ValueError, TypeError, AttributeError, KeyError):
        if reader.metadata:
            title = _sane(str(reader.metadata.title or ""))
            made = reader.metadata.creation_date
            published = made.isoformat() if made else ""
    return title, published


def join_lines(pages: list[list[str]]) -> str:
    """Make paragraphs of the printed lines of pages, and whole words of "exam-" and "ple".

    A paragraph ends with a line clearly shorter than most, or a little shorter that ends a
    sentence. Running heads and page numbers are dropped.
    """
    lines = _without_running_heads(pages)
    lengths = sorted(len(line) for line in lines)
    width = lengths[len(lengths) * 9 // 10] if lengths else 0
    text = ""
    for line in lines:
        full = (0.9 if _SENTENCE_END.search(line) else 0.7) * width
        text += line + ("\n" if len(line) > full else "\n\n")
    return clean(_WRAP.sub(" ", _BROKEN_WORD.sub("", text)))


def _without_running_heads(pages: list[list[str]]) -> list[str]:
    """All lines but those that stand at the edge of most pages, whatever number is in them."""
    shapes = [[_NUMBER.sub("#", line) for line in page] for page in pages]
    counts = Counter(shape for page in shapes for shape in {*page[:2], *page[-2:]})
    running = {shape for shape, count in counts.items() if count > max(1, len(pages) / 2)}
    return [
        line
        for page in pages
        for place, line in enumerate(page)
        if min(place, len(page) - 1 - place) > 1 or _NUMBER.sub("#", line) not in running
    ]


def docx(data: bytes) -> Draft:
    """Read the paragraphs of a Word file; tables and text boxes are left out.

    The title is the first paragraph in a title or heading style, else the one in the file's
    properties. Raises Unreadable if the file is encrypted, or too large once unpacked.
    """
    if data.startswith(_OLE_FILE):
        raise Unreadable("is encrypted or an old .doc; save it as .docx without a password")
    try:
        with ZipFile(BytesIO(data)) as package:
            size = sum(part.file_size for part in package.infolist())
    except BadZipFile:
        raise Unreadable("is damaged or no Word file") from None
    if size > MAX_UNZIPPED_BYTES:
        raise Unreadable(
            f"unpacks to {size / 1e6:,.0f} MB; at most {MAX_UNZIPPED_BYTES / 1e6:,.0f} MB are read"
        )
    from docx import Document

    document = Document(BytesIO(data))
    texts: list[str] = []
    heading = ""
    for paragraph in document.paragraphs:
        texts.append(paragraph.text)
        style = (paragraph.style and paragraph.style.name) or ""
        if style.startswith(("Title", "Heading")):
            heading = heading or paragraph.text.strip()
    properties = document.core_properties
    # The template of python-docx is of 2013; so says every file made with it.
    made = None if properties.comments == "generated by python-docx" else properties.created
    return Draft(
        text="\n\n".join(texts),
        title=heading or _sane(properties.title),
        published=made.isoformat() if made else "",
    )


def _sane(title: str) -> str:
    return "" if _NO_TITLE.match(title) else title
