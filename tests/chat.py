"""The chat for tests as people meet it: a real server, real models, a real browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gradio_client import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent
CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE = 120_000  # milliseconds that anything may take on a busy machine

# Keeps a Python process from other machines, and notes what it tried to reach.
CUT_OFF = """
import sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        host = arguments[1][0] if event == "socket.connect" else arguments[0]
        if isinstance(host, str) and host not in ("localhost", "::1", "0.0.0.0", "127.0.0.1", ""):
            with open(__file__ + ".reached", "a") as file:
                print(event, host, file=file)
            raise OSError("cut off")
sys.addaudithook(watch)
"""
SAMPLE_QUESTION = "who brokered the reconciliation?"
OTTER = (
    "Otter found in Quellham fountain\n\nA river otter was found swimming in the market fountain "
    "of Quellham on Monday. It was discovered by Ysolde Farrant, a baker, at six in the morning."
)
# Two reports that disagree, and a copy of the later one.
_SUNDAY = (
    "Rescuers searched the valley of Vellmark on Sunday after a landslide buried the railway "
    "station.\n\nThe landslide at Vellmark killed 14 people, mayor Odile Grantz said. The search "
    "led by Captain Rurik Sand went on through the night."
)
_WEDNESDAY = (
    "Captain Rurik Sand ended the search in Vellmark on Wednesday, three days after the slope gave "
    "way above the railway station.\n\nThe landslide at Vellmark killed 17 people, mayor Odile "
    "Grantz told reporters. Schools stay closed until Monday."
)
LANDSLIDE = [
    {"id": title, "title": title, "text": text, "published": published, "source": source}
    for title, text, published, source in (
        ("Vellmark searches", _SUNDAY, "2023-05-07", "Vellmark Post"),
        ("Vellmark mourns", _WEDNESDAY, "2023-05-10", "The Hill Courier"),
        ("Vellmark (wire)", f"{_WEDNESDAY} (Wire)", "2023-05-10", "Coast Daily"),
    )
]
LANDSLIDE_QUESTION = "How many people did the landslide at Vellmark kill?"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script> **bold** ${alert(3)} {{value}}"


class Server:
    """``python app.py`` in a process of its own, cut off from the network."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(CUT_OFF)
        self._reached = folder / "sitecustomize.py.reached"
        self._process = subprocess.Popen(
            [sys.executable, "app.py", *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(folder), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # A shell's background job hands down that Ctrl-C is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.said = self.url = ""

    def wait_for(self, what: str) -> str:
        """Read what it prints up to what matches the pattern ``what``; returns the match."""
        assert self._process.stdout
        for line in self._process.stdout:
            self.said += line
            if found := re.search(what, line):
                return found[0]
        pytest.fail(f"the chat ended without saying {what}:\n{self.said}")

    def reached(self) -> str:
        return self._reached.read_text() if self._reached.exists() else ""

    def stop(self) -> int:
        """Press Ctrl-C; returns the exit status."""
        self._process.send_signal(signal.SIGINT)
        try:
            self.said += self._process.communicate(timeout=30)[0]
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        return self._process.returncode


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The chat on the sample articles. Shared: each test leaves them as they were."""
    started = Server(tmp_path_factory.mktemp("server"), "--port", "0")
    started.url = started.wait_for(r"http://127\.0\.0\.1:\d+/")
    yield started
    started.stop()


@pytest.fixture(scope="session")
def client(server: Server) -> Client:
    return Client(server.url, verbose=False, analytics_enabled=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        lacking = f"{CHROMIUM} is missing; install it with: apt-get install chromium"
        # A person may test without a browser. Where changes are judged, that would hide a fault.
        if os.environ.get("CI"):
            pytest.fail(lacking)
        pytest.skip(lacking)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """Opens the chat in a new session; all requests must stay with it, and nothing may go wrong."""
    contexts, wrong = [], []

    def opened(width: int = 1280, height: int = 800, color_scheme: str = "light") -> Page:
        size = {"width": width, "height": height}
        context = browser.new_context(viewport=size, color_scheme=color_scheme)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((server.url, "data:", "blob:"))
                else wrong.append(f"request to {request.url}")
            ),
        )
        page.on(
            "console",
            lambda said: wrong.append(f"console: {said.text}") if said.type == "error" else None,
        )
        page.on("pageerror", lambda error: wrong.append(f"page: {error}"))
        page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        page.goto(server.url)
        expect(page.locator(".greeting")).to_be_visible(timeout=PATIENCE)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def ask(page: Page, question: str) -> None:
    """Type a question and wait for its answer."""
    turns = page.locator(".turn").count()
    page.get_by_role("textbox", name="Your question").fill(question)
    page.keyboard.press("Enter")
    expect_turns(page, turns + 1)


def expect_turns(page: Page, count: int) -> None:
    """Wait until ``count`` questions have been answered, and none is being answered."""
    expect(page.locator(".turn .verdict")).to_have_count(count, timeout=PATIENCE)
    expect(page.locator(".working")).to_have_count(0, timeout=PATIENCE)
    # The answer is shown a moment before its event ends; no person asks on that fast.
    page.wait_for_timeout(200)


def focused(page: Page) -> str:
    """What has the keyboard: its words, or its name."""
    return str(
        page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent")
    )


def upload(page: Page, *files: Path) -> None:
    """Drop files under Articles and wait until they have been dealt with."""
    page.get_by_role("tab", name="Articles").click()
    expect(page.locator(".articles")).to_be_visible()
    page.locator("input[type=file]").set_input_files(files)
    expect(page.get_by_text(re.compile(r"\d+ (added|could not be read)"))).to_be_visible(
        timeout=PATIENCE
    )


def remove(page: Page, title: str) -> None:
    page.get_by_role("tab", name="Articles").click()
    page.get_by_role("button", name=f"Remove {title}").click()
    expect(page.get_by_text(f"Removed {title}")).to_be_visible()
