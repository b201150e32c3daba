import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from index.catalog import Catalog
from index.errors import ArchiveError
from index.records import Article, Filters
from index.storing import Prepared, Standing

MakeArticle = Callable[..., Article]
DIMENSION = 8


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / "catalog.sqlite")
    yield opened
    opened.close()


def prepared(article: Article, passages: int = 2) -> Prepared:
    """``article`` with passages of 20 characters and vectors of their own."""
    rows = np.random.default_rng(len(article.text)).normal(size=(passages, DIMENSION))
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return Prepared(article, [(20 * n, 20 * n + 20) for n in range(passages)], vectors)


def passage_ids(catalog: Catalog) -> list[int]:
    return catalog.matching(Filters()).tolist()


def ids(articles: list[Article]) -> list[str]:
    return [article.id for article in articles]


def test_an_article_comes_back_as_it_was_stored(catalog: Catalog, article: MakeArticle) -> None:
    stored = article(
        "\u062f\u0645\u0634\u0642 'a\"%_",
        title="\U0001f600 \u2014 'quoted\"",
        url="https://a.example/?q=1&b=%20",
        published="2022-10-18T09:30:00+00:00",
        source="The \u00c9cho",
    )
    catalog.store([prepared(stored)])
    assert catalog.article(stored.id) == stored
    assert catalog.article("another") is None
    assert catalog.count() == (1, 2)


def test_passages_and_their_vectors_belong_together(catalog: Catalog, article: MakeArticle) -> None:
    items = [prepared(article(name)) for name in "abc"]
    catalog.store(items)
    passages = catalog.passages(range(100))
    vectors = catalog.vectors(range(100), DIMENSION)
    assert list(passages) == list(vectors) == passage_ids(catalog)
    expected = [(item, n) for item in items for n in range(2)]
    for (item, n), id in zip(expected, passages, strict=True):
        passage, owner = passages[id]
        assert owner == item.article
        assert (passage.id, passage.article_id) == (id, owner.id)
        assert (passage.start, passage.end) == item.offsets[n]
        assert passage.text == owner.text[passage.start : passage.end]
        assert np.array_equal(vectors[id], item.vectors[n].astype(np.float16).astype(np.float32))


def test_the_generation_rises_once_a_change(catalog: Catalog, article: MakeArticle) -> None:
    assert catalog.generation() == 0
    catalog.store([prepared(article(name)) for name in "abc"])
    assert catalog.generation() == 1
    catalog.remove(["a", "b"])
    assert catalog.generation() == 2
    catalog.remember("encoder", "tiny")
    catalog.forget_hash("c")
    assert catalog.generation() == 2


def test_what_stands_of_an_article_is_known(catalog: Catalog, article: MakeArticle) -> None:
    first = article("a", published="2022-10-18")
    assert catalog.standing(first) == Standing()
    catalog.store([prepared(first)])
    assert catalog.standing(first) == Standing(unchanged=True, exists=True)
    for field in ("title", "text", "url", "published", "source"):
        changed = article("a", **{"published": "2022-10-18", field: "something else"})
        assert catalog.standing(changed) == Standing(exists=True)
    assert catalog.standing(article("b", text=first.text)) == Standing(copy_of="a")
    assert catalog.standing(article("b")) == Standing()


def test_unchanged_articles_and_copies_keep_what_is_stored(
    catalog: Catalog, article: MakeArticle
) -> None:
    catalog.store([prepared(article("a"))])
    before = passage_ids(catalog)
    standings = catalog.store(
        [prepared(article("a")), prepared(article("b", text=article("a").text))]
    )
    assert standings == [Standing(unchanged=True, exists=True), Standing(copy_of="a")]
    assert passage_ids(catalog) == before
    assert catalog.article("b") is None


def test_copies_in_one_batch_are_recognised(catalog: Catalog, article: MakeArticle) -> None:
    twin = article("b", text=article("a").text)
    assert catalog.store([prepared(article("a")), prepared(twin)])[1] == Standing(copy_of="a")


def test_a_changed_article_replaces_its_passages(catalog: Catalog, article: MakeArticle) -> None:
    catalog.store([prepared(article("a")), prepared(article("b"))])
    old = [id for id, (_, owner) in catalog.passages(range(100)).items() if owner.id == "a"]
    assert catalog.store([prepared(article("a", title="New"), 3)]) == [Standing(exists=True)]
    assert catalog.count() == (2, 5)
    assert not set(old) & set(passage_ids(catalog))
    assert sorted(catalog.removed(1, 2)) == old


def test_ids_are_never_used_again(catalog: Catalog, article: MakeArticle) -> None:
    used: set[int] = set()
    for turn in range(3):
        catalog.store([prepared(article("a", title=f"{turn}")), prepared(article(f"b{turn}"))])
        new = set(passage_ids(catalog))
        assert not new & used
        used |= new
        assert catalog.remove(["a", f"b{turn}", "none"]) == ["a", f"b{turn}"]
        assert catalog.count() == (0, 0)
    assert sorted(catalog.removed(0, catalog.generation())) == sorted(used)


