import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document
from pypdf import PdfWriter

from index import articles, rows
from index.articles import estimate, read_articles
from index.errors import Unreadable
from index.records import Article, Problem
from index.web import Page

TEXT = "The bridge reopened to traffic on Tuesday, said the council."
HTML = (
    f"<html><head><title>Bridge</title></head><body><article><p>{TEXT}</p></article></body></html>"
)
RSS = (
    "<rss version='2.0'><channel><title>Quay</title><item><title>Bridge</title>"
    f"<description>{TEXT}</description></item></channel></rss>"
)


def _write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def _read(*names: str | Path) -> tuple[list[Article], dict[str, str]]:
    found = list(read_articles(names))
    problems = {item.name: item.reason for item in found if isinstance(item, Problem)}
    return [item for item in found if isinstance(item, Article)], problems


def test_a_folder_gives_all_that_is_good_and_names_all_that_is_bad(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "a-plain_story.txt": TEXT,
            "b.md": f"---\nid: b-1\n---\n# Bridge\n\n{TEXT}",
            "c/page.HTML": HTML,
            "c/deep/rows.jsonl": json.dumps({"text": TEXT, "id": 5}),
            "c/deep/table.csv": f'id;TEXT\n6;"{TEXT}"\n',
            "feed.xml": RSS,
            ".hidden.txt": TEXT,
            ".git/config.txt": TEXT,
            "__MACOSX/a.txt": TEXT,
            "bad-picture.png": b"\x89PNG",
            "bad-binary.txt": b"\x7fELF\0\0\0" * 20,
            "bad-empty.html": "",
            "bad-scan.pdf": b"",
            "bad-encrypted.docx": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600),
            "bad-rows.jsonl": json.dumps({"text": TEXT}) + "\n\n{broken\n[]\n",
        },
    )
    scan = PdfWriter()
    scan.add_blank_page(100, 100)
    scan.write(tmp_path / "bad-scan.pdf")
    document = Document()
    document.add_paragraph(TEXT)
    document.save(tmp_path / "d.docx")
    (tmp_path / "c" / "loop").symlink_to(tmp_path)
    (tmp_path / "bad-link.txt").symlink_to(tmp_path / "nowhere")

    good, bad = _read(tmp_path)
    titles = ["a plain story", "Bridge", TEXT, TEXT, TEXT, "Bridge", "d", "Bridge"]
    assert [article.title for article in good] == titles
    assert {article.text for article in good} == {TEXT}
    reasons = {Path(name).name: reason for name, reason in bad.items()}
    assert list(reasons) == sorted(reasons)
    for name, words in {
        "bad-picture.png": "not a format Byline reads (.txt .md .html",
        "bad-binary.txt": "looks binary",
        "bad-empty.html": "is empty",
        "bad-scan.pdf": "OCR",
        "bad-encrypted.docx": "encrypted",
        "bad-rows.jsonl:3": "is not JSON",
        "bad-rows.jsonl:4": "not a JSON object",
        "bad-link.txt": "no such file",
    }.items():
        assert words in reasons.pop(name)
    assert not reasons


def test_a_file_has_the_same_id_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, {"a.txt": TEXT, "b.txt": TEXT})
    monkeypatch.chdir(tmp_path)
    good, _ = _read("a.txt", tmp_path / "a.txt", "./b.txt")
    assert good[0].id == good[1].id != good[2].id


def test_what_cannot_be_opened_is_a_problem(tmp_path: Path) -> None:
    _write(tmp_path, {"late.pdf": b"%PDF-1.7 and no more", "odd.xyz": TEXT})
    os.mkfifo(tmp_path / "pipe.jsonl")
    names = [tmp_path / "late.pdf", tmp_path / "odd.xyz", tmp_path / "pipe.jsonl"]
    good, bad = _read(*names, "no/such.txt", "a\0b.txt", "x" * 5000)
    assert not good
    assert len(bad) == 6
    assert estimate(names) == 1


def test_a_parser_that_fails_is_one_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(data: bytes) -> None:
        raise KeyError("/Root")

    monkeypatch.setitem(articles._ONE, ".txt", failing)
    _write(tmp_path, {"a.txt": TEXT, "b.md": TEXT})
    good, bad = _read(tmp_path)
    assert len(good) == 1
    assert "is damaged" in bad[str(tmp_path / "a.txt")]


