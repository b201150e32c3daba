from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from index.articles import read_articles
from index.default import SAMPLE, open_archive
from index.errors import EncoderMismatch
from index.records import Article


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's own data folder, empty at first."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "byline" / "articles"


def sample() -> list[str]:
    return sorted(one.id for one in read_articles([SAMPLE]) if isinstance(one, Article))


def test_the_default_archive_begins_with_the_sample(own: Path, tiny_encoder: str) -> None:
    told: list[int] = []
    with closing(
        open_archive(None, tiny_encoder, lambda summary: told.append(summary.seen))
    ) as archive:
        assert archive.folder == own
        assert sorted(article.id for article in archive.articles()) == sample()
        assert archive.verify().faults == ()
    assert told[-1] == len(sample()) >= 24


def test_what_a_person_removes_or_adds_stays_so(own: Path, tiny_encoder: str) -> None:
    gone, *rest = sample()
    with closing(open_archive(None, tiny_encoder)) as archive:
        archive.remove([gone])
        archive.add([Article("mine", "", "A zeppelin landed in Tarnbeck on Tuesday.")])
    with closing(open_archive(None, tiny_encoder)) as archive:
        assert sorted(article.id for article in archive.articles()) == sorted([*rest, "mine"])


def test_opening_it_again_does_no_work(own: Path, tiny_encoder: str) -> None:
    with closing(open_archive(None, tiny_encoder)) as archive:
        before = archive.generation()
    with closing(open_archive(None, "/no/such/encoder")) as archive:
        assert archive.generation() == before
        assert len(archive.articles()) == len(sample())


def test_another_encoder_is_refused_when_it_is_used(
    own: Path, tiny_encoder: str, other_encoder: str
) -> None:
    open_archive(None, tiny_encoder).close()
    with (
        closing(open_archive(None, other_encoder)) as archive,
        pytest.raises(EncoderMismatch, match="tiny@"),
    ):
        archive.search("anything")


def test_a_named_archive_begins_empty(own: Path, tmp_path: Path, tiny_encoder: str) -> None:
    with closing(open_archive(tmp_path / "named", tiny_encoder, create=True)) as archive:
        assert archive.folder == tmp_path / "named"
        assert archive.count() == (0, 0)
    assert not own.exists()