def test_a_view_learns_what_changed_since_any_generation(
    catalog: Catalog, article: MakeArticle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.catalog.CHUNK", 3)
    shown: dict[int, set[int]] = {0: set()}
    for turn in range(4):
        catalog.store([prepared(article(f"{turn}{name}", title=f"{turn}")) for name in "abc"])
        shown[catalog.generation()] = set(passage_ids(catalog))
        catalog.remove([f"{turn}b", f"{turn - 1}a"])
        shown[catalog.generation()] = set(passage_ids(catalog))
    last = catalog.generation()
    for generation, known in shown.items():
        added = {passage.id for chunk in catalog.added(generation, last) for passage, _ in chunk}
        vectors = dict(
            pair
            for ids, rows in catalog.added_vectors(generation, last, DIMENSION)
            for pair in zip(ids.tolist(), rows, strict=True)
        )
        assert added == set(vectors)
        assert known - set(catalog.removed(generation, last).tolist()) | added == shown[last]


def test_passages_need_an_article(catalog: Catalog, article: MakeArticle) -> None:
    catalog.store([prepared(article("a"))])
    with pytest.raises(ArchiveError, match="FOREIGN KEY"), catalog.database.change() as cursor:
        cursor.execute(
            "INSERT INTO passages (article, first, after, generation, checksum, vector) "
            "VALUES (99, 0, 1, 1, 0, '')"
        )
    with catalog.database.change() as cursor:
        cursor.execute("DELETE FROM articles")
    assert catalog.count() == (0, 0)


def test_a_batch_that_fails_midway_leaves_nothing(catalog: Catalog, article: MakeArticle) -> None:
    catalog.store([prepared(article("a"))])
    before = list(catalog.database.rows("SELECT * FROM passages")), catalog.generation()
    broken = Prepared(article("c"), [(0, 5), (5, 9)], np.zeros((1, DIMENSION), np.float32))
    with pytest.raises(ValueError, match="zip"):
        catalog.store([prepared(article("a", title="New")), prepared(article("b")), broken])
    assert (list(catalog.database.rows("SELECT * FROM passages")), catalog.generation()) == before
    assert catalog.article("a") == article("a")
    assert catalog.article("b") is None
    catalog.store([prepared(article("b"))])
    assert catalog.count() == (2, 4)


DATED = {
    "none": "",
    "day": "2022-10-18",
    "night": "2022-10-18T23:59:59+00:00",
    "next": "2022-10-19T00:00:00+00:00",
    "year": "2023-01-01",
}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), "year next night day none"),
        (Filters(since="2022-10-19"), "year next"),
        (Filters(since="2022-10-18"), "year next night day"),
        (Filters(until="2022-10-18"), "night day"),
        (Filters(until="2022-10-17"), ""),
        (Filters(since="2022-10-18", until="2022-10-19"), "next night day"),
        (Filters(since="2023-01-01", until="2022-01-01"), ""),
        (Filters(sources=("Odd",)), "year night none"),
        (Filters(sources=("Even", "Odd")), "year next night day none"),
        (Filters(sources=("odd",)), ""),
        (Filters(sources=("Odd' OR 1=1 --",)), ""),
        (Filters("2022-10-18", "2022-12-31", ("Odd",)), "night"),
    ],
)
def test_filters_limit_articles_and_passages_alike(
    catalog: Catalog, article: MakeArticle, filters: Filters, expected: str
) -> None:
    catalog.store(
        [
            prepared(article(name, published=day, source="Even" if number % 2 else "Odd"))
            for number, (name, day) in enumerate(DATED.items())
        ]
    )
    assert ids(catalog.articles(filters)) == expected.split()
    owners = catalog.passages(catalog.matching(filters).tolist()).values()
    assert {owner.id for _, owner in owners} == set(expected.split())


def test_articles_of_one_day_are_listed_latest_first(
    catalog: Catalog, article: MakeArticle
) -> None:
    for name in "abc":
        catalog.store([prepared(article(name))])
    assert ids(catalog.articles()) == ["c", "b", "a"]
    assert ids(catalog.articles(limit=2)) == ["c", "b"]


@pytest.mark.parametrize(
    ("words", "filters", "expected"),
    [
        ("", Filters(), "c b a"),
        ("harbour", Filters(), "b a"),
        ("ÉCHO harbour", Filters(), "b"),
        ("100%", Filters(), "c"),
        ("%", Filters(), "c"),
        ("_ !", Filters(), ""),
        ("2022", Filters(since="2022-10-02"), "c b"),
        ("", Filters(sources=("Quay",)), "c a"),
    ],
)
def test_lists_hold_what_is_wanted_without_texts(
    catalog: Catalog, article: MakeArticle, words: str, filters: Filters, expected: str
) -> None:
    for name, title, source in (
        ("a", "Harbour", "Quay"),
        ("b", "The HARBOUR", "Écho"),
        ("c", "Rain 100%", "Quay"),
    ):
        day = f"2022-10-0{'abc'.index(name) + 1}"
        catalog.store([prepared(article(name, title=title, source=source, published=day))])
    count, found = catalog.listed(words.split(), filters, limit=2)
    assert (count, ids(found)) == (len(expected.split()), expected.split()[:2])
    assert {one.text for one in found} <= {""}


