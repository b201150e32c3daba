import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from index.catalog import Catalog, Ids
from index.records import Article, Filters
from index.storing import Prepared, Vectors
from index.vectors import VectorView

DIMENSION = 16
MakeArticle = Callable[..., Article]


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog(tmp_path / "catalog.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def view(tmp_path: Path, catalog: Catalog) -> VectorView:
    return VectorView(tmp_path, catalog, DIMENSION)


def unit(rows: Vectors) -> Vectors:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def store(catalog: Catalog, name: str, passages: int = 40, seed: int | None = None) -> None:
    """Store an article with vectors drawn at random; another seed changes it."""
    seed = sum(name.encode()) if seed is None else seed
    rows = unit(np.random.default_rng(seed).normal(size=(passages, DIMENSION)))
    article = Article(name, f"{seed}", "x" * passages, source=name[0])
    catalog.store([Prepared(article, [(n, n + 1) for n in range(passages)], rows)])


def brute_force(
    catalog: Catalog, query: Vectors, top_k: int, allowed: Ids | None = None
) -> list[tuple[int, float]]:
    """What NumPy finds among the catalog's own vectors."""
    wanted = catalog.matching(Filters()) if allowed is None else allowed
    vectors = catalog.vectors(wanted.tolist(), DIMENSION)
    scores = {id: float(vector @ query) for id, vector in vectors.items()}
    return sorted(scores.items(), key=lambda pair: -pair[1])[:top_k]


def check(view: VectorView, catalog: Catalog, allowed: Ids | None = None) -> None:
    """Compare the view with brute force, for questions near to and far from what is stored."""
    queries = unit(np.random.default_rng(99).normal(size=(5, DIMENSION)))
    for query in [*queries, *list(catalog.vectors(range(50), DIMENSION).values())[:2]]:
        everything = brute_force(catalog, query, 1000, allowed)
        for top_k in (1, 10, 1000):
            expected, found = everything[:top_k], view.search(query, top_k, allowed)
            assert [id for id, _ in found] == [id for id, _ in expected]
            assert np.allclose(
                [score for _, score in found], [score for _, score in expected], atol=1e-4
            )


def stamp(folder: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads((folder / "vectors.json").read_text())
    return content


def index_file(folder: Path) -> Path:
    return folder / str(stamp(folder)["file"])


def test_an_empty_view_finds_nothing(view: VectorView, tmp_path: Path) -> None:
    query = unit(np.ones(DIMENSION))
    assert view.search(query, 10) == []
    assert view.search(query, 10, np.empty(0, np.int64)) == []
    view.save()
    view.rebuild()
    assert view.is_sound()


def test_search_equals_brute_force_through_every_change(view: VectorView, catalog: Catalog) -> None:
    for name in ("a1", "b1", "a2", "b2"):
        store(catalog, name)
    check(view, catalog)
    catalog.remove(["b1"])
    check(view, catalog)
    store(catalog, "a2", passages=7, seed=1)
    store(catalog, "c1")
    check(view, catalog)
    catalog.remove(["a1", "a2", "b2", "c1"])
    check(view, catalog)
    store(catalog, "b1")
    check(view, catalog)
    assert view.is_sound()


def test_only_allowed_passages_are_found(view: VectorView, catalog: Catalog) -> None:
    for name in ("a1", "b1", "a2", "b2"):
        store(catalog, name)
    for allowed in (
        catalog.matching(Filters(sources=("a",))),
        catalog.matching(Filters(sources=("none",))),
        catalog.matching(Filters()),
        np.array([3], dtype=np.int64),
        np.array([10_000], dtype=np.int64),
    ):
        check(view, catalog, allowed)


def test_a_saved_view_is_read_again_and_caught_up(
    view: VectorView, catalog: Catalog, tmp_path: Path
) -> None:
    store(catalog, "a")
    store(catalog, "b")
    view.save()
    assert stamp(tmp_path)["generation"] == 2
    catalog.remove(["a"])
    store(catalog, "c")
    again = VectorView(tmp_path, catalog, DIMENSION)
    check(again, catalog)
    again.save()
    assert stamp(tmp_path)["generation"] == 4
    # What is read is the file, not the catalog: it holds when the catalog gives nothing more.
    check(VectorView(tmp_path, catalog, DIMENSION), catalog)


def test_a_view_sees_what_another_process_changes(
    view: VectorView, catalog: Catalog, tmp_path: Path
) -> None:
    store(catalog, "a")
    check(view, catalog)
    other = Catalog(tmp_path / "catalog.sqlite")
    beside = VectorView(tmp_path, other, DIMENSION)
    store(other, "b")
    other.remove(["a"])
    beside.save()
    check(view, catalog)
    check(beside, catalog)
    other.close()


def test_saving_keeps_one_file_whatever_was_left_behind(
    view: VectorView, catalog: Catalog, tmp_path: Path
) -> None:
    (tmp_path / "vectors-left.faiss").write_bytes(b"half a file")
    (tmp_path / "vectors-left.json").write_bytes(b"{")
    for name in "abc":
        store(catalog, name)
        view.save()
    before = stamp(tmp_path)
    view.save()
    assert stamp(tmp_path) == before
    assert list(tmp_path.glob("vectors-*")) == [index_file(tmp_path)]


def flip(file: Path, at: float) -> None:
    content = bytearray(file.read_bytes())
    content[int(at * (len(content) - 1))] ^= 0x10
    file.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "no stamp": lambda folder: (folder / "vectors.json").unlink(),
    "no index": lambda folder: index_file(folder).unlink(),
    "empty stamp": lambda folder: (folder / "vectors.json").write_bytes(b""),
    "empty index": lambda folder: index_file(folder).write_bytes(b""),
    "another stamp": lambda folder: (folder / "vectors.json").write_text("[1, 2]"),
    "binary stamp": lambda folder: (folder / "vectors.json").write_bytes(b"\xff\xfe\x00"),
    "older stamp": lambda folder: (folder / "vectors.json").write_text(
        json.dumps({**stamp(folder), "generation": 1})
    ),
    "newer stamp": lambda folder: (folder / "vectors.json").write_text(
        json.dumps({**stamp(folder), "generation": 9})
    ),
    "half an index": lambda folder: index_file(folder).write_bytes(
        index_file(folder).read_bytes()[:999]
    ),
    "a bit at the start": lambda folder: flip(index_file(folder), 0.01),
    "a bit in the middle": lambda folder: flip(index_file(folder), 0.5),
    "a bit at the end": lambda folder: flip(index_file(folder), 1),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_view_is_made_anew_from_the_catalog(
    view: VectorView, catalog: Catalog, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    for name in "abc":
        store(catalog, name)
    catalog.remove(["b"])
    view.save()
    damage(tmp_path)
    again = VectorView(tmp_path, catalog, DIMENSION)
    check(again, catalog)
    again.save()
    assert again.is_sound()
    assert stamp(tmp_path)["generation"] == 4
    check(VectorView(tmp_path, catalog, DIMENSION), catalog)


def test_no_flipped_bit_of_the_stamp_does_harm(
    view: VectorView, catalog: Catalog, tmp_path: Path
) -> None:
    store(catalog, "a", passages=5)
    store(catalog, "b", passages=5)
    view.save()
    whole = (tmp_path / "vectors.json").read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        (tmp_path / "vectors.json").write_bytes(damaged)
        again = VectorView(tmp_path, catalog, DIMENSION)
        query = unit(np.ones(DIMENSION))
        found = [id for id, _ in again.search(query, 100)]
        assert found == [id for id, _ in brute_force(catalog, query, 100)]


def test_damage_done_while_the_view_is_open_is_noticed_and_repaired(
    view: VectorView, catalog: Catalog, tmp_path: Path
) -> None:
    store(catalog, "a")
    view.save()
    flip(index_file(tmp_path), 0.5)
    assert not view.is_sound()
    view.rebuild()
    assert view.is_sound()
    check(VectorView(tmp_path, catalog, DIMENSION), catalog)


def test_a_view_of_another_catalog_is_not_taken_for_ones_own(
    view: VectorView, catalog: Catalog, tmp_path: Path
) -> None:
    store(catalog, "a")
    view.save()
    other = Catalog(tmp_path / "other.sqlite")
    store(other, "b", passages=20)
    check(VectorView(tmp_path, other, DIMENSION), other)
    other.close()


def test_a_catalog_put_back_from_an_older_copy_is_followed(
    view: VectorView, catalog: Catalog, tmp_path: Path
) -> None:
    store(catalog, "a")
    catalog.database.rows(f"VACUUM INTO '{tmp_path}/copy.sqlite'")
    store(catalog, "b")
    catalog.remove(["a"])
    view.save()
    older = Catalog(tmp_path / "copy.sqlite")
    check(VectorView(tmp_path, older, DIMENSION), older)
    older.close()


def test_passages_that_are_gone_from_the_catalog_make_a_view_unsound(
    view: VectorView, catalog: Catalog
) -> None:
    store(catalog, "a")
    view.save()
    assert view.is_sound()
    with catalog.database.change(counts=False) as cursor:
        cursor.execute("DELETE FROM passages WHERE id = 5")
    assert not view.is_sound()
    view.rebuild()
    assert view.is_sound()


@pytest.fixture
def inverted(view: VectorView, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> VectorView:
    """A view past the switch to an inverted file, with passages in groups as real ones are."""
    monkeypatch.setattr("index.vectors.EXACT_UPTO", 1000)
    monkeypatch.setattr("index.vectors.PROBES", 16)
    random = np.random.default_rng(5)
    groups = unit(random.normal(size=(60, DIMENSION)))
    for number in range(10):
        rows = unit(groups[random.integers(60, size=200)] + random.normal(0, 0.1, (200, DIMENSION)))
        article = Article(f"{number}", "", "x" * 200)
        catalog.store([Prepared(article, [(n, n + 1) for n in range(200)], rows)])
    return view


def recall(view: VectorView, catalog: Catalog) -> float:
    vectors = list(catalog.vectors(catalog.matching(Filters()).tolist(), DIMENSION).values())
    noise = np.random.default_rng(6).normal(0, 0.1, (30, DIMENSION))
    shares = []
    for query in unit(np.array(vectors[:: len(vectors) // 30][:30]) + noise):
        expected = {id for id, _ in brute_force(catalog, query, 10)}
        found = view.search(query, 10)
        assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)
        shares.append(len(expected & {id for id, _ in found}) / len(expected))
    return float(np.mean(shares))


def test_many_passages_are_searched_through_an_inverted_file(
    inverted: VectorView, catalog: Catalog, tmp_path: Path
) -> None:
    assert recall(inverted, catalog) > 0.9
    inverted.save()
    again = VectorView(tmp_path, catalog, DIMENSION)
    assert recall(again, catalog) > 0.9
    assert again.is_sound()


def test_an_inverted_file_gives_only_what_is_allowed(
    inverted: VectorView, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.vectors.PROBES", 1000)
    (query,) = unit(np.random.default_rng(7).normal(size=(1, DIMENSION)))
    for allowed in (catalog.matching(Filters())[::50], np.array([3, 10_000], dtype=np.int64)):
        found = inverted.search(query, 100, allowed)
        expected = brute_force(catalog, query, 100, allowed)
        assert {id for id, _ in found} == {id for id, _ in expected}
        assert np.allclose([score for _, score in found], [s for _, s in expected], atol=1e-3)


def test_an_inverted_file_follows_changes(inverted: VectorView, catalog: Catalog) -> None:
    inverted.save()
    catalog.remove(["3", "4"])
    store(catalog, "5", passages=30)
    store(catalog, "new", passages=50)
    assert recall(inverted, catalog) > 0.9
    assert inverted.is_sound()


def test_a_shrunken_archive_goes_back_to_exact_search(
    inverted: VectorView, catalog: Catalog
) -> None:
    inverted.save()
    catalog.remove([f"{number}" for number in range(8)])
    check(inverted, catalog)
    assert inverted.is_sound()


def test_the_switch_does_not_swing_at_the_edge(
    inverted: VectorView, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    inverted.save()
    catalog.remove([f"{number}" for number in range(6)])  # 800 left: over half of 1000
    caplog.clear()
    inverted.save()
    store(catalog, "new", passages=300)
    inverted.save()
    assert "inverted index" not in caplog.text
    assert recall(inverted, catalog) > 0.9


def test_two_views_may_save_at_once(catalog: Catalog, tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            beside = VectorView(tmp_path, catalog, DIMENSION)
            for number in range(15):
                store(catalog, f"{name}{number}", passages=3)
                beside.save()
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    again = VectorView(tmp_path, catalog, DIMENSION)
    check(again, catalog)
    assert again.is_sound()
