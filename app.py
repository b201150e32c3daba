"""The chat: ``python app.py``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from index.default import open_archive
from index.errors import BylineError, UsageError
from index.progress import Progress
from qa.access import read_users
from qa.chat import adding
from qa.chat.origins import read_origins
from qa.pages.saying import say
from qa.pages.settings import QUESTIONS_A_MINUTE, Settings

SECONDS_TO_END = 2  # for articles that are going in at Ctrl-C


def main(arguments: list[str] | None = None) -> int:
    """Serve the chat until Ctrl-C; returns the exit status: 0 done, 1 failed, 2 wrong use."""
    options = _parser().parse_args(arguments)
    try:
        _serve(options, _settings(options))
    except BylineError as error:
        print(f"python app.py: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        say("stopped.")
    return 0


def _settings(options: argparse.Namespace) -> Settings:
    return Settings(
        host=options.host,
        port=options.port,
        share=options.share,
        users=read_users(options.auth) if options.auth else None,
        read_only=options.read_only,
        questions_a_minute=options.questions_a_minute,
        origins=read_origins(options.allowed_origins),
        tools=options.mcp,
    )


def _serve(options: argparse.Namespace, settings: Settings) -> None:
    say("opening the archive …")
    # These take seconds to load, for which --help and wrong use need not wait.
    from qa.assistant import Assistant
    from qa.chat.endpoints import Endpoints
    from qa.chat.tools import Tools, check_installed
    from qa.chat.visits import Limit
    from qa.pages.page import build
    from qa.pages.serving import serve

    limit = Limit(settings.questions_a_minute)
    if settings.tools:
        check_installed()
    with Progress("setting up the sample articles") as shown:
        archive = open_archive(options.archive, options.encoder, shown, create=True)
    say("loading the models …")
    assistant = Assistant(archive, options.reader)
    assistant.ask("Ready?")  # The first question is slow; nobody should have to wait for it.
    tools = Tools(Endpoints(assistant), limit) if settings.tools else None
    serve(build(assistant, settings, limit), tools, settings)


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
    parser.add_argument("--share", action="store_true", help="also make a public link")
    parser.add_argument(
        "--auth", type=Path, metavar="FILE", help="ask for a password; python -m qa.access makes it"
    )
    parser.add_argument(
        "--read-only", action="store_true", help="nobody can change the articles; for public pages"
    )
    parser.add_argument(
        "--questions-a-minute",
        type=int,
        default=QUESTIONS_A_MINUTE,
        metavar="N",
        help=f"of each visitor ({QUESTIONS_A_MINUTE}); 0 is no limit",
    )
    parser.add_argument(
        "--allowed-origins",
        nargs="+",
        default=[],
        metavar="ORIGIN",
        help="sites whose pages may show and call the chat, like https://news.example; * is all",
    )
    parser.add_argument(
        "--mcp", action="store_true", help="also serve tools over the Model Context Protocol"
    )
    return parser


if __name__ == "__main__":
    status = main()
    if not adding.stop(SECONDS_TO_END):
        # What is left is a batch being encoded, which may take long. An archive stays whole
        # however its program ends, and this end does not wait.
        os._exit(status)
    sys.exit(status)