def test_sources_are_named_once(catalog: Catalog, article: MakeArticle) -> None:
    catalog.store(
        [
            prepared(article(name, source=source))
            for name, source in [("a", "Quay"), ("b", ""), ("c", "Echo"), ("d", "Quay")]
        ]
    )
    assert catalog.sources() == ["Echo", "Quay"]


def test_what_was_remembered_first_stays(catalog: Catalog) -> None:
    assert catalog.setting("encoder") == ""
    assert catalog.remember("encoder", "one") == "one"
    assert catalog.remember("encoder", "two") == "one"


def test_threads_write_and_read_at_once(catalog: Catalog, article: MakeArticle) -> None:
    failures: list[BaseException] = []

    def guarded(work: Callable[[str], None], name: str) -> threading.Thread:
        def run() -> None:
            try:
                work(name)
            except BaseException as error:  # noqa: BLE001 - told by the test
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def write(name: str) -> None:
        for number in range(20):
            catalog.store([prepared(article(f"{name}{number}", title=f"{number}"))])
            if number % 2:
                catalog.remove([f"{name}{number}"])

    def read(_: str) -> None:
        for _ in range(60):
            for passage, owner in catalog.passages(passage_ids(catalog)).values():
                assert owner.text[passage.start : passage.end] == passage.text

    threads = [guarded(work, name) for work, name in [(write, "a"), (write, "b"), (read, "")]]
    for thread in threads:
        thread.join()
    assert failures == []
    assert catalog.count() == (20, 40)
    assert catalog.generation() == 60


def test_a_second_connection_sees_changes_at_once(
    catalog: Catalog, article: MakeArticle, tmp_path: Path
) -> None:
    other = Catalog(tmp_path / "catalog.sqlite")
    assert other.setting("identity") == catalog.setting("identity")
    catalog.store([prepared(article("a"))])
    assert other.standing(article("a")).unchanged
    other.remove(["a"])
    assert catalog.count() == (0, 0)
    assert other.generation() == catalog.generation() == 2
    other.close()


def test_every_catalog_has_an_identity_of_its_own(catalog: Catalog, tmp_path: Path) -> None:
    other = Catalog(tmp_path / "other.sqlite")
    assert len(catalog.setting("identity")) == 16
    assert other.setting("identity") != catalog.setting("identity")
    other.close()


def test_a_reader_does_not_wait_for_a_writer(catalog: Catalog, article: MakeArticle) -> None:
    catalog.store([prepared(article("a"))])
    with catalog.database.change() as cursor:
        cursor.execute("DELETE FROM articles")
        assert catalog.count() == (1, 2)
    assert catalog.count() == (0, 0)


def test_a_writer_that_waits_too_long_is_told_why(
    tmp_path: Path, article: MakeArticle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.database.BUSY_SECONDS", 0.1)
    first, second = Catalog(tmp_path / "catalog.sqlite"), Catalog(tmp_path / "catalog.sqlite")
    with first.database.change():
        with pytest.raises(ArchiveError, match="another process has been writing"):
            second.store([prepared(article("a"))])
        assert second.count() == (0, 0)
    second.store([prepared(article("a"))])
    assert first.count() == (1, 2)
    first.close()
    second.close()


def test_a_file_of_another_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "catalog.sqlite"
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 7")
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(ArchiveError, match=r"its form is 7, this one reads 1"):
        Catalog(file)
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    connection.close()


def test_a_database_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "catalog.sqlite"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(ArchiveError, match="not an archive"):
        Catalog(file)
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    connection.close()


@pytest.mark.parametrize("content", [b"no database, but text " * 100, b"\0" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "catalog.sqlite"
    file.write_bytes(content)
    with pytest.raises(ArchiveError, match="not a database"):
        Catalog(file)
    assert file.read_bytes() == content


def test_a_place_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=f"{tmp_path}/none/catalog"):
        Catalog(tmp_path / "none" / "catalog.sqlite")
    with pytest.raises(ArchiveError, match=str(tmp_path)):
        Catalog(tmp_path)


def test_a_file_cut_short_is_refused_plainly(catalog: Catalog, article: MakeArticle) -> None:
    catalog.store([prepared(article(f"{number}")) for number in range(50)])
    file = catalog.database.path
    catalog.close()
    with file.open("r+b") as stream:
        stream.truncate(file.stat().st_size // 2)
    with pytest.raises(ArchiveError, match="restore it from a copy"):  # noqa: PT012 - either may
        again = Catalog(file)
        again.articles()


@pytest.mark.parametrize("turn", range(3))
def test_many_may_make_the_same_catalog_at_once(tmp_path: Path, turn: int) -> None:
    failures: list[BaseException] = []
    identities: list[str] = []
    start = threading.Barrier(12)

    def make() -> None:
        start.wait()
        try:
            made = Catalog(tmp_path / "catalog.sqlite")
            identities.append(made.setting("identity"))
            made.close()
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [threading.Thread(target=make) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(set(identities)) == 1
