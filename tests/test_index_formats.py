import zipfile
from datetime import UTC, datetime
from io import BytesIO

import pytest
from docx import Document
from pypdf import PdfWriter

from index import documents, formats
from index.documents import docx, join_lines, pdf
from index.drafts import finish
from index.errors import Unreadable
from index.feeds import feed, to_text
from index.formats import html, markdown, plain_text
from index.records import Article, Problem

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<title>Harbour bridge reopens | The Daily Quay</title>
<meta property="og:title" content="Harbour bridge reopens after repairs">
<meta property="og:site_name" content="The Daily Quay">
<link rel="canonical" href="https://www.quay.example/news/bridge">
<meta property="article:published_time" content="2022-10-18T09:30:00+01:00">
<script>var x = "SCRIPT";</script><style>p { color: red }</style></head><body>
<div class="cookie-consent"><p>We use cookies. Accept all COOKIES to read our journalism.</p></div>
<header><nav><ul><li><a href="/">MENU</a></li><li><a href="/s">Sport</a></li></ul></nav></header>
<main><article><h1>Harbour bridge reopens after repairs</h1><p class="byline">By Jane Smith</p>
<figure><img src="a.jpg" alt="ALTERNATIVE text of a picture"><p>CREDIT Reuters agency</p>
<figcaption>CAPTION: a crane lifts the last girder into place.</figcaption></figure>
<p>The harbour bridge reopened on Tuesday after <b>eleven</b> months of repairs that
cost &pound;14.2m, the council said.</p>
<p>Its leader, Maria Okafor, said the work had finished &ldquo;three weeks early&rdquo;, and
thanked residents for their patience during the long closure.</p>
<h2>Traffic returns</h2>
<p>About 42,000 vehicles are expected to cross each day. <a href="/x">Engineers</a> will inspect
the cables every six months, said Tom Reyes of the transport authority.</p>
<table><tr><td><a href="/1">LINK one</a></td><td><a href="/2">LINK two</a></td></tr></table>
<p>The bridge first opened in 1964.</p></article>
<aside><h3>MOST READ</h3><ul><li><a href="/m">Ten best pies in town</a></li></ul></aside>
<section id="comments"><div class="comment"><p>COMMENT: they should resign.</p></div></section>
</main><footer><p>FOOTER Copyright 2022 The Daily Quay. Privacy.</p></footer></body></html>"""

FEED = """<?xml version="1.0"?><rss version="2.0"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>The Quay &amp; Co</title>
<item><title>Bridge &lt;b&gt;opens&lt;/b&gt;</title><link>https://quay.example/1#top</link>
<guid>tag:1</guid><pubDate>Tue, 18 Oct 2022 09:30:00 +0100</pubDate>
<description>Short.</description>
<content:encoded><![CDATA[<p>The bridge opened<br>on
Tuesday.</p><figure><figcaption>CAPTION</figcaption></figure><script>SCRIPT</script><p>It cost
<i>little</i>.</p>]]></content:encoded></item>
<item><title>Toll</title><guid isPermaLink="false">toll-2</guid>
<description>The toll is under 3 &amp;lt; 4 pounds a crossing.</description></item>
<item><title>Empty</title><link>https://quay.example/3</link></item></channel></rss>"""


def test_a_short_first_line_above_a_blank_line_is_the_title() -> None:
    assert plain_text(b"Bridge opens\r\n\r\nThe text.").title == "Bridge opens"
    assert plain_text(b"Two lines\nof text\n\nThe text.").title == ""
    assert plain_text(b"x" * 151 + b"\n\nThe text.").title == ""
    assert plain_text(b"The text.").title == ""


