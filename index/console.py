"""How a command ends, and what it prints, on whatever a person or a pipe reads it with."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from io import TextIOWrapper

from index.errors import BylineError, UsageError


def exit_status(program: str, work: Callable[[], int], stopped: str = "Stopped.") -> int:
    """Do the ``work`` of ``program``; returns its exit status, or 1 if it failed, 2 for wrong use.

    What went wrong is a line on standard error. ``stopped`` is said where Ctrl-C ended it, which
    gives 1. Where nobody reads the output any more, as after ``| head``, it ends without a word.
    """
    _use_utf8()
    try:
        status = work()
        sys.stdout.flush()
        return status
    except BylineError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        print(f"\n{stopped}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # What is left to be written at the end must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _use_utf8() -> None:
    """Print UTF-8, as JSON must be, also where the system's own encoding lacks the characters.

    Standard error needs no such care: Python writes there what it can and escapes the rest.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
