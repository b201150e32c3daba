import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index.adding import Summary, passage_text
from index.archive import Archive
from index.errors import ArchiveError, EncoderMismatch, ModelError, UsageError
from index.passages import cut
from index.records import Article, Filters, Hit, Problem

MakeArticle = Callable[..., Article]


def found(archive: Archive, question: str, filters: Filters | None = None) -> set[str]:
    """The ids of the articles with a passage that holds a word of ``question``."""
    hits = archive.search(question, 100, filters or Filters())
    words = question.split()
    return {hit.article.id for hit in hits if any(word in hit.passage.text for word in words)}


def complete(archive: Archive) -> list[str]:
    """The ids of the articles, after a check that each has all of its passages."""
    for article in archive.articles():
        rows = archive._catalog.database.rows(
            "SELECT first, after FROM passages JOIN articles ON key = article "
            "WHERE articles.id = ? ORDER BY first",
            article.id,
        )
        assert rows == list(cut(article.text))
    return sorted(article.id for article in archive.articles())


# -- adding ---------------------------------------------------------------------------------------


def test_what_is_added_can_be_listed_found_and_checked(
    archive: Archive, article: MakeArticle
) -> None:
    summary = archive.add([article("a", source="Echo"), article("b", source="Quay")])
    assert (summary.added, summary.passages, summary.problems) == (2, 6, [])
    assert summary.seen == 2
    assert archive.count() == (2, 6)
    assert archive.sources() == ["Echo", "Quay"]
    assert archive.article("a") == article("a", source="Echo")
    assert complete(archive) == ["a", "b"]
    assert found(archive, "ax3 bx3") == {"a", "b"}
    findings = archive.verify()
    assert (findings.articles, findings.passages) == (2, 6)
    assert (findings.faults, findings.rebuilt) == ((), ())


def test_adding_again_does_no_work(archive: Archive, article: MakeArticle) -> None:
    archive.add([article("a"), article("b")])
    before = archive.generation()
    # Were there work to do, the encoder would be missed.
    with closing(Archive(archive.folder, "/no/such/encoder")) as again:
        summary = again.add([article("a"), article("b")])
    assert (summary.unchanged, summary.added, summary.changed, summary.passages) == (2, 0, 0, 0)
    assert archive.generation() == before


def test_a_changed_article_replaces_its_old_passages(
    archive: Archive, article: MakeArticle
) -> None:
    archive.add([article("a"), article("b")])
    summary = archive.add([article("a", text="A zeppelin landed in Tarnbeck on Tuesday.")])
    assert (summary.changed, summary.added, summary.passages) == (1, 0, 1)
    assert archive.count() == (2, 4)
    assert found(archive, "zeppelin") == {"a"}
    assert found(archive, "ax3") == set()
    assert archive.verify().rebuilt == ()


def test_the_same_text_under_another_name_is_a_copy(archive: Archive, article: MakeArticle) -> None:
    twin = article("b", text=article("a").text)
    summary = archive.add([article("a"), twin, article("c")])
    assert summary.copies == [("b", "a")]
    assert archive.add([twin]).copies == [("b", "a")]
    assert complete(archive) == ["a", "c"]


def test_problems_are_passed_through_and_the_rest_goes_in(
    archive: Archive, article: MakeArticle
) -> None:
    broken = Problem("broken.pdf", "is damaged")
    summary = archive.add([broken, article("a"), Article("blank", "Title", " \n "), article("b")])
    assert summary.problems == [broken, Problem("blank", "holds no text; nothing to add.")]
    assert (summary.added, summary.seen) == (2, 4)
    assert complete(archive) == ["a", "b"]


