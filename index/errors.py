"""Errors a person can act on.

BylineError
├── UsageError          the call is wrong: a bad date, an unknown id, a missing file
├── Unreadable          a file, page or row holds no article that can be read
├── ModelError          a model folder is missing, damaged or of another kind
└── ArchiveError        the archive cannot be opened or used
    ├── EncoderMismatch it was built with another encoder
    └── ArchiveBusy     another process has been writing for too long

Each message says what was found, what was expected and what to do next.
"""


class BylineError(Exception):
    """Base of every error that Byline raises on purpose."""


class UsageError(BylineError):
    """The call cannot be carried out as given."""


class Unreadable(BylineError):
    """An article, or a whole file or page, cannot be read; the message says why."""


class ModelError(BylineError):
    """A model cannot be loaded, or its weights are not the ones expected."""


class ArchiveError(BylineError):
    """The archive cannot be opened or used."""


class EncoderMismatch(ArchiveError):
    """The archive's vectors come from another encoder."""


class ArchiveBusy(ArchiveError):
    """Another process holds the archive's write lock."""
