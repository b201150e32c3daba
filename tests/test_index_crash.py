"""Killed at any instant, an archive opens and holds exactly the finished batches.

Real processes, really killed. Each stores 6 batches of 4 articles of 3 passages.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index.archive import Archive
from index.articles import read_articles
from index.passages import cut
from index.records import Article

if TYPE_CHECKING:
    from tests.conftest import Commands, Running

BATCH, PER_BATCH, COUNT = 12, 4, 24
NAMES = [f"n{number:02}" for number in range(COUNT)]
MANY = 2000
PARTS = 10
NEVER = 1_000_000_000
KILLED = -signal.SIGKILL


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory, article: Callable[..., Article]) -> Path:
    """The articles in ``first.jsonl``, and with other words in ``changed.jsonl``."""
    folder = tmp_path_factory.mktemp("corpus")
    for file, word in (("first.jsonl", "harbour"), ("changed.jsonl", "station")):
        made = [article(name, text=article(name).text.replace("harbour", word)) for name in NAMES]
        (folder / file).write_text("".join(f"{json.dumps(asdict(one))}\n" for one in made))
    return folder


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, article: Callable[..., Article]) -> Path:
    """More articles than are added before a test stops it."""
    made = [article(f"n{number}") for number in range(MANY)]
    file = tmp_path_factory.mktemp("many") / "many.jsonl"
    file.write_text("".join(f"{json.dumps(asdict(one))}\n" for one in made))
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the test's archive is."""
    return tmp_path / "archive"


@pytest.fixture
def index(commands: Commands, tiny_encoder: str, folder: Path) -> Callable[..., Running]:
    """Starts ``python -m index COMMAND ...`` on the test's archive."""

    def start(command: str, *arguments: object, **options: int) -> Running:
        place = ("--archive", folder, "--encoder", tiny_encoder)
        return commands.start("index", command, *arguments, *place, **{"batch": BATCH, **options})

    return start