def test_markdown_becomes_what_a_person_reads() -> None:
    article = finish(
        markdown(
            b"---\r\nid: 010\r\ntitle: No\r\ndate: 18 October 2022\r\nsource: The Quay\r\n---\r\n"
            b"# A *heading*\n\n![picture](x.png)\n\nThe *council* said it **would** [close](x)\n"
            b"the `bridge` \\* <b>soon</b> &amp; well.  \nNext line.\n\n- one\n- two\n\n> quote\n\n"
            b"    code\n\n<div>HTML</div>\n"
        )
    )
    assert (article.id, article.title, article.source) == ("010", "No", "The Quay")
    assert article.published == "2022-10-18"
    assert article.text == (
        "A heading\n\nThe council said it would close the bridge * soon & well.\nNext line.\n\n"
        "one\n\ntwo\n\nquote\n\ncode"
    )


def test_markdown_without_front_matter_is_called_by_its_main_heading() -> None:
    article = finish(markdown(b"## Kicker\n\n# Bridge opens\n\n---\n\nThe text of the article.\n"))
    assert article.title == "Bridge opens"
    assert finish(markdown(b"---\nNo mapping, only words.\n---\n\nAnd more.")).text.endswith(
        "more."
    )


def test_broken_front_matter_is_named() -> None:
    with pytest.raises(Unreadable, match="front matter that is not YAML"):
        markdown(b"---\ntitle: [\n---\nThe text of the article.")


def test_only_the_article_of_a_web_page_is_read() -> None:
    article = finish(html(PAGE.encode()))
    assert article.title == "Harbour bridge reopens after repairs"
    assert article.url == article.id == "https://www.quay.example/news/bridge"
    assert (article.published, article.source) == ("2022-10-18", "The Daily Quay")
    paragraphs = article.text.split("\n\n")
    assert paragraphs[0].endswith(
        "after eleven months of repairs that cost £14.2m, the council said."
    )
    assert "“three weeks early”" in paragraphs[1]
    assert paragraphs[-1] == "The bridge first opened in 1964."
    for word in "SCRIPT COOKIES MENU ALTERNATIVE CREDIT CAPTION LINK MOST COMMENT FOOTER".split():
        assert word not in article.text


def test_old_encodings_of_web_pages_are_honoured() -> None:
    words = "Мост открыли во вторник после ремонта. " * 9
    page = f"<html><head><meta charset='windows-1251'></head><body><p>{words}</p></body></html>"
    assert html(page.encode("cp1251")).text.strip() == words.strip()
    page = page.replace("windows-1251", "no-such-code").replace(words, "It’s a café. " * 9)
    assert html(page.encode("cp1252")).text.startswith("It’s a café.")


@pytest.mark.parametrize(
    "page",
    [
        "<html><body><script>" + "x" * 999 + "</script></body></html>",
        "<html>" + "<div>" * 50_000,
        "<p>" * 10,
        "<!ENTITY x SYSTEM 'file:///etc/passwd'><html>&x;</html>",
    ],
)
def test_hostile_pages_have_no_article(page: str) -> None:
    with pytest.raises(Unreadable):
        finish(html(page.encode()))


def test_a_page_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_HTML_CHARS", 1000)
    with pytest.raises(Unreadable, match="at most 1,000"):
        html(PAGE.encode())


def test_feed_entries_become_articles() -> None:
    first, second, third = feed(BytesIO(FEED.encode()), "quay.xml")
    assert first == Article(
        id="https://quay.example/1",
        title="Bridge opens",
        text="The bridge opened\non Tuesday.\n\nIt cost little.",
        url="https://quay.example/1",
        published="2022-10-18T09:30:00+01:00",
        source="The Quay & Co",
    )
    assert isinstance(second, Article)
    assert (second.id, second.text) == ("toll-2", "The toll is under 3 < 4 pounds a crossing.")
    assert isinstance(third, Problem)
    assert third.name == "quay.xml, entry 3"
    assert "https://quay.example/3" in third.reason