def test_progress_is_told_after_each_batch_and_at_the_end(
    archive: Archive, article: MakeArticle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.adding.BATCH_PASSAGES", 6)
    told: list[tuple[int, int]] = []

    def progress(summary: Summary) -> None:
        told.append((summary.seen, summary.passages))
        assert archive.count() == (summary.seen, summary.passages)

    archive.add((article(f"{number}") for number in range(5)), progress)
    assert told == [(2, 6), (4, 12), (5, 15), (5, 15)]


def test_finished_batches_are_kept_when_reading_fails(
    archive: Archive, article: MakeArticle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.adding.BATCH_PASSAGES", 6)

    def articles() -> Iterator[Article]:
        yield from (article(name) for name in "abc")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.add(articles())
    assert complete(archive) == ["a", "b"]
    assert found(archive, "bx3") == {"b"}
    assert archive.add([article(name) for name in "abc"]).unchanged == 2
    assert complete(archive) == ["a", "b", "c"]


def test_the_title_travels_with_each_passage_into_its_vector(
    archive: Archive, article: MakeArticle
) -> None:
    archive.add([article("a", title="One title")])
    (hit, *_) = archive.search("ax3", 10)
    assert passage_text(hit.article, 0, 4) == "One title\n" + hit.article.text[:4]
    rows = archive.encoder.encode(
        ["ax3", passage_text(hit.article, hit.passage.start, hit.passage.end)]
    )
    assert hit.similarity == pytest.approx(float(rows[0] @ rows[1]), abs=2e-3)
    archive.add([article("a", title="Quite another 1234567890 title")])
    again = {hit.passage.start: hit.similarity for hit in archive.search("ax3", 10)}
    assert again[hit.passage.start] != pytest.approx(hit.similarity, abs=1e-4)


def test_seeding_happens_once(archive: Archive, article: MakeArticle) -> None:
    archive.seed("sample", lambda: [article("a"), article("b")])
    archive.remove(["a"])

    def unwanted() -> list[Article]:
        raise AssertionError("was read again")

    archive.seed("sample", unwanted)
    assert complete(archive) == ["b"]


def test_seeding_that_was_stopped_goes_on_the_next_time(
    archive: Archive, article: MakeArticle
) -> None:
    def stopped() -> Iterator[Article]:
        yield article("a")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.seed("sample", stopped)
    archive.seed("sample", lambda: [article("a"), article("b")])
    assert complete(archive) == ["a", "b"]


# -- removing -------------------------------------------------------------------------------------


def test_removed_articles_are_gone_and_may_come_back(
    archive: Archive, article: MakeArticle
) -> None:
    archive.add([article("a"), article("b")])
    ids = {hit.passage.id for hit in archive.search("ax3", 100)}
    assert archive.remove(["a", "none", "a"]) == ["a"]
    assert complete(archive) == ["b"]
    assert found(archive, "ax3 bx3") == {"b"}
    assert archive.verify().rebuilt == ()
    archive.add([article("a")])
    assert found(archive, "ax3 bx3") == {"a", "b"}
    new = {hit.passage.id for hit in archive.search("ax3", 100) if hit.article.id == "a"}
    assert not new & ids


# -- finding --------------------------------------------------------------------------------------


def test_hits_are_ranked_and_quote_their_article(archive: Archive, article: MakeArticle) -> None:
    archive.add([article(name) for name in "abcd"])
    hits = archive.search("what did they say of cx7 in line 7?", 5)
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    assert any("cx7" in hit.passage.text for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.passage.id for hit in hits}) == 5
    for hit in hits:
        assert hit.passage.article_id == hit.article.id
        assert hit.article.text[hit.passage.start : hit.passage.end] == hit.passage.text
        assert -1 <= hit.similarity <= 1.001


def test_an_empty_archive_finds_nothing(archive: Archive) -> None:
    assert archive.search("anything") == []
    findings = archive.verify()
    assert (findings.articles, findings.faults, findings.rebuilt) == (0, (), ())


@pytest.mark.parametrize(
    "question", ["", " ", "\U0001f600", "\u062f\u0645\u0634\u0642", "'; DROP TABLE", "x" * 10_000]
)
def test_any_question_is_answered(archive: Archive, article: MakeArticle, question: str) -> None:
    archive.add([article("a")])
    assert len(archive.search(question, 2)) == 2


def test_filters_reach_both_views(archive: Archive, article: MakeArticle) -> None:
    archive.add(
        [
            article("a", published="2022-10-18", source="Echo"),
            article("b", published="2022-10-19T10:00:00+00:00", source="Echo"),
            article("c", published="2023-01-01", source="Quay"),
            article("d"),
        ]
    )

    def ids(**limits: object) -> str:
        filters = Filters(**limits)  # type: ignore[arg-type]
        hits = archive.search("harbour ax1 bx1 cx1 dx1", 100, filters)
        listed = {article.id for article in archive.articles(filters)}
        assert {hit.article.id for hit in hits} == listed
        assert len(hits) == 3 * len(listed)
        return "".join(sorted(listed))

    assert ids() == "abcd"
    assert ids(since="2022-10-19") == "bc"
    assert ids(until="2022-10-19") == "ab"
    assert ids(since="2022-10-19", until="2022-10-19") == "b"
    assert ids(since="2023-01-01", until="2022-01-01") == ""
    assert ids(sources=("Echo",)) == "ab"
    assert ids(sources=("Quay", "Echo")) == "abc"
    assert ids(sources=("",)) == "d"
    assert ids(sources=("None",)) == ""
    assert ids(since="2022-12-31", sources=("Echo",)) == ""
    # Other ways to write the same days in ISO 8601.
    assert ids(since="20221019") == ids(since="2022-W42-3") == "bc"


@pytest.mark.parametrize("day", ["yesterday", "18.10.2022", "2022-13-01", "2022-02-30", "2022"])
def test_a_day_that_is_none_is_refused(archive: Archive, day: str) -> None:
    for filters in (Filters(since=day), Filters(until=day)):
        with pytest.raises(UsageError, match="like 2022-10-18"):
            archive.search("anything", 10, filters)
        with pytest.raises(UsageError, match=day):
            archive.articles(filters)


def test_no_passages_cannot_be_asked_for(archive: Archive) -> None:
    with pytest.raises(UsageError, match="top_k is 0"):
        archive.search("anything", 0)


def test_the_sample_answers_its_first_question(sample_archive: Archive) -> None:
    hits = sample_archive.search("Who brokered the reconciliation?", 5)
    assert "Nasrallah" in hits[0].passage.text
    assert "Iran" in hits[0].passage.text
    assert hits[0].similarity > 0.3
    unrelated = sample_archive.search("How do I bake sourdough bread?", 1)
    assert hits[0].similarity > unrelated[0].similarity


def test_filters_lead_to_other_sample_articles(sample_archive: Archive) -> None:
    source = sample_archive.sources()[0]
    for filters in (Filters(sources=(source,)), Filters(since="2022-11-01"), Filters()):
        hits = sample_archive.search("What happened?", 30, filters)
        allowed = {article.id for article in sample_archive.articles(filters)}
        assert hits
        assert {hit.article.id for hit in hits} <= allowed


def test_a_list_is_searched_and_limited_and_says_how_many_there_are(
    sample_archive: Archive,
) -> None:
    count, shown = sample_archive.listed("port sallow", limit=2)
    assert count > len(shown) == 2
    assert all("port sallow" in article.title.lower() for article in shown)
    assert sample_archive.listed()[0] == sample_archive.count()[0]
    assert sample_archive.listed("x" * 100_000 + " \ud800 %") == (0, [])
    with pytest.raises(UsageError, match="is no date"):
        sample_archive.listed("", Filters(since="yesterday"))


# -- encoders -------------------------------------------------------------------------------------


def test_another_encoder_is_refused_with_both_names(
    archive: Archive, article: MakeArticle, other_encoder: str
) -> None:
    archive.add([article("a")])
    with closing(Archive(archive.folder, other_encoder)) as other:
        uses: list[Callable[[], object]] = [
            lambda: other.search("anything"),
            lambda: other.add([article("b")]),
            other.verify,
        ]
        for use in uses:
            with pytest.raises(EncoderMismatch) as raised:
                use()
            assert archive.encoder.identity in str(raised.value)
            assert "other@" in str(raised.value)
            assert "--encoder" in str(raised.value)
        # What needs no encoder works.
        assert [article.id for article in other.articles()] == ["a"]
        assert other.remove(["a"]) == ["a"]
    assert archive.verify().faults == ()


def test_an_archive_of_the_shipped_encoder_says_how_to_go_back_to_it(
    sample_archive: Archive, tiny_encoder: str
) -> None:
    with (
        closing(Archive(sample_archive.folder, tiny_encoder)) as other,
        pytest.raises(EncoderMismatch, match="Leave --encoder out"),
    ):
        other.search("anything")


def test_a_missing_encoder_does_no_harm(tmp_path: Path, article: MakeArticle) -> None:
    with closing(Archive(tmp_path / "archive", "/no/such/encoder")) as archive:
        with pytest.raises(ModelError, match="/no/such/encoder"):
            archive.add([article("a")])
        assert archive.count() == (0, 0)


# -- checking -------------------------------------------------------------------------------------

OF_A = "WHERE article = (SELECT key FROM articles WHERE id = 'a')"
TAMPERING = {
    "text": "UPDATE articles SET text = replace(text, 'ax3', 'ax4') WHERE id = 'a'",
    "shorter text": "UPDATE articles SET text = substr(text, 1, 700) WHERE id = 'a'",
    "no text": "UPDATE articles SET text = '' WHERE id = 'a'",
    "text hash": "UPDATE articles SET text_hash = 'x' WHERE id = 'a'",
    "title": "UPDATE articles SET title = 'Changed' WHERE id = 'a'",
    "address": "UPDATE articles SET url = 'https://a.example' WHERE id = 'a'",
    "date": "UPDATE articles SET published = '2001-01-01' WHERE id = 'a'",
    "source": "UPDATE articles SET source = 'Changed' WHERE id = 'a'",
    "start": f"UPDATE passages SET first = first + 1 {OF_A}",
    "end": f"UPDATE passages SET after = after + 100000 {OF_A}",
    "a negative start": f"UPDATE passages SET first = -5 {OF_A}",
    "a passage gone": f"DELETE FROM passages {OF_A} AND first > 0 AND after < 1200",
    "the first passage gone": f"DELETE FROM passages {OF_A} AND first = 0",
    "all passages gone": f"DELETE FROM passages {OF_A}",
    "checksum": f"UPDATE passages SET checksum = checksum + 1 {OF_A}",
    "vector": f"UPDATE passages SET vector = zeroblob(64) {OF_A}",
    "another's vector": f"UPDATE passages SET vector = (SELECT vector FROM passages AS o "
    f"WHERE o.article <> passages.article) {OF_A}",
    "a short vector": f"UPDATE passages SET vector = substr(vector, 1, 62) {OF_A}",
    "half a number": f"UPDATE passages SET vector = substr(vector, 1, 63) {OF_A}",
    "no vector": f"UPDATE passages SET vector = x'' {OF_A}",
}


@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING)
def test_tampering_is_found_and_adding_again_mends_it(
    archive: Archive, article: MakeArticle, statement: str
) -> None:
    archive.add([article("a"), article("b")])
    with closing(sqlite3.connect(archive.folder / "catalog.sqlite")) as connection, connection:
        connection.execute(statement)
    for _ in range(2):
        assert [id for id, _ in archive.verify().faults] == ["a"]
    assert "b" in found(archive, "ax3 bx3")
    summary = archive.add([article("a"), article("b")])
    assert (summary.changed, summary.unchanged) == (1, 1)
    assert archive.verify().faults == ()
    assert archive.verify().rebuilt == ()
    assert complete(archive) == ["a", "b"]
    assert found(archive, "ax3 bx3") == {"a", "b"}


