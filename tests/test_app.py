"""The chat as people and programs meet it: a real server, real models, a real browser."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app import free_port
from index.errors import UsageError

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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The chat on the sample articles. Shared: each test leaves them as they were."""
    started = Server(tmp_path_factory.mktemp("server"), "--port", "0")
    started.url = started.wait_for(r"http://127\.0\.0\.1:\d+/")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return Client(server.url, verbose=False, analytics_enabled=False)


@pytest.fixture(scope="module")
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
    shown = page.locator(".turn > .answer").count()
    page.get_by_role("textbox", name="Your question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".turn > .answer")).to_have_count(shown + 1, timeout=PATIENCE)
    expect(page.locator(".working")).to_have_count(0, timeout=PATIENCE)


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


# -- for programs ---------------------------------------------------------------------------------


def test_a_program_asks(client: Client) -> None:
    reply = client.predict(SAMPLE_QUESTION, "[]", api_name="/ask")
    assert "Nasrallah" in reply["answer"]
    assert "Iran" in reply["answer"]
    assert {"asked_as", "confidence", "passages", "timings_ms"} <= set(reply)


def test_a_program_asks_on(client: Client) -> None:
    earlier = [{"question": "Who leads the Hamas delegation?", "answer": "Khalil al-Hayya"}]
    reply = client.predict("Which bureau does he head?", json.dumps(earlier), api_name="/ask")
    assert "Khalil al-Hayya" in reply["asked_as"]


def test_a_program_searches_and_lists(client: Client) -> None:
    (first, *_) = found = client.predict("otters and bridges", 3, api_name="/search")
    assert len(found) == 3
    assert {"article_id", "title", "start", "end", "text", "score"} <= set(first)
    articles = client.predict(api_name="/articles")
    assert "damascus-visit-announced" in {article["article_id"] for article in articles}
    assert all("text" not in article for article in articles)


def test_only_what_is_for_programs_can_be_called(client: Client) -> None:
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(named) == {"/ask", "/search", "/articles"}


@pytest.mark.parametrize("history", ["no json", "{}x", '["a"]', '[{"answer": "x"}]', "7"])
def test_a_program_is_told_what_is_wrong(client: Client, history: str) -> None:
    with pytest.raises(AppError, match=r"history is (not of the form|no JSON)"):
        client.predict("who?", history, api_name="/ask")
    with pytest.raises(AppError, match="10,000"):
        client.predict("x" * 10_001, "[]", api_name="/ask")


# -- for people -----------------------------------------------------------------------------------


def test_the_words_that_answer_are_marked(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, SAMPLE_QUESTION)
    answer = page.locator(".answer").first
    words = answer.locator(".words").first.inner_text()
    expect(answer.locator("mark").first).to_have_text(words)
    expect(answer).to_contain_text(re.compile(r"sure · \d+ %"))
    link = answer.get_by_role("link").first
    assert re.match(r"https://\S+\.example/\S+#:~:text=", link.get_attribute("href") or "")
    assert link.get_attribute("rel") == "noopener noreferrer"
    expect(page.locator(".turn")).to_contain_text("Nasrallah")


def test_an_example_is_asked_with_a_click_and_followed_up(visit: Callable[..., Page]) -> None:
    page, stranger = visit(), visit()
    page.get_by_role("button", name="Who is Tarnbeck's new head coach?").click()
    expect(page.locator(".turn > .answer")).to_have_count(1, timeout=PATIENCE)
    ask(page, "When did he sign?")
    expect(page.get_by_text("Understood as")).to_be_visible()
    ask(stranger, "When did he sign?")
    expect(stranger.get_by_text("Understood as")).to_have_count(0)
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".greeting")).to_be_visible()
    ask(page, "When did he sign?")
    expect(page.get_by_text("Understood as")).to_have_count(0)


def test_what_is_not_in_the_articles_is_not_answered(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, "Who painted the Mona Lisa?")
    answer = page.locator(".answer").first
    expect(answer).to_contain_text("I found no answer in these articles")
    assert 2 <= answer.locator("> figure").count() <= 3
    expect(answer.locator("summary").first).to_contain_text("Best guess")
    expect(answer.locator("mark").first).to_be_hidden()
    answer.locator("summary").first.click()
    expect(answer.locator("mark").first).to_be_visible()


def test_an_empty_and_an_endless_question_are_met_kindly(visit: Callable[..., Page]) -> None:
    page = visit()
    box = page.get_by_role("textbox", name="Your question")
    box.fill("   ")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Type a question first.")).to_be_visible()
    expect(page.locator(".greeting")).to_be_visible()
    box.fill("why? " * 2_100)
    page.keyboard.press("Enter")
    expect(page.get_by_text("at most 10,000")).to_be_visible(timeout=PATIENCE)
    assert box.input_value().startswith("why?"), "it can be shortened"
    ask(page, "🦦 <b>'; DROP TABLE articles; -- من توسط؟ " + "very " * 1_500 + "long?")
    expect(page.locator(".question b")).to_have_count(0)


def test_articles_are_added_asked_about_and_removed(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit()
    good, broken = tmp_path / "otter.txt", tmp_path / "broken.pdf"
    good.write_text(OTTER)
    broken.write_bytes(b"%PDF-1.4 nothing more")
    upload(page, good, broken)
    expect(page.get_by_text("1 added; 1 could not be read.")).to_be_visible()
    problem = page.locator(".problems li")
    expect(problem).to_have_text(re.compile(r"^broken\.pdf: is damaged"))
    page.get_by_role("textbox", name="Search the list").fill("quellham")
    expect(page.locator(".articles li")).to_have_count(1)
    page.get_by_role("tab", name="Ask").click()
    ask(page, "Who discovered the otter in Quellham?")
    expect(page.locator(".answer mark").first).to_contain_text("Ysolde")
    remove(page, "Otter found")
    expect(page.locator(".articles li")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".articles li")).to_have_count(1, timeout=PATIENCE)
    remove(page, "Otter found")
    page.get_by_role("tab", name="Ask").click()
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".turn")).to_have_count(0)
    ask(page, "Who discovered the otter in Quellham?")
    expect(page.locator(".turn")).not_to_contain_text("Ysolde")