def test_what_is_no_feed_is_refused() -> None:
    for data in (b"", b"/etc/passwd", b"http://127.0.0.1/feed", PAGE.encode()):
        with pytest.raises(Unreadable, match="not an RSS or Atom feed"):
            list(feed(BytesIO(data), "x"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_feeds_may_not_declare_entities(encoding: str) -> None:
    doctype = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    bomb = FEED.replace("<rss", doctype + "<rss", 1).replace("Short.", "&b;&b;&b;&b;")
    with pytest.raises(Unreadable, match="entities"):
        list(feed(BytesIO(bomb.encode(encoding)), "x"))


def test_html_fragments_keep_their_paragraphs() -> None:
    assert to_text("") == ""
    assert to_text("a &amp; b <i>c</i><p>d</p>e") == "a & b c\n\nd\n\ne"


def _pdf(lines: list[str], title: str = "") -> bytes:
    """A valid PDF of one page, by hand: each line is drawn on its own."""
    drawn = " ".join(f"({line}) Tj T*" for line in lines)
    content = f"BT /F1 12 Tf 14 TL 50 800 Td {drawn} ET".encode("cp1252")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 840] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Title (%b) /CreationDate (D:20221018093000+01'00') >>" % title.encode(),
    ]
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    return data + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (count, table, count, len(data))
    )


LINES = [
    "Harbour bridge opens",
    "The harbour bridge opened to traffic on Tuesday after exam-",
    "inations that cost 14.2m, the well-known city council said.",
    "It had been shut.",
    "Its leader, Maria Okafor, said the work had been finished a",
    "full three weeks early.",
]


def test_pdf_lines_become_paragraphs() -> None:
    article = finish(pdf(_pdf(LINES, "Microsoft Word - draft.doc")))
    assert article.title == "Harbour bridge opens"
    assert article.published == "2022-10-18T09:30:00+01:00"
    assert article.text == (
        "The harbour bridge opened to traffic on Tuesday after examinations that cost 14.2m, the "
        "well-known city council said. It had been shut.\n\n"
        "Its leader, Maria Okafor, said the work had been finished a full three weeks early."
    )
    assert pdf(_pdf(LINES, "A bridge opens")).title == "A bridge opens"


def test_running_heads_and_page_numbers_are_dropped() -> None:
    words = "alpha beta gamma delta epsilon zeta".split()
    lines = [f"The work went on for longer than {word} had thought it could" for word in words]
    pages = [["The Quay", *lines[i : i + 2], f"{i} of 6"] for i in (0, 2, 4)]
    assert join_lines(pages) == " ".join(lines)


def test_pdfs_without_words_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    blank, locked = BytesIO(), BytesIO()
    writer.write(blank)
    with pytest.raises(Unreadable, match="OCR"):
        pdf(blank.getvalue())
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(locked)
    with pytest.raises(Unreadable, match="encrypted"):
        pdf(locked.getvalue())
    with pytest.raises(Unreadable, match="damaged"):
        pdf(b"%PDF-1.7 and no more")
    monkeypatch.setattr(documents, "MAX_PDF_PAGES", 0)
    with pytest.raises(Unreadable, match="1 pages"):
        pdf(_pdf(LINES))


def test_word_files_are_read() -> None:
    document = Document()
    document.add_paragraph("Kicker")
    document.add_heading("Bridge opens", 1)
    document.add_paragraph("The bridge opened to traffic on Tuesday.")
    document.core_properties.title = "Word Document"
    document.core_properties.comments = ""
    document.core_properties.created = datetime(2022, 10, 18, 9, 30, tzinfo=UTC)
    file = BytesIO()
    document.save(file)
    article = finish(docx(file.getvalue()))
    assert article.title == "Bridge opens"
    assert article.text == "Kicker\n\nBridge opens\n\nThe bridge opened to traffic on Tuesday."
    assert article.published == "2022-10-18T09:30:00+00:00"


def test_word_files_that_hide_something_are_refused() -> None:
    with pytest.raises(Unreadable, match="encrypted"):
        docx(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600)
    with pytest.raises(Unreadable, match="no Word file"):
        docx(b"PK and no more")
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        for number in range(11):
            package.writestr(f"word/{number}.xml", b"0" * 10_000_000)
    with pytest.raises(Unreadable, match="unpacks to 110 MB"):
        docx(bomb.getvalue())