@pytest.fixture(scope="module")
def template(
    commands: Commands, tiny_encoder: str, corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A finished archive, to be copied."""
    made = tmp_path_factory.mktemp("template") / "archive"
    with closing(Archive(made, tiny_encoder)) as archive:
        archive.add(read_articles([corpus / "first.jsonl"]))
    return made


@pytest.fixture
def opened(folder: Path, tiny_encoder: str) -> Iterator[Callable[[], Archive]]:
    """Opens the test's archive, once there is one."""
    archives = []

    def make() -> Archive:
        archives.append(Archive(folder, tiny_encoder))
        return archives[-1]

    yield make
    for archive in archives:
        archive.close()


def finished(archive: Archive) -> list[str]:
    """The names of the articles, after a check that they are whole finished batches."""
    names = sorted(article.id for article in archive.articles())
    assert names == NAMES[: len(names)]
    assert len(names) % PER_BATCH == 0
    return names


def check(archive: Archive) -> None:
    """Check that every article is complete, found by a search, and verifies."""
    rows = archive._catalog.database.rows(
        "SELECT articles.id, first, after FROM passages JOIN articles ON key = article "
        "ORDER BY articles.id, first"
    )
    articles = {article.id: article for article in archive.articles()}
    assert rows == [(id, *place) for id in sorted(articles) for place in cut(articles[id].text)]
    hits = archive.search("harbour station", 10_000)
    assert len(hits) == len(rows)
    findings = archive.verify()
    assert (findings.faults, findings.rebuilt) == ((), ())


def generation(folder: Path) -> int:
    """The archive's generation, as another program reads it; 0 while there is none."""
    file = f"file:{folder}/catalog.sqlite?mode=ro"
    with (
        suppress(sqlite3.OperationalError, TypeError),
        closing(sqlite3.connect(file, uri=True)) as connection,
    ):
        row = connection.execute("SELECT value FROM settings WHERE name = 'generation'").fetchone()
        return int(row[0])
    return 0


_steps: dict[str, int] = {}


def steps_of(name: str, start: Callable[[int], Running]) -> int:
    """How many steps on the disk a command makes when nobody stops it; tried out once."""
    if name not in _steps:
        running = start(NEVER)
        assert running.status() == 0, running.errors()
        _steps[name] = running.steps()
    return _steps[name]


# -- killed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(2 * PARTS))
def test_killed_at_any_step_of_adding(
    index: Callable[..., Running],
    opened: Callable[[], Archive],
    corpus: Path,
    folder: Path,
    part: int,
) -> None:
    total = steps_of("add", lambda at: index("add", corpus / "first.jsonl", die_at=at))
    shutil.rmtree(folder, ignore_errors=True)
    # The second half of the tests takes the last steps, where the views are written.
    step = total * part // PARTS if part < PARTS else total - 1 - (part - PARTS)
    assert index("add", corpus / "first.jsonl", die_at=step).status() == KILLED
    archive = opened()
    before = finished(archive)
    check(archive)
    assert archive.add(read_articles([corpus / "first.jsonl"])).unchanged == len(before)
    assert finished(archive) == NAMES
    check(archive)


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_any_step_of_changing(
    index: Callable[..., Running],
    opened: Callable[[], Archive],
    corpus: Path,
    folder: Path,
    template: Path,
    part: int,
) -> None:
    shutil.copytree(template, folder)
    total = steps_of("change", lambda at: index("add", corpus / "changed.jsonl", die_at=at))
    shutil.rmtree(folder)
    shutil.copytree(template, folder)
    step = total * (part + 1) // (PARTS + 1)
    assert index("add", corpus / "changed.jsonl", die_at=step).status() == KILLED
    archive = opened()
    assert finished(archive) == NAMES
    texts = [article.text for article in sorted(archive.articles(), key=lambda one: one.id)]
    changed = sum("station" in text for text in texts)
    assert changed % PER_BATCH == 0
    assert not any("harbour" in text for text in texts[:changed])
    assert not any("station" in text for text in texts[changed:])
    check(archive)
    assert archive.add(read_articles([corpus / "changed.jsonl"])).changed == COUNT - changed
    check(archive)


@pytest.mark.parametrize("step", range(2, 8))
def test_killed_at_any_step_of_removing(
    index: Callable[..., Running],
    opened: Callable[[], Archive],
    folder: Path,
    template: Path,
    step: int,
) -> None:
    shutil.copytree(template, folder)
    assert index("remove", *NAMES[PER_BATCH:], die_at=step).status() in (KILLED, 0)
    archive = opened()
    assert finished(archive) in (NAMES, NAMES[:PER_BATCH])
    check(archive)


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("command", ["search", "verify"])
def test_killed_while_views_are_made_anew(
    index: Callable[..., Running],
    opened: Callable[[], Archive],
    folder: Path,
    template: Path,
    command: str,
    part: int,
) -> None:
    def start(die_at: int) -> Running:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(template, folder)
        for file in ("vectors.json", "words.json"):
            (folder / file).write_bytes(b"")
        return index(command, *(["harbour"] if command == "search" else []), die_at=die_at)

    total = steps_of(command, start)
    assert start(total * (part + 1) // 5).status() == KILLED
    archive = opened()
    assert finished(archive) == NAMES
    check(archive)
    # What was begun and not finished goes with the next change.
    archive.add([Article("new", "", "A zeppelin landed in Tarnbeck.")])
    assert len([*folder.glob("words-*"), *folder.glob("vectors-*")]) == 2


@pytest.mark.parametrize("batches", range(6))
def test_killed_from_outside_at_any_moment(
    index: Callable[..., Running],
    opened: Callable[[], Archive],
    corpus: Path,
    folder: Path,
    batches: int,
) -> None:
    running = index("add", corpus / "first.jsonl")
    running.wait_for(lambda: generation(folder) >= batches)
    time.sleep(random.Random(batches).uniform(0, 0.05))
    running.kill()
    assert running.status() in (KILLED, 0)
    archive = opened()
    assert len(finished(archive)) >= batches * PER_BATCH
    check(archive)


@pytest.mark.parametrize("pattern", ["words-*", "words-*/*.store", "vectors-*", "vectors.json"])
def test_killed_from_outside_while_a_view_is_written(
    index: Callable[..., Running],
    opened: Callable[[], Archive],
    corpus: Path,
    folder: Path,
    pattern: str,
) -> None:
    running = index("add", corpus / "first.jsonl")
    running.wait_for(lambda: list(folder.glob(pattern)))
    running.kill()
    assert running.status() in (KILLED, 0)
    archive = opened()
    assert finished(archive) == NAMES
    check(archive)


def test_killed_again_and_again_it_is_done_in_the_end(
    index: Callable[..., Running], opened: Callable[[], Archive], corpus: Path, folder: Path
) -> None:
    for batches in range(1, 7):
        running = index("add", corpus / "first.jsonl")
        running.wait_for(lambda least=batches: generation(folder) >= least)
        running.kill()
        assert running.status() in (KILLED, 0)
        assert generation(folder) >= batches
    archive = opened()
    assert finished(archive) == NAMES
    check(archive)


def test_a_command_started_as_people_do_survives_kill_9(
    opened: Callable[[], Archive], folder: Path, many: Path, tiny_encoder: str
) -> None:
    options = ["--archive", str(folder), "--encoder", tiny_encoder]
    with subprocess.Popen(
        [sys.executable, "-m", "index", "add", str(many), *options],
        cwd=Path(__file__).parent.parent,
    ) as running:
        while not generation(folder) and running.poll() is None:
            time.sleep(0.01)
        running.kill()
    assert running.returncode == KILLED
    archive = opened()
    articles, passages = archive.count()
    assert 0 < articles < MANY
    assert passages == 3 * articles
    check(archive)


# -- stopped by a person --------------------------------------------------------------------------


@pytest.mark.parametrize("batches", [0, 1, 3])
def test_control_c_stops_cleanly_and_keeps_what_is_finished(
    index: Callable[..., Running],
    opened: Callable[[], Archive],
    many: Path,
    folder: Path,
    batches: int,
) -> None:
    running = index("add", many)
    running.wait_for((folder / "catalog.sqlite").exists)
    running.wait_for(lambda: generation(folder) >= batches)
    running.kill(signal.SIGINT)
    assert running.status() == 1
    assert "Stopped. What was finished is kept; run it again to go on." in running.errors()
    assert "Traceback" not in running.errors()
    archive = opened()
    articles, passages = archive.count()
    assert PER_BATCH * batches <= articles < MANY
    assert articles % PER_BATCH == 0
    assert passages == 3 * articles
    check(archive)


# -- several at once ------------------------------------------------------------------------------


def test_writers_at_once_lose_nothing(
    index: Callable[..., Running],
    opened: Callable[[], Archive],
    tmp_path: Path,
    article: Callable[..., Article],
) -> None:
    running = []
    for writer in "abc":
        # The last of each are the same ones.
        made = [article(f"{writer}{number}") for number in range(12)]
        made += [article(f"all{number}") for number in range(4)]
        file = tmp_path / f"{writer}.jsonl"
        file.write_text("".join(f"{json.dumps(asdict(one))}\n" for one in made))
        running.append(index("add", file))
    for command in running:
        assert command.status() == 0, command.errors()
    archive = opened()
    assert archive.count() == (40, 120)
    check(archive)


def test_a_writer_and_a_remover_at_once(
    index: Callable[..., Running],
    opened: Callable[[], Archive],
    corpus: Path,
    folder: Path,
    template: Path,
) -> None:
    shutil.copytree(template, folder)
    running = [index("add", corpus / "changed.jsonl"), index("remove", *NAMES[12:])]
    for command in running:
        assert command.status() == 0, command.errors()
    archive = opened()
    assert sorted(article.id for article in archive.articles())[:12] == NAMES[:12]
    assert all("harbour" not in article.text for article in archive.articles())
    check(archive)


def test_an_open_archive_sees_what_another_process_does(
    index: Callable[..., Running], opened: Callable[[], Archive], corpus: Path
) -> None:
    def found() -> bool:
        return any("n07x3" in hit.passage.text for hit in archive.search("n07x3", 100))

    archive = opened()
    assert not found()
    assert index("add", corpus / "first.jsonl").status() == 0
    assert found()
    assert index("remove", "n07").status() == 0
    assert not found()
    check(archive)


# -- no room --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kilobytes", [1, 60, 150])
def test_a_full_disk_is_told_plainly_and_harms_nothing(
    index: Callable[..., Running],
    opened: Callable[[], Archive],
    corpus: Path,
    kilobytes: int,
) -> None:
    running = index("add", corpus / "first.jsonl", file_limit=kilobytes * 1000)
    assert running.status() == 1
    assert "Traceback" not in running.errors()
    assert running.errors().startswith("python -m index: ")
    archive = opened()
    finished(archive)
    check(archive)
    archive.add(read_articles([corpus / "first.jsonl"]))
    assert finished(archive) == NAMES


def test_views_that_find_no_room_do_not_keep_articles_from_being_found(
    index: Callable[..., Running],
    opened: Callable[[], Archive],
    folder: Path,
    article: Callable[..., Article],
) -> None:
    archive = opened()
    archive.add(
        article(
            f"{number}", text=" ".join(f"They wrote {number}x{line} here." for line in range(20))
        )
        for number in range(700)
    )
    for file in ("vectors.json", "words.json"):
        (folder / file).unlink()
    # Enough for SQLite to read, too little for either view.
    searched = index("search", "harbour", "--json", file_limit=34_000)
    assert searched.status() == 0, searched.errors()
    assert len(searched.output().splitlines()) == 10
    assert "the word index cannot be written" in searched.errors()
    verified = index("verify", file_limit=34_000)
    assert verified.status() == 1
    assert "index cannot be written" in verified.errors()
    assert "Traceback" not in searched.errors() + verified.errors()
    check(opened())
