from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from docx import Document

from index.__main__ import main

if TYPE_CHECKING:
    from tests.conftest import Commands

ROOT = Path(__file__).parent.parent
TEXT = "The harbour bridge opened to traffic on Tuesday. The mayor, Maria Okafor, cut a ribbon."
Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, tiny_encoder: str) -> Run:
    """Runs a command on the test's archive, with the tiny encoder."""

    def go(command: str, *arguments: object) -> int:
        place = ["--archive", str(tmp_path / "archive"), "--encoder", tiny_encoder]
        return main([command, *place, *(str(argument) for argument in arguments)])

    return go


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """Three articles in one file of JSON lines."""
    file = tmp_path / "news.jsonl"
    rows = [
        {
            "id": "bridge",
            "title": "Bridge",
            "text": TEXT,
            "published": "2022-10-18",
            "source": "Quay",
        },
        {
            "id": "قطار",
            "title": "Train — “late”",
            "text": "The train to Tarnbeck was late again. \U0001f600 Nobody was told why.",
            "published": "2022-10-20T08:00:00Z",
            "source": "Echo",
            "url": "https://echo.example/train?a=1&b=2",
        },
        {
            "id": "fire",
            "title": "Fire",
            "text": "A fire destroyed the old library. No one was hurt.",
        },
    ]
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return file


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


# -- add ------------------------------------------------------------------------------------------