def test_a_byte_flipped_on_the_disk_is_found_and_mended(
    archive: Archive, article: MakeArticle
) -> None:
    archive.add([article("a"), article("b")])
    archive.close()
    file = archive.folder / "catalog.sqlite"
    content = file.read_bytes()
    assert content.count(b"bx9 about") == 1
    file.write_bytes(content.replace(b"bx9 about", b"b\xf89 about"))
    with closing(Archive(archive.folder, archive._wanted_encoder)) as again:
        assert [id for id, _ in again.verify().faults] == ["b"]
        assert found(again, "ax3") == {"a"}
        assert again.add([article("b")]).changed == 1
        assert again.verify().faults == ()


def test_passages_without_an_article_are_found(archive: Archive, article: MakeArticle) -> None:
    archive.add([article("a"), article("b")])
    with closing(sqlite3.connect(archive.folder / "catalog.sqlite")) as connection, connection:
        connection.execute("DELETE FROM articles WHERE id = 'a'")
    assert archive.verify().faults == (("", "the catalog holds passages of no article"),)
    assert found(archive, "ax3 bx3") == {"b"}


def test_damaged_views_are_made_anew(archive: Archive, article: MakeArticle) -> None:
    archive.add([article("a"), article("b")])
    for path in archive.folder.glob("vectors-*"):
        path.write_bytes(b"nothing")
    for path in archive.folder.glob("words-*/*.store"):
        path.write_bytes(path.read_bytes()[:-1])
    findings = archive.verify()
    assert findings.faults == ()
    assert findings.rebuilt == ("vectors", "words")
    assert archive.verify().rebuilt == ()
    assert found(archive, "ax3 bx3") == {"a", "b"}


