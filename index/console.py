"""What is printed, on whatever a person or a pipe reads it with."""

from __future__ import annotations

import sys
from io import TextIOWrapper


def use_utf8() -> None:
    """Print UTF-8, as JSON must be, also where the system's own encoding lacks the characters.

    Standard error needs no such care: Python writes there what it can and escapes the rest.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