def test_add_says_what_went_in(run: Run, news: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("add", news) == 0
    out, errors = capsys.readouterr()
    assert out.startswith("3 added\n3 passages in ")
    assert errors == ""


def test_add_says_what_is_unchanged_changed_or_a_copy(
    run: Run, news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("add", news) == 0
    assert run("add", news) == 0
    assert lines(capsys)[-1] == "3 unchanged"
    rows = [
        {"id": "bridge", "text": "The bridge was closed again on Friday."},
        {"id": "blaze", "text": "A fire destroyed the old library. No one was hurt."},
    ]
    news.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert run("add", news) == 0
    assert lines(capsys)[:3] == [
        "copy: blaze has the same text as fire; left out",
        "1 changed",
        "1 copies left out",
    ]


def test_add_of_an_empty_folder_adds_nothing(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert run("add", tmp_path / "empty") == 0
    assert lines(capsys) == ["nothing to add"]


def pdf(text: str) -> bytes:
    drawn = f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 900 800]/Contents 4 0 R"
        "/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    data, table = "%PDF-1.4\n", ""
    for number, body in enumerate(objects, start=1):
        table += f"{len(data):010} 00000 n \n"
        data += f"{number} 0 obj\n{body}\nendobj\n"
    end = f"xref\n0 6\n0000000000 65535 f \n{table}trailer\n<</Root 1 0 R/Size 6>>\n"
    return f"{data}{end}startxref\n{len(data)}\n%%EOF\n".encode()


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder with an article in every format, and five files that cannot be read."""
    folder = tmp_path / "mixed"
    (folder / "below").mkdir(parents=True)
    (folder / "text.txt").write_text(f"Text\n\n{TEXT} In the text file.")
    (folder / "below" / "windows.txt").write_bytes(f"{TEXT} – It’s Windows.".encode("cp1252"))
    (folder / "utf16.txt").write_bytes(f"{TEXT} Sixteen bits.".encode("utf-16"))
    (folder / "marked.md").write_text(f"---\ntitle: Marked\n---\n{TEXT} In *Markdown*.")
    page = " ".join(f"{TEXT} On page {number}." for number in range(5))
    (folder / "page.html").write_text(f"<html><body><article><p>{page}</p></article></body></html>")
    (folder / "printed.pdf").write_bytes(pdf(f"{TEXT} In print."))
    document = Document()
    document.add_paragraph(f"{TEXT} In Word.")
    document.save(str(folder / "word.docx"))
    (folder / "rows.jsonl").write_text(f"{json.dumps({'text': f'{TEXT} In a row.'})}\n")
    (folder / "table.csv").write_text(f'title,text\nTable,"{TEXT} In a table."\n')
    (folder / "feed.xml").write_text(
        f"<rss version='2.0'><channel><title>Quay</title><item><title>Fed</title>"
        f"<link>https://quay.example/1</link><description>{TEXT} Fed.</description></item>"
        "</channel></rss>"
    )
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    (folder / "broken.docx").write_bytes(b"PK\3\4 and no more")
    (folder / "empty.txt").touch()
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (folder / "picture.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    return folder


BROKEN = ("binary.txt", "broken.docx", "broken.pdf", "empty.txt", "picture.jpg")


def test_add_takes_every_format_and_names_what_it_cannot_read(
    run: Run, mixed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("add", mixed) == 1
    out, errors = capsys.readouterr()
    assert "10 added" in out
    assert "5 could not be read" in out
    told = sorted(line for line in errors.splitlines() if line)
    assert len(told) == 5
    for name, line in zip(BROKEN, told, strict=True):
        assert line.startswith(f"could not be read: {mixed / name}: ")
    assert run("verify") == 0
    assert run("list") == 0
    assert len(lines(capsys)) == 11
    for name in BROKEN:
        (mixed / name).unlink()
    assert run("add", mixed) == 0
    assert lines(capsys) == ["10 unchanged"]


def test_add_of_what_is_not_there_fails(
    run: Run, tmp_path: Path, news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("add", tmp_path / "none", news) == 1
    out, errors = capsys.readouterr()
    assert "no such file" in errors
    assert "3 added" in out


# -- list -----------------------------------------------------------------------------------------


def test_list_shows_one_article_a_line_newest_first(
    run: Run, news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("add", news)
    capsys.readouterr()
    assert run("list") == 0
    assert lines(capsys) == [
        "قطار\t2022-10-20\tEcho\tTrain — “late”",
        "bridge\t2022-10-18\tQuay\tBridge",
        "fire\t\t\tFire",
    ]


def test_list_as_json_is_one_object_a_line_without_the_text(
    run: Run, news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("add", news)
    capsys.readouterr()
    assert run("list", "--json") == 0
    rows = [json.loads(line) for line in lines(capsys)]
    assert rows[0] == {
        "id": "قطار",
        "title": "Train — “late”",
        "url": "https://echo.example/train?a=1&b=2",
        "published": "2022-10-20T08:00:00+00:00",
        "source": "Echo",
    }
    assert [set(row) for row in rows] == [set(rows[0])] * 3


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--since 2022-10-19", ["قطار"]),
        ("--until 2022-10-19", ["bridge"]),
        ("--since 2022-10-18 --until 2022-10-20", ["قطار", "bridge"]),
        ("--source Echo", ["قطار"]),
        ("--source Echo --source Quay", ["قطار", "bridge"]),
        ("--source None", []),
    ],
)
def test_list_and_search_are_limited_alike(
    run: Run, news: Path, capsys: pytest.CaptureFixture[str], options: str, expected: list[str]
) -> None:
    run("add", news)
    capsys.readouterr()
    assert run("list", "--json", *options.split()) == 0
    assert [json.loads(line)["id"] for line in lines(capsys)] == expected
    assert run("search", "--json", "bridge train fire", *options.split()) == 0
    assert {json.loads(line)["article_id"] for line in lines(capsys)} == set(expected)


# -- search ---------------------------------------------------------------------------------------


def test_search_shows_passages_with_their_article(
    run: Run, news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("add", news)
    capsys.readouterr()
    assert run("search", "Okafor ribbon", "--top-k", "1") == 0
    assert lines(capsys) == ["1. Bridge (Quay, 2022-10-18)", f"   {TEXT}", ""]


def test_search_as_json_gives_exact_places(
    run: Run, news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("add", news)
    capsys.readouterr()
    assert run("search", "nobody was told", "--json") == 0
    rows = [json.loads(line) for line in lines(capsys)]
    given = [json.loads(line) for line in news.read_text().splitlines()]
    texts = {row["id"]: row["text"] for row in given}
    assert len(rows) == 3
    for row in rows:
        assert list(row) == [
            *("article_id", "title", "url", "published", "source"),
            *("start", "end", "text", "score"),
        ]
        assert texts[row["article_id"]][row["start"] : row["end"]] == row["text"]
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)


def test_search_finds_nothing_in_an_empty_archive(
    run: Run, news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = news.parent / "empty.txt"
    empty.write_text("")
    assert run("add", empty) == 1
    capsys.readouterr()
    assert run("search", "anything") == 0
    assert capsys.readouterr().out == ""


# -- remove ---------------------------------------------------------------------------------------


def test_remove_takes_articles_away_and_names_what_is_not_there(
    run: Run, news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("add", news)
    capsys.readouterr()
    assert run("remove", "bridge", "قطار") == 0
    assert lines(capsys) == ["removed: bridge", "removed: قطار"]
    assert run("remove", "fire", "bridge") == 1
    out, errors = capsys.readouterr()
    assert out == "removed: fire\n"
    assert errors.startswith("bridge: no such article; python -m index list shows")
    assert run("list") == 0
    assert lines(capsys) == []


# -- verify ---------------------------------------------------------------------------------------


def test_verify_says_what_it_checked(
    run: Run, news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("add", news)
    capsys.readouterr()
    assert run("verify") == 0
    assert lines(capsys) == ["3 articles and 3 passages checked"]


def test_verify_names_damaged_articles_and_how_to_mend_them(
    run: Run, news: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("add", news)
    file = tmp_path / "archive" / "catalog.sqlite"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE articles SET text = 'Other words.' WHERE id = 'bridge'")
    capsys.readouterr()
    assert run("verify") == 1
    assert lines(capsys) == [
        "bridge: its text is not the text that was stored",
        "3 articles and 3 passages checked",
        "Add the articles named above again to replace what is damaged.",
    ]
    assert run("add", news) == 0
    assert run("verify") == 0


def test_verify_mends_views_and_says_so(
    run: Run, news: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("add", news)
    capsys.readouterr()
    for file in (tmp_path / "archive").glob("words-*/*.pos"):
        file.write_bytes(b"")
    assert run("verify") == 0
    assert run("verify") == 0
    assert lines(capsys)[-1] == "3 articles and 3 passages checked"


# -- wrong use and failures -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        *([], ["wrong"], ["add"], ["remove"], ["search"], ["list", "extra"]),
        *(["search", "words", "--top-k", "many"], ["verify", "--json"], ["list", "--no-such"]),
    ],
)
def test_wrong_use_shows_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m index" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "--since", "yesterday"], "'yesterday' is no date; write it as"),
        (["search", "words", "--until", "2022-02-30"], "'2022-02-30' is no date"),
        (["search", "words", "--top-k", "0"], "top_k is 0; ask for at least 1"),
    ],
)
def test_values_that_make_no_sense_are_wrong_use(
    run: Run, news: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    run("add", news)
    capsys.readouterr()
    assert run(*arguments) == 2
    assert capsys.readouterr().err.startswith(f"python -m index: {message}")


def test_a_folder_that_cannot_be_an_archive_is_a_failure(
    news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["add", str(news), "--archive", str(news)]) == 1
    assert capsys.readouterr().err.startswith(f"python -m index: {news}: cannot be made a folder")


@pytest.mark.parametrize(
    "command", [["list"], ["search", "x"], ["remove", "x"], ["verify"]], ids=lambda words: words[0]
)
def test_a_mistyped_archive_is_wrong_use_and_is_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert main([*command, "--archive", str(tmp_path / "archvie")]) == 2
    assert "no archive is there" in capsys.readouterr().err
    assert not (tmp_path / "archvie").exists()


def test_another_encoder_is_a_failure_that_says_what_to_do(
    run: Run, news: Path, tmp_path: Path, other_encoder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run("add", news)
    archive = str(tmp_path / "archive")
    assert main(["search", "words", "--archive", archive, "--encoder", other_encoder]) == 1
    errors = capsys.readouterr().err
    assert "was made with the encoder tiny@" in errors
    assert "Name the first with --encoder" in errors


def test_a_missing_encoder_is_a_failure(
    news: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--archive", str(tmp_path / "archive"), "--encoder", "./none"]
    assert main(["add", str(news), *options]) == 1
    assert "./none: no such folder" in capsys.readouterr().err


# -- without --archive ----------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's own data folder, empty at first."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    return tmp_path / "own"


def test_without_an_archive_the_sample_serves(
    own: Path, tiny_encoder: str, news: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    encoder = ["--encoder", tiny_encoder]
    assert main(["list", "--json", *encoder]) == 0
    sample = [json.loads(line) for line in lines(capsys)]
    assert len(sample) >= 24
    assert main(["add", str(news), *encoder]) == 0
    assert main(["remove", sample[0]["id"], *encoder]) == 0
    capsys.readouterr()
    assert main(["list", "--json", *encoder]) == 0
    assert len(lines(capsys)) == len(sample) + 3 - 1
    assert (own / "byline" / "articles" / "catalog.sqlite").exists()


# -- as people type it ----------------------------------------------------------------------------


def typed(command: str, **options: object) -> subprocess.CompletedProcess[str]:
    shell = command.replace("python", sys.executable, 1)
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        ["bash", "-c", shell], cwd=ROOT, capture_output=True, text=True, check=False, **options
    )


@pytest.mark.parametrize("command", ["", "add", "list", "remove", "search", "verify"])
def test_help_names_every_option(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: python -m index {command}".strip())
    for option in {
        "": ["add", "list", "remove", "search", "verify"],
        "add": ["--archive", "--encoder", ".pdf"],
        "list": ["--since", "--until", "--source", "--json"],
        "remove": ["--archive", "ID"],
        "search": ["--since", "--until", "--source", "--json", "--top-k"],
        "verify": ["--archive"],
    }[command]:
        assert option in text


def test_the_command_works_as_typed(run: Run, news: Path, tmp_path: Path) -> None:
    run("add", news)
    done = typed(f"python -m index list --json --archive {tmp_path}/archive")
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [
        "قطار",
        "bridge",
        "fire",
    ]
    done = typed(f"python -m index list --since soon --archive {tmp_path}/archive")
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_away_is_no_failure(
    run: Run, news: Path, tmp_path: Path, unbuffered: str
) -> None:
    run("add", news)
    done = typed(
        f"python -m index list --archive {tmp_path}/archive | true; exit ${{PIPESTATUS[0]}}",
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_terminal_shows_a_bar_and_names_what_cannot_be_read(
    commands: Commands, mixed: Path, tmp_path: Path, tiny_encoder: str
) -> None:
    import fcntl
    import struct
    import termios

    terminal, other_end = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    options = ["--archive", tmp_path / "archive", "--encoder", tiny_encoder]
    running = commands.start("index", "add", mixed, *options, errors=os.ttyname(other_end))
    assert running.status() == 1
    assert "10 added" in running.output()
    os.set_blocking(terminal, False)
    parts = []
    with suppress(BlockingIOError):
        while True:
            parts.append(os.read(terminal, 4096))
    shown = b"".join(parts).decode().replace("\r\n", "")
    for descriptor in (terminal, other_end):
        os.close(descriptor)
    assert "adding" in shown
    assert "15 articles" in shown
    assert "10 passages" in shown
    for name in BROKEN:
        assert f"could not be read: {mixed / name}" in shown


def test_nothing_is_left_in_the_working_folder(
    run: Run, news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run("add", news) == run("search", "bridge") == run("verify") == 0
    assert list((tmp_path / "here").iterdir()) == []
    shutil.rmtree(tmp_path / "archive")
