"""The page → a server, until Ctrl-C."""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress

import gradio as gr
import uvicorn
from anyio import to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from index.errors import BylineError, UsageError
from qa.access import Users
from qa.chat.origins import LOCAL_HOSTS
from qa.chat.tools import PATH, Tools
from qa.pages.guard import Guard, Rules
from qa.pages.page import HEAD, STYLES
from qa.pages.saying import say
from qa.pages.settings import Settings
from qa.pages.sharing import NoLink, end_links, public_link

PORTS_TRIED = 100
MAX_UPLOAD = "200mb"  # a file
SECONDS_TO_END = 1  # for what is being answered at Ctrl-C
LOCAL_PAGES = rf"https?://({'|'.join(map(re.escape, LOCAL_HOSTS))})(:\d+)?"


def serve(page: gr.Blocks, tools: Tools | None, settings: Settings) -> None:
    """Serve ``page`` and ``tools``, and say where they are, until interrupted."""
    rules = Rules(settings.origins, settings.read_only, settings.local, settings.users)
    listener = listen(settings.host, settings.port)
    port = listener.getsockname()[1]
    with _running(_app(page, tools, rules), listener):
        address = f"http://{_shown(settings.host)}:{port}"
        say(f"the chat is at {address}/ (Ctrl-C stops it)")
        if tools:
            say(f"its tools are at {address}{PATH}")
        if settings.open_to_change:
            say(
                "whoever can open it can add and remove articles. --auth FILE asks for a "
                "password; --read-only lets nobody change them."
            )
        if settings.share:
            _share(settings.host, port, rules)
        threading.Event().wait()


def listen(host: str, wanted: int) -> socket.socket:
    """A socket at the first port from ``wanted`` on that nobody listens at; any one for 0."""
    if not 0 <= wanted < 65536:
        raise UsageError(f"the port is {wanted}; expected a number from 0 to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        with suppress(OSError):
            return socket.create_server((host, port), family=family)
    raise UsageError(f"no free port at {host} from {wanted} on; name others with --host or --port.")


def _share(host: str, port: int, rules: Rules) -> None:
    say("asking for a public link …")
    try:
        link = public_link(host, port)
    except NoLink as error:
        say(f"no public link could be made: {error} Going on without.")
    else:
        rules.own.add(link)
        say(f"for a week, anyone can reach it at {link}")


def _app(page: gr.Blocks, tools: Tools | None, rules: Rules) -> FastAPI:
    app = FastAPI(
        # The first is the outermost. Gradio leaves to the second what it else lets everyone do.
        middleware=[
            Middleware(Guard, rules=rules),
            Middleware(
                CORSMiddleware,
                allow_origins=sorted(rules.origins.allowed),
                allow_origin_regex=LOCAL_PAGES,
                allow_methods=["*"],
                allow_headers=["*"],
            ),
        ],
        routes=tools.app.routes if tools else None,
        lifespan=tools.running if tools else None,
        openapi_url=None,
    )
    gr.mount_gradio_app(
        app,
        page,
        "/",
        auth=_admitting(rules.users) if rules.users else None,
        auth_message="Ask whoever runs this chat for a name and password.",
        css_paths=STYLES,
        head=HEAD,
        max_file_size=MAX_UPLOAD,
        show_error=False,
        footer_links=[],
        ssr_mode=False,
        run_history=False,
        enable_monitoring=False,
        pwa=False,
    )
    return app


def _admitting(users: Users) -> Callable[[str, str], Coroutine[None, None, bool]]:
    async def admits(name: str, password: str) -> bool:
        # It takes a while by design; others are not to wait for it.
        return await to_thread.run_sync(users.admits, name, password)

    return admits


@contextmanager
def _running(app: FastAPI, listener: socket.socket) -> Iterator[None]:
    """Serve ``app`` at ``listener`` while the block runs."""
    log = logging.getLogger("uvicorn.error")
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=SECONDS_TO_END)
    )
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise BylineError("the server could not be started; what stands above says why.")
        time.sleep(0.01)
    try:
        yield
    finally:
        end_links()
        log.setLevel(logging.CRITICAL)  # Pages that are open are cut off; that is no fault.
        server.should_exit = True
        thread.join(2 * SECONDS_TO_END)


def _shown(host: str) -> str:
    if host == "0.0.0.0":  # noqa: S104 - recognised, not listened at
        return "localhost"
    return f"[{host}]" if ":" in host else host