def test_an_archive_without_its_views_makes_them_again(
    archive: Archive, article: MakeArticle, tmp_path: Path
) -> None:
    archive.add([article("a"), article("b")])
    archive.close()
    (tmp_path / "moved").mkdir()
    shutil.copy(archive.folder / "catalog.sqlite", tmp_path / "moved")
    with closing(Archive(tmp_path / "moved", archive._wanted_encoder)) as moved:
        assert found(moved, "ax3 bx3") == {"a", "b"}
        assert moved.verify().faults == ()


def test_checking_while_another_writes_finds_no_false_faults(
    archive: Archive, article: MakeArticle
) -> None:
    archive.add([article("a"), article("b")])
    with closing(Archive(archive.folder, archive._wanted_encoder)) as writer:
        turns: list[int] = []

        def write(statement: str) -> None:
            if statement.startswith("SELECT first, after"):
                changed = [article(name, text=f"{turns} {article(name).text}") for name in "ab"]
                turns.append(writer.add(changed).changed)

        # Another process writes right between an article's text and its passages being read.
        archive._catalog.database._reader.set_trace_callback(write)
        assert archive.verify().faults == ()
        assert turns == [2, 2]
        archive._catalog.database._reader.set_trace_callback(None)
    assert archive.verify().faults == ()


