"""Words to whoever started the chat."""

from __future__ import annotations


def say(what: str) -> None:
    """Print a line, at once."""
    print(f"Byline: {what}", flush=True)