def test_a_file_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(articles, "MAX_FILE_BYTES", 1_000_000)
    _write(tmp_path, {"a.txt": "x" * 1_000_001})
    assert "over 1 MB" in _read(tmp_path)[1][str(tmp_path / "a.txt")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_rows_are_read_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    text = f"“{TEXT}” – the café’s owner"
    line = json.dumps({"text": text}, ensure_ascii=False)
    _write(
        tmp_path,
        {
            "a.jsonl": f"{line}\r\n{line}".encode(encoding),
            "b.csv": f'text\tid\r\n"{text}"\t1\r\n'.encode(encoding),
        },
    )
    good, bad = _read(tmp_path)
    assert [article.text for article in good] == [text] * 3
    assert not bad


def test_one_line_in_another_encoding_spoils_no_other(tmp_path: Path) -> None:
    lines = [json.dumps({"text": TEXT + " café"}, ensure_ascii=False)] * 2
    _write(tmp_path, {"a.jsonl": lines[0].encode() + b"\n" + lines[1].encode("cp1252")})
    assert [article.text for article in _read(tmp_path)[0]] == [TEXT + " café"] * 2


def test_rows_too_long_are_skipped_or_end_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MAX_ROW_CHARS", 1000)
    line = json.dumps({"text": TEXT})
    _write(
        tmp_path,
        {
            "a.jsonl": f"{line}\n{'x' * 3500}\n{line}\n",
            "b.csv": f'text\n"{TEXT}"\n"{TEXT}\n' + f"{TEXT}\n" * 30,
        },
    )
    good, bad = _read(tmp_path)
    assert len(good) == 3
    assert "over 1,000 characters" in bad[str(tmp_path / "a.jsonl:2")]
    assert "at line 3, perhaps a missing closing quote" in bad[str(tmp_path / "b.csv")]


@pytest.mark.parametrize("line", ["[" * 100_000, '{"id": ' + "9" * 5000 + "}", "null", '"text"'])
def test_hostile_json_is_one_problem(tmp_path: Path, line: str) -> None:
    _write(tmp_path, {"a.jsonl": f"{line}\n{json.dumps({'text': TEXT})}"})
    good, bad = _read(tmp_path)
    assert len(good) == 1
    assert list(bad) == [str(tmp_path / "a.jsonl:1")]


def test_csv_rows_may_span_lines_and_need_a_text_column(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "a.csv": f'Title,Text,Date\n"One, two","{TEXT}\n\nMore.",18 Oct 2022\n\nx,short\n',
            "b.csv": "title,body\nx,y\n",
        },
    )
    good, bad = _read(tmp_path)
    assert (good[0].title, good[0].published) == ("One, two", "2022-10-18")
    assert good[0].text == f"{TEXT}\n\nMore."
    assert "too little text" in bad[str(tmp_path / "a.csv:6")]
    assert "'title,body'" in bad[str(tmp_path / "b.csv")]


def test_rows_are_read_one_at_a_time(tmp_path: Path) -> None:
    def endless() -> Iterator[str | Path]:
        yield path
        raise AssertionError("read ahead")

    path = tmp_path / "a.jsonl"
    path.write_text(f"{json.dumps({'text': TEXT})}\n" * 3)
    assert isinstance(next(read_articles(endless())), Article)


def test_the_number_of_articles_is_estimated(tmp_path: Path) -> None:
    line = json.dumps({"text": TEXT}) + "\n"
    _write(tmp_path, {"a.txt": TEXT, "b.png": b"x", "c.jsonl": line * 30_000})
    assert 29_000 < estimate([tmp_path]) < 31_000
    assert estimate([tmp_path, "https://quay.example/"]) == 0
    _write(tmp_path, {"d.csv": "text\n"})
    assert estimate([tmp_path]) == 0


def _from_page(content: str | bytes, media_type: str, url: str) -> list[Article | Problem]:
    data = content.encode() if isinstance(content, str) else content
    return list(read_articles(["https://asked.example/"], lambda _: Page(data, media_type, url)))


def test_pages_are_read_by_what_they_are() -> None:
    url = "https://www.quay.example/news/harbour-bridge?x=1#top"
    (page,) = _from_page(HTML, "text/html", url)
    assert isinstance(page, Article)
    assert page.id == page.url == "https://www.quay.example/news/harbour-bridge?x=1"
    assert (page.title, page.source) == ("Bridge", "quay.example")
    (text,) = _from_page(TEXT, "text/plain", url)
    assert isinstance(text, Article)
    assert text.title == "harbour bridge"
    for media_type in ("application/rss+xml", "text/xml", "text/html", ""):
        (entry,) = _from_page(RSS, media_type, url)
        assert isinstance(entry, Article)
        assert entry.source == "Quay"
    (row,) = _from_page(json.dumps({"text": TEXT}), "", "https://quay.example/all.jsonl")
    assert isinstance(row, Article)
    assert row.url == ""
    for content, media_type, words in (
        (b"%PDF-1.7", "text/html", "damaged or no PDF"),
        (b"\x89PNG", "image/png", "is image/png; expected a web page"),
        (b"", "text/html", "is empty"),
    ):
        (bad,) = _from_page(content, media_type, url)
        assert isinstance(bad, Problem)
        assert bad.name == "https://asked.example/"
        assert words in bad.reason


def test_a_page_may_name_its_own_address_but_not_that_of_another_site() -> None:
    for claimed, kept in (
        ("https://quay.example/better", "https://quay.example/better"),
        ("https://trusted.example/news", "https://www.quay.example/real"),
    ):
        page = HTML.replace("<head>", f'<head><link rel="canonical" href="{claimed}">')
        (found,) = _from_page(page, "text/html", "https://www.quay.example/real")
        assert isinstance(found, Article)
        assert found.url == found.id == kept
    story = f"---\nid: of-another\n---\n{TEXT}"
    (found,) = _from_page(story, "text/markdown", "https://quay.example/story.md")
    assert isinstance(found, Article)
    assert found.id == "https://quay.example/story.md"


def test_a_page_that_is_not_to_be_had_is_a_problem() -> None:
    def refusing(url: str) -> Page:
        raise Unreadable("the server answered 404 Not Found")

    assert list(read_articles(["https://quay.example/"], refusing)) == [
        Problem("https://quay.example/", "the server answered 404 Not Found")
    ]
    _, bad = _read("http://127.0.0.1:1/", "file:///etc/passwd")
    assert "not on the public internet" in bad["http://127.0.0.1:1/"]
    assert "http:// or https://" in bad["file:///etc/passwd"]
