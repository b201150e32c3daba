"""The chat inside pages of other addresses, in a real browser."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Frame, Page, Request, expect

from qa.chat.origins import Origins, read_origins
from qa.pages.embed import component_script, fold
from tests.chat import PATIENCE, SAMPLE_QUESTION, Server

CONTROLS = re.compile(r"- (button|link|textbox|checkbox|combobox|heading|img)(?! \")", re.M)


class Host:
    """A web server on this machine with one page, which holds ``body``."""

    body = ""

    def __init__(self) -> None:
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = f"<!doctype html><html lang=en><title>A paper</title>{host.body}</html>"
                self.send_response(200 if self.path == "/" else 204)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(page.encode() if self.path == "/" else b"")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    started = Host()
    yield started
    started.server.shutdown()


@pytest.fixture(scope="module")
def snippets(browser: Browser, server: Server) -> list[str]:
    """What the fold's two buttons copy."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(server.url)
    fold = page.locator("#embedding")
    fold.get_by_text("Embed this chat").click(timeout=PATIENCE)
    expect(fold.get_by_text("No other site’s pages may show this chat yet")).to_be_visible()
    expect(fold).to_contain_text("--allowed-origins")
    copied = []
    for button in fold.get_by_role("button", name="Copy the code").all():
        button.click()
        expect(fold.get_by_role("status")).to_have_text("Copied.")
        copied.append(page.evaluate("navigator.clipboard.readText()"))
    context.close()
    return copied


@pytest.fixture
def read(browser: Browser, server: Server, host: Host) -> Iterator[Callable[..., Page]]:
    """Opens the host's page; all requests must stay on this machine, and nothing go wrong."""
    contexts, wrong = [], []

    def opened(body: str, name: str, width: int, height: int, prefers: str = "light") -> Page:
        host.body = body
        size = {"width": width, "height": height}
        context = browser.new_context(viewport=size, color_scheme=prefers)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        known = (server.url, f"http://{name}:{host.port}", "data:", "blob:")

        def check_request(request: Request) -> None:
            if not request.url.startswith(known):
                wrong.append(request.url)

        def check_console(said: ConsoleMessage) -> None:
            if said.type == "error":
                wrong.append(said.text)

        page.on("request", check_request)
        page.on("console", check_console)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"http://{name}:{host.port}/")
        return page

    opened.wrong = wrong  # type: ignore[attr-defined]
    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def focused(frame: Frame) -> str:
    return frame.evaluate("document.activeElement.tagName.toLowerCase()")


def tab_to(page: Page, frame: Frame, wanted: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused(frame) == wanted:
            return
    pytest.fail(f"no {wanted} is reached with the keyboard")


@pytest.mark.parametrize(("theme", "width", "height"), [("dark", 360, 560), ("light", 1280, 700)])
def test_the_chat_is_used_in_a_frame_with_the_keyboard_alone(
    read: Callable[..., Page], snippets: list[str], theme: str, width: int, height: int
) -> None:
    framed = snippets[0].replace("embed=1", f"embed=1&__theme={theme}")
    framed = framed.replace('height="700"', f'height="{height - 80}"')
    prefers = {"dark": "light", "light": "dark"}[theme]
    page = read(f"<h1>Our paper</h1>{framed}", "localhost", width, height, prefers)
    chat = page.frame_locator("iframe[title='Ask our articles']")
    expect(chat.locator(".greeting")).to_be_visible(timeout=PATIENCE)
    for hidden in (".masthead", ".tab-wrapper", "#embedding"):
        expect(chat.locator(hidden)).to_be_hidden()
    (frame,) = page.frames[1:]
    assert page.evaluate("document.activeElement.tagName") == "BODY", "the frame took the keyboard"
    box = chat.get_by_role("textbox", name="Your question")
    expect(box).to_be_in_viewport()
    tab_to(page, frame, "textarea")
    page.keyboard.type(SAMPLE_QUESTION)
    page.keyboard.press("Enter")
    expect(chat.locator(".turn > .answer")).to_have_count(1, timeout=PATIENCE)
    expect(chat.locator(".working")).to_have_count(0, timeout=PATIENCE)
    expect(chat.locator(".turn")).to_contain_text("Nasrallah")
    expect(box).to_be_in_viewport()
    page.locator("h1").click()
    tab_to(page, frame, "a")
    assert "#:~:text=" in frame.evaluate("document.activeElement.href")
    assert CONTROLS.findall(chat.locator("body").aria_snapshot()) == []
    scroll_width, ink = frame.evaluate(
        "[document.documentElement.scrollWidth - innerWidth,"
        " getComputedStyle(document.querySelector('.turn')).color]"
    )
    assert scroll_width <= 0
    assert (int(re.findall(r"\d+", ink)[0]) > 128) == (theme == "dark")


def test_the_chat_is_a_part_of_a_page(read: Callable[..., Page], snippets: list[str]) -> None:
    page = read(f"<h1>Our paper</h1>{snippets[1]}", "localhost", 1000, 800)
    expect(page.locator("gradio-app .greeting")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("textbox", name="Your question").fill(SAMPLE_QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".turn > .answer")).to_have_count(1, timeout=PATIENCE)
    expect(page.locator(".working")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator("#embedding details")).to_be_hidden()


def test_a_page_that_is_not_allowed_shows_nothing(
    read: Callable[..., Page], snippets: list[str]
) -> None:
    page = read("".join(snippets), "127.0.0.2", 800, 600)
    page.wait_for_timeout(2000)
    assert page.frames[1].url.startswith("chrome-error:")
    expect(page.locator("gradio-app .greeting")).to_have_count(0)
    wrong = read.wrong  # type: ignore[attr-defined]
    assert any("frame-ancestors" in said for said in wrong)
    wrong.clear()


def test_the_fold_says_who_may_show_the_chat() -> None:
    script = component_script()
    assert re.fullmatch(r"assets/index-[\w-]+\.js", script)
    assert "may show this chat yet" in fold(Origins(), script)
    named = fold(read_origins(["https://news.example"]), script)
    assert "Beside pages of https://news.example" in named
    assert "Every page may show this chat." in fold(read_origins(["*"]), script)
    assert "gradio-app" not in fold(Origins(), "")