# -- at the same time -----------------------------------------------------------------------------


def test_another_archive_object_sees_changes_without_reopening(
    archive: Archive, article: MakeArticle
) -> None:
    with closing(Archive(archive.folder, archive._wanted_encoder)) as other:
        assert other.search("ax3") == []
        archive.add([article("a"), article("b")])
        assert found(other, "ax3 bx3") == {"a", "b"}
        other.remove(["a"])
        assert found(archive, "ax3 bx3") == {"b"}
        archive.add([article("b", text="A zeppelin landed in Tarnbeck.")])
        assert found(other, "bx3 zeppelin") == {"b"}
        assert other.verify().rebuilt == archive.verify().rebuilt == ()


def test_searches_go_on_while_articles_come_and_go(archive: Archive, article: MakeArticle) -> None:
    archive.add([article("stays")])
    failures: list[BaseException] = []
    stop = threading.Event()

    def search() -> None:
        try:
            while not stop.is_set():
                hits: list[Hit] = archive.search("staysx3 harbour", 5)
                assert any("staysx3" in hit.passage.text for hit in hits)
                for hit in hits:
                    assert hit.article.text[hit.passage.start : hit.passage.end] == hit.passage.text
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for turn in range(6):
        archive.add([article(f"{turn}a"), article(f"{turn}b")])
        archive.remove([f"{turn}a"])
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert archive.verify().faults == ()
    assert archive.verify().rebuilt == ()


# -- places ---------------------------------------------------------------------------------------


def test_a_place_that_cannot_be_an_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ArchiveError, match=f"{place}: cannot be made a folder"):
            Archive(place)


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").write_text("my notes about something else entirely")
    with pytest.raises(ArchiveError, match="not a database"):
        Archive(tmp_path)
    assert (tmp_path / "catalog.sqlite").read_text().startswith("my notes")


def test_vectors_are_kept_as_half_precision(archive: Archive, article: MakeArticle) -> None:
    archive.add([article("a")])
    rows = archive._catalog.database.rows("SELECT first, after, vector FROM passages")
    for first, after, blob in rows:
        (row,) = archive.encoder.encode([passage_text(article("a"), first, after)])
        assert np.allclose(np.frombuffer(blob, "<f2"), row, atol=1e-3)
