import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.catalog import Catalog
from index.records import Article, Filters
from index.storing import Prepared
from index.words import WordView

NEWS = {
    "damascus": "Hamas sent Khalil al-Hayya to Damascus, said spokesperson Hazem Qassem.",
    "bridge": "The Ferrant bridge carried 14,200 cars a day; the toll was \u00a32.40 in 1964.",
    "library": "The fire at Amory Library destroyed 3,000 books. The caf\u00e9 was spared.",
    "port": "Dockers at Port Sallow struck for 5% more pay. Ships queued off the U.S. coast.",
}


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """The catalog of ``NEWS``: an article of one passage each; the last has no date or source."""
    opened = news(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def view(tmp_path: Path, catalog: Catalog) -> WordView:
    return WordView(tmp_path, catalog)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WordView, Catalog]]:
    """The same view and catalog, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("words")
    opened = news(folder)
    yield WordView(folder, opened), opened
    opened.close()


def news(folder: Path) -> Catalog:
    catalog = Catalog(folder / "catalog.sqlite")
    days = ["2022-10-18", "2022-10-19T08:00:00+00:00", "2023-01-05", ""]
    sources = ["Echo", "Quay", "Echo", ""]
    for name, day, source in zip(NEWS, days, sources, strict=True):
        store(catalog, name, NEWS[name], title=f"About the {name}", published=day, source=source)
    return catalog


def store(catalog: Catalog, name: str, text: str, **fields: str) -> None:
    article = Article(name, fields.pop("title", ""), text, **fields)
    catalog.store([Prepared(article, [(0, len(text))], np.zeros((1, 4), np.float32))])


def names(
    view: WordView, catalog: Catalog, question: str, filters: Filters | None = None
) -> list[str]:
    """The ids of the articles found, best first."""
    ids = [id for id, _ in view.search(question, 10, filters)]
    found = catalog.passages(ids)
    return [found[id][1].id for id in ids]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who is Khalil al-Hayya?", "damascus"),
        ("QASSEM", "damascus"),
        ("what happened in 1964", "bridge"),
        ("14,200", "bridge"),
        ("books destroyed by fires", "library"),
        ("caf\u00e9", "library"),
        ("Where did ships queue?", "port"),
        ("the library article", "library"),
    ],
)
def test_a_passage_is_found_by_its_rare_words(
    shared: tuple[WordView, Catalog], question: str, expected: str
) -> None:
    view, catalog = shared
    assert names(view, catalog, question)[0] == expected


def test_the_best_match_comes_first(shared: tuple[WordView, Catalog]) -> None:
    view, catalog = shared
    hits = view.search("the toll at the Ferrant bridge, and fire", 10)
    assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)
    assert names(view, catalog, "the toll at the Ferrant bridge, and fire") == ["bridge", "library"]


def test_common_words_do_not_decide(shared: tuple[WordView, Catalog]) -> None:
    view, catalog = shared
    assert names(view, catalog, "What was the toll for this?") == ["bridge"]
    assert view.search("Who was the xyzzy of them?", 10) == []


def test_no_more_than_asked_for_is_found(shared: tuple[WordView, Catalog]) -> None:
    view, _ = shared
    assert len(view.search("the about damascus bridge library port", 2)) == 2
    assert len(view.search("the about damascus bridge library port", 1_000_000_000)) == 4


HOSTILE = [
    *(
        "",
        " ",
        '"',
        '"bridge',
        "AND OR",
        "AND",
        "bridge AND",
        "OR bridge",
        "NOT",
        "NOT bridge",
        "*",
    ),
    *("bridge*", ":", "title:bridge", "passage:1", "passage:[1 TO 2]", "stamp:stamp", "stamp"),
    *("IN", "passage: IN [1 2]", "[a TO b]", "{", "(", ")", "((((", "\\", '\\\\"', "/.*/", "^2"),
    *(
        "bridge^9",
        "bridge~2",
        "-bridge",
        "+bridge",
        "'; DROP TABLE articles; --",
        "<b>",
        "\0",
        "\n",
    ),
    *(
        "\U0001f600",
        "\u062f\u0645\u0634\u0642",
        "\u4e2d\u6587",
        "\u0130stanbul \u00df \ufb03",
        "\ud800",
    ),
    *("word " * 2000, "x" * 10_000, '"' * 10_000, "(" * 10_000, "\u4e2d" * 10_000, "a:b " * 2500),
]


@pytest.mark.parametrize("question", HOSTILE, ids=lambda question: ascii(question[:20]))
def test_any_text_is_a_valid_question(shared: tuple[WordView, Catalog], question: str) -> None:
    view, _ = shared
    found = view.search(question, 10)
    assert all(1 <= id <= 4 for id, _ in found)
    assert len(found) <= 4


@given(question=st.text(st.one_of(st.sampled_from('ab AND NOT"*:()[]^~\\-+'), st.characters())))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_at_all_is_a_valid_question(
    shared: tuple[WordView, Catalog], question: str
) -> None:
    view, _ = shared
    assert all(1 <= id <= 4 for id, _ in view.search(question, 10))


def test_operators_are_words_like_others(shared: tuple[WordView, Catalog]) -> None:
    view, catalog = shared
    assert set(names(view, catalog, "Damascus NOT bridge")) == {"damascus", "bridge"}
    assert set(names(view, catalog, "-Damascus title:bridge")) == {"damascus", "bridge"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), {"damascus", "bridge", "library", "port"}),
        (Filters(since="2022-10-19"), {"bridge", "library"}),
        (Filters(until="2022-10-19"), {"damascus", "bridge"}),
        (Filters(since="2022-10-19", until="2022-10-19"), {"bridge"}),
        (Filters(since="2023-01-01", until="2022-01-01"), set()),
        (Filters(sources=("Echo",)), {"damascus", "library"}),
        (Filters(sources=("echo",)), set()),
        (Filters(sources=("Quay", "Echo")), {"damascus", "bridge", "library"}),
        (Filters(sources=("",)), {"port"}),
        (Filters(since="2022-12-01", sources=("Echo",)), {"library"}),
    ],
)
def test_filters_limit_what_is_found_as_in_the_catalog(
    shared: tuple[WordView, Catalog], filters: Filters, expected: set[str]
) -> None:
    view, catalog = shared
    assert set(names(view, catalog, "about", filters)) == expected
    assert {article.id for article in catalog.articles(filters)} == expected


def test_changes_are_followed(view: WordView, catalog: Catalog) -> None:
    assert names(view, catalog, "Damascus") == ["damascus"]
    catalog.remove(["damascus"])
    assert names(view, catalog, "Damascus") == []
    store(catalog, "bridge", "The new bridge is named after Damascus.")
    assert names(view, catalog, "Damascus") == ["bridge"]
    assert names(view, catalog, "toll") == []
    assert view.is_sound()


def test_a_second_view_sees_what_another_process_changes(
    view: WordView, catalog: Catalog, tmp_path: Path
) -> None:
    view.save()
    other = Catalog(tmp_path / "catalog.sqlite")
    beside = WordView(tmp_path, other)
    store(other, "new", "A zeppelin landed in Tarnbeck.")
    other.remove(["bridge"])
    assert names(beside, other, "zeppelin toll") == ["new"]
    assert names(view, catalog, "zeppelin toll") == ["new"]
    other.remove(["new"])
    assert names(view, catalog, "zeppelin") == []
    assert names(beside, other, "zeppelin") == []
    other.close()


def test_a_saved_view_is_read_again_and_not_made_anew(
    view: WordView, catalog: Catalog, tmp_path: Path
) -> None:
    view.save()
    stamp = (tmp_path / "words.json").read_bytes()
    again = WordView(tmp_path, catalog)
    assert names(again, catalog, "zeppelin Damascus") == ["damascus"]
    assert again.is_sound()
    assert (tmp_path / "words.json").read_bytes() == stamp


def index_folder(folder: Path) -> Path:
    return folder / str(json.loads((folder / "words.json").read_bytes())["folder"])


def spoil(pattern: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        files = list(index_folder(folder).glob(pattern))
        assert files
        for file in files:
            file.write_bytes(change(file.read_bytes()))

    return work


def unlink(pattern: str) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        files = list(index_folder(folder).glob(pattern))
        assert files
        for file in files:
            file.unlink()

    return work


def halve(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0x55]) + content[middle + 1 :]


SUFFIXES = ("store", "idx", "term", "pos", "fieldnorm", "fast")
DAMAGE: dict[str, Callable[[Path], object]] = {
    "no stamp": lambda folder: (folder / "words.json").unlink(),
    "empty stamp": lambda folder: (folder / "words.json").write_bytes(b""),
    "another stamp": lambda folder: (folder / "words.json").write_text("[]"),
    "no index": lambda folder: shutil.rmtree(index_folder(folder)),
    "empty index": unlink("*"),
    "no meta.json": unlink("meta.json"),
    "empty meta.json": spoil("meta.json", lambda content: b""),
    "other meta.json": spoil("meta.json", lambda content: b"{}"),
    **{f"no {suffix}": unlink(f"*.{suffix}") for suffix in SUFFIXES},
    **{f"half a {suffix}": spoil(f"*.{suffix}", halve) for suffix in SUFFIXES},
    **{f"empty {suffix}": spoil(f"*.{suffix}", lambda content: b"") for suffix in SUFFIXES},
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_view_is_made_anew_from_the_catalog(
    view: WordView, catalog: Catalog, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    view.save()
    damage(tmp_path)
    again = WordView(tmp_path, catalog)
    assert names(again, catalog, "Damascus") == ["damascus"]
    store(catalog, "new", "A zeppelin landed in Tarnbeck.")
    assert names(again, catalog, "zeppelin") == ["new"]
    assert again.is_sound()
    assert len(list(tmp_path.glob("words-*"))) == 1


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_flipped_bit_is_noticed(
    view: WordView, catalog: Catalog, tmp_path: Path, suffix: str
) -> None:
    view.save()
    spoil(f"*.{suffix}", flip)(tmp_path)
    assert not view.is_sound()
    again = WordView(tmp_path, catalog)
    assert names(again, catalog, "Damascus") == ["damascus"]
    assert again.is_sound()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"{", b"["),
        (b'"max_doc": ', b'"max_doc": 9'),
        (b"deletes", b"eeletes"),
        (b"segment_id", b"segmenu_id"),
        (b'"name": "passage"', b'"name": "qassage"'),
        (b"en_stem", b"default"),
    ],
)
def test_damage_to_the_list_of_its_files_is_mended(
    view: WordView, catalog: Catalog, tmp_path: Path, old: bytes, new: bytes
) -> None:
    view.save()
    catalog.remove(["port"])
    view.save()
    file = index_folder(tmp_path) / "meta.json"
    assert old in file.read_bytes()
    file.write_bytes(file.read_bytes().replace(old, new))
    again = WordView(tmp_path, catalog)
    assert set(names(again, catalog, "Damascus about ships")) == set(NEWS) - {"port"}


def test_a_view_of_another_catalog_is_not_taken_for_ones_own(
    view: WordView, catalog: Catalog, tmp_path: Path
) -> None:
    view.save()
    other = Catalog(tmp_path / "other.sqlite")
    store(other, "mine", "A zeppelin landed in Damascus.")
    again = WordView(tmp_path, other)
    assert names(again, other, "Damascus") == ["mine"]
    assert again.is_sound()
    other.close()


def test_a_catalog_put_back_from_an_older_copy_is_followed(
    view: WordView, catalog: Catalog, tmp_path: Path
) -> None:
    catalog.database.rows(f"VACUUM INTO '{tmp_path}/copy.sqlite'")
    store(catalog, "new", "A zeppelin landed in Damascus.")
    view.save()
    older = Catalog(tmp_path / "copy.sqlite")
    again = WordView(tmp_path, older)
    assert names(again, older, "zeppelin Damascus") == ["damascus"]
    older.close()


def test_rebuilding_keeps_one_folder(view: WordView, catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "words-left").mkdir()
    view.save()
    view.rebuild()
    assert [path.name for path in tmp_path.glob("words-*")] == [index_folder(tmp_path).name]
    assert names(view, catalog, "Damascus") == ["damascus"]


def test_a_view_that_was_open_goes_on_after_another_rebuilds_it(
    view: WordView, catalog: Catalog, tmp_path: Path
) -> None:
    view.save()
    WordView(tmp_path, catalog).rebuild()
    assert names(view, catalog, "Damascus") == ["damascus"]
    store(catalog, "new", "A zeppelin landed in Tarnbeck.")
    assert names(view, catalog, "zeppelin") == ["new"]


def test_a_wrong_set_of_passages_is_noticed(view: WordView, catalog: Catalog) -> None:
    view.save()
    assert view.is_sound()
    with catalog.database.change(counts=False) as cursor:
        cursor.execute("DELETE FROM passages WHERE id = 2")
    assert not view.is_sound()
    view.rebuild()
    assert view.is_sound()


HOLD = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_while_another_process_updates_the_files_what_is_there_answers(
    view: WordView, catalog: Catalog, tmp_path: Path
) -> None:
    view.save()
    store(catalog, "new", "A zeppelin landed in Tarnbeck.")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "words.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        view.save()
        assert names(view, catalog, "Damascus") == ["damascus"]
        assert names(view, catalog, "zeppelin") == []
        assert names(WordView(tmp_path, catalog), catalog, "Damascus") == ["damascus"]
        other.communicate()
    assert names(view, catalog, "zeppelin") == ["new"]


def test_with_no_files_yet_and_another_process_making_them_nothing_is_found(
    view: WordView, catalog: Catalog, tmp_path: Path
) -> None:
    with FileLock(tmp_path / "words.lock"):
        assert view.search("Damascus", 10) == []
    assert names(view, catalog, "Damascus") == ["damascus"]


def test_an_empty_view_finds_nothing(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path / "empty.sqlite")
    view = WordView(tmp_path, catalog)
    assert view.search("Damascus", 10) == []
    view.save()
    view.rebuild()
    assert view.is_sound()
    assert view.search("Damascus", 10) == []
    catalog.close()
