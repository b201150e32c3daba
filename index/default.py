"""The archive that serves when none is named: it begins with the sample articles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from platformdirs import user_data_path

from index.adding import Summary
from index.archive import Archive, is_archive
from index.articles import read_articles
from index.errors import UsageError

SAMPLE = Path(__file__).parent / "sample"


def open_archive(
    folder: Path | None,
    encoder: str | None = None,
    progress: Callable[[Summary], None] = lambda _: None,
    create: bool = False,
) -> Archive:
    """The archive in ``folder``; without one, a folder of this user's with the sample articles.

    The sample goes in once. Articles can be added beside it, and it can be removed.

    Raises:
        UsageError: there is no archive in ``folder``, and none is to be ``create``d.
        ArchiveError: the folder is no archive and cannot become one.
        EncoderMismatch: the archive was made with another encoder.
    """
    if folder is not None:
        if not create and not is_archive(folder):
            raise UsageError(
                f"{folder}: no archive is there. Check the name, or make one: "
                f"python -m index add PATH --archive {folder}"
            )
        return Archive(folder, encoder)
    archive = Archive(user_data_path("byline") / "articles", encoder)
    archive.seed("sample", lambda: read_articles([SAMPLE]), progress)
    return archive
