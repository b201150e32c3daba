"""The page → a server, until Ctrl-C."""

from __future__ import annotations

import argparse
import socket
import threading
from contextlib import suppress
from pathlib import Path

import gradio as gr

from index.errors import UsageError

STYLE = Path(__file__).parent / "page.css"
PORTS_TRIED = 100
MAX_UPLOAD = "200mb"


def serve(page: gr.Blocks, options: argparse.Namespace) -> None:
    """Serve ``page``, and say where it is, until interrupted."""
    if options.share:
        say("asking for a public link …")
    _, address, public = page.launch(
        server_name=options.host,
        server_port=free_port(options.host, options.port),
        share=options.share,
        max_file_size=MAX_UPLOAD,
        css_paths=STYLE,
        footer_links=[],
        prevent_thread_lock=True,
        quiet=True,
        ssr_mode=False,
        run_history=False,
        enable_monitoring=False,
    )
    say(f"the chat is at {address} (Ctrl-C stops it)")
    if public:
        say(f"for a week, anyone can reach it at {public}")
    elif options.share:
        say("no public link could be made; it needs a way to the internet. Going on without.")
    try:
        threading.Event().wait()
    finally:
        page.close(verbose=False)


def free_port(host: str, wanted: int) -> int:
    """The first port from ``wanted`` on that nobody listens at."""
    if not 0 <= wanted < 65536:
        raise UsageError(f"the port is {wanted}; expected a number from 0 to 65535.")
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        with suppress(OSError), socket.create_server((host, port)) as trial:
            return int(trial.getsockname()[1])
    raise UsageError(f"no free port at {host} from {wanted} on; name others with --host or --port.")


def say(what: str) -> None:
    """A line to whoever started the chat."""
    print(f"Byline: {what}", flush=True)
