"""The chat: ``python app.py``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from index.default import open_archive
from index.errors import BylineError, UsageError
from index.progress import Progress
from qa.assistant import Assistant
from qa.pages.page import build
from qa.pages.serving import say, serve
from qa.pages.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Serve the chat until Ctrl-C; returns the exit status: 0 done, 1 failed, 2 wrong use."""
    options = _parser().parse_args(arguments)
    try:
        say("opening the archive …")
        with Progress("setting up the sample articles") as shown:
            archive = open_archive(options.archive, options.encoder, shown, create=True)
        say("loading the models …")
        assistant = Assistant(archive, options.reader)
        assistant.ask("Ready?")  # The first question is slow; nobody should have to wait for it.
        serve(build(assistant, Settings(options.read_only)), options)
    except BylineError as error:
        print(f"python app.py: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        say("stopped.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python app.py", description="Serve the chat.")
    parser.add_argument(
        "--archive", type=Path, metavar="DIR", help="default: one of yours, with sample articles"
    )
    parser.add_argument(
        "--encoder", metavar="MODEL", help="sentence-transformers model, by folder or hub name"
    )
    parser.add_argument(
        "--reader", metavar="MODEL", help="transformers extractive reader, by folder or hub name"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=7860, help="the next free one if taken (7860)")
    parser.add_argument(
        "--read-only", action="store_true", help="nobody can change the articles; for public pages"
    )
    parser.add_argument("--share", action="store_true", help="also make a public link")
    return parser


if __name__ == "__main__":
    sys.exit(main())
