"""How a chat is served, as its commands' options say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """What visitors of a chat may do.

    ``read_only`` hides everything that changes the articles, for pages that anyone can open.
    """

    read_only: bool = False