def test_questions_are_answered_while_articles_go_in(
    visit: Callable[..., Page], client: Client, tmp_path: Path
) -> None:
    page = visit()
    file = tmp_path / "many.jsonl"
    lines = [{"id": f"many-{n}", "title": f"Many {n}", "text": f"{OTTER} {n}"} for n in range(40)]
    file.write_text("\n".join(map(json.dumps, lines)))
    page.get_by_role("tab", name="Articles").click()
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("Adding articles")).to_be_visible()
    page.get_by_role("tab", name="Ask").click()
    ask(page, SAMPLE_QUESTION)
    page.get_by_role("tab", name="Articles").click()
    expect(page.get_by_text("40 added.")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("textbox", name="Search the list").fill("many")
    for left in range(40, 0, -1):
        expect(page.locator(".articles li")).to_have_count(left)
        page.locator(".articles button").first.click()


def test_what_is_no_web_address_is_not_read(visit: Callable[..., Page]) -> None:
    page = visit()
    page.get_by_role("tab", name="Articles").click()
    box = page.get_by_role("textbox", name="Add web pages")
    box.fill("/etc/passwd file:///etc/passwd http://127.0.0.1:1/")
    box.press("Enter")
    expect(page.get_by_text("3 could not be read.")).to_be_visible(timeout=PATIENCE)
    assert "root:" not in page.content()


def test_hostile_articles_are_shown_as_text(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit()
    file = tmp_path / "<img src=x onerror=alert(4)>.jsonl"
    story = {
        "id": HOSTILE,
        "title": f"Zyzzyx {HOSTILE}",
        "text": f"The zyzzyx was invented by Orla Bexley. {HOSTILE} \u202egnp.exe",
        "url": "javascript:alert(5)",
        "source": HOSTILE,
        "published": HOSTILE,
    }
    file.write_text(f"{json.dumps(story)}\n{HOSTILE}\n")
    upload(page, file)
    expect(page.locator(".articles")).to_contain_text(HOSTILE)
    page.get_by_role("tab", name="Ask").click()
    ask(page, f"Who invented the zyzzyx? {HOSTILE}")
    expect(page.locator(".question")).to_contain_text(HOSTILE)
    expect(page.locator(".answer").first).to_contain_text(HOSTILE)
    assert page.locator("#thread img, .turn img, .articles img, .turn script").count() == 0
    assert page.locator("a[href^=javascript]").count() == 0
    assert "\u202e" not in page.content()
    remove(page, "Zyzzyx")


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_nothing_sticks_out_on_a_phone(visit: Callable[..., Page], color_scheme: str) -> None:
    page = visit(360, 740, color_scheme)
    width = "document.documentElement.scrollWidth"
    ask(page, f"Who brokered the {'reconciliation' * 20}?")
    assert page.evaluate(width) == 360
    expect(page.get_by_role("textbox", name="Your question")).to_be_in_viewport()
    page.get_by_role("tab", name="Articles").click()
    expect(page.locator(".articles")).to_be_visible()
    assert page.evaluate(width) == 360
    dark = page.evaluate("getComputedStyle(document.querySelector('.masthead')).color")
    assert (int(re.findall(r"\d+", dark)[0]) > 128) == (color_scheme == "dark")


def test_every_control_has_a_name(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, SAMPLE_QUESTION)
    for tab in ("Ask", "Articles"):
        page.get_by_role("tab", name=tab).click()
        expect(page.locator(".turn, .articles").locator("visible=true").first).to_be_visible()
        tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
        controls = [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in tree
            if node.get("role", {}).get("value") in ("button", "link", "textbox", "tab")
            and not node["ignored"]
        ]
        assert len(controls) > 3
        assert [role for role, name in controls if not name.strip()] == []


# -- starting and stopping ------------------------------------------------------------------------


@pytest.mark.slow
def test_a_taken_port_a_failed_tunnel_and_ctrl_c_are_no_trouble(
    server: Server, tmp_path: Path
) -> None:
    taken = int(server.url.rsplit(":", 1)[1].strip("/"))
    second = Server(tmp_path / "second", "--port", str(taken), "--share")
    second.url = second.wait_for(r"http://127\.0\.0\.1:\d+/")
    port = int(second.url.rsplit(":", 1)[1].strip("/"))
    assert taken < port
    second.wait_for("no public link could be made")
    assert second.stop() == 0
    assert "Traceback" not in second.said
    assert "stopped." in second.said


def test_the_chat_listens_on_this_machine_only(server: Server) -> None:
    port = int(server.url.rsplit(":", 1)[1].strip("/"))
    other = socket.gethostbyname(socket.gethostname())
    if other.startswith("127."):
        other = "127.0.0.2"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((other, port), timeout=5)


def test_a_free_port_is_found_or_its_lack_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = used.getsockname()[1]
        assert free_port("127.0.0.1", port) > port
    with pytest.raises(UsageError, match="no free port"):
        free_port("192.0.2.1", 7860)
    for port in (70_000, -1):
        with pytest.raises(UsageError, match="from 0 to 65535"):
            free_port("127.0.0.1", port)


def test_the_server_reaches_for_no_other_machine(server: Server) -> None:
    assert server.reached() == ""
