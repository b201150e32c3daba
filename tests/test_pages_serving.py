"""A chat for people who are not known: passwords, limits and a shelf that nobody can change."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError, AuthenticationError

from index.archive import Archive
from qa.access import keep
from tests.chat import OTTER, ROOT, SAMPLE_QUESTION, Server

ADA, EVE = ("ada", "correct horse"), ("eve", "battery staple")
A_MINUTE = 4


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A chat with passwords, tools and a limit, whose articles nobody can change."""
    folder = tmp_path_factory.mktemp("guarded")
    for user in (ADA, EVE):
        keep(folder / "users.txt", *user)
    started = Server(
        folder / "server",
        *("--port", "0", "--auth", str(folder / "users.txt"), "--read-only", "--mcp"),
        *("--questions-a-minute", str(A_MINUTE), "--allowed-origins", "https://news.example"),
    )
    started.url = started.wait_for(r"http://127\.0\.0\.1:\d+/")
    yield started
    assert started.stop() == 0


@pytest.fixture(scope="module")
def ada(guarded: Server) -> Client:
    # The first client of a process looks for its maker's hub, in vain. Byline has no part in it.
    return Client(guarded.url, auth=ADA, verbose=False, analytics_enabled=False)


@pytest.fixture(scope="module")
def browser_of_ada(guarded: Server) -> Iterator[httpx.Client]:
    """Raw requests of somebody who has logged in."""
    with httpx.Client(base_url=guarded.url, timeout=60) as session:
        name, password = ADA
        login = session.post("/login", data={"username": name, "password": password})
        assert login.json() == {"success": True}
        yield session


@pytest.mark.slow
def test_nobody_gets_anything_without_a_password(guarded: Server, ada: Client) -> None:
    with httpx.Client(base_url=guarded.url) as stranger:
        assert stranger.get("/config").status_code == 401
        for path in ("call/ask", "call/v2/ask", "queue/join", "run/ask", "upload"):
            refused = stranger.post(f"/gradio_api/{path}", json={"data": [], "fn_index": 0})
            assert refused.status_code in (401, 403), path
        assert "Damascus" not in stranger.get("/").text
        assert stranger.post("/mcp").status_code == 401
        wrong = stranger.post("/login", data={"username": "ada", "password": "wrong"})
        assert wrong.status_code == 400
    with pytest.raises(AuthenticationError):
        Client(guarded.url, verbose=False, analytics_enabled=False)
    assert ada.predict(limit=1, api_name="/articles")


@pytest.mark.slow
def test_nothing_that_is_sent_changes_the_articles(
    browser_of_ada: httpx.Client, ada: Client
) -> None:
    file = {"files": ("otter.txt", OTTER.encode())}
    for path in ("upload", "upload/", "upload?upload_id=x", "process_recording"):
        refused = browser_of_ada.post(f"/gradio_api/{path}", files=file)
        assert refused.status_code == 403
        assert "read-only" in refused.text
    config = browser_of_ada.get("/config").json()
    assert "Articles" not in json.dumps(config["components"])
    for number in (event["id"] for event in config["dependencies"]):
        for data in (["damascus-visit-announced"], [["/etc/passwd"], "", ""], []):
            body = {
                "data": data,
                "fn_index": number,
                "session_hash": f"attack-{number}",
                "event_data": {"value": "damascus-visit-announced"},
            }
            browser_of_ada.post("/gradio_api/queue/join", json=body)
    articles = {article["article_id"] for article in ada.predict(api_name="/articles")}
    assert "damascus-visit-announced" in articles
    assert not any("otter" in id and "quellham" in id for id in articles)


@pytest.mark.slow
def test_a_visitor_asks_only_so_often_whatever_the_way(
    guarded: Server, browser_of_ada: httpx.Client
) -> None:
    eve = Client(guarded.url, auth=EVE, verbose=False, analytics_enabled=False)
    for _ in range(A_MINUTE - 1):
        eve.predict("otters", 1, api_name="/search")
    assert "Nasrallah" in eve.predict(SAMPLE_QUESTION, api_name="/ask")["answer"]
    for endpoint in ("/ask", "/search"):
        with pytest.raises(AppError, match=rf"At most {A_MINUTE} questions a minute.*Please wait"):
            eve.predict("otters", api_name=endpoint)
    again = Client(guarded.url, auth=EVE, verbose=False, analytics_enabled=False)
    with pytest.raises(AppError, match="At most"):
        again.predict("otters", api_name="/ask")
    assert again.predict(api_name="/articles"), "a list is no question"
    with httpx.Client(base_url=guarded.url, timeout=60) as page:
        page.post("/login", data={"username": EVE[0], "password": EVE[1]})
        events = page.get("/config").json()["dependencies"]
        # On the page, what answers does so step by step.
        answering = [event for event in events if event["types"]["generator"]]
        assert answering
        for event in answering:
            asked = {"data": ["who?"] * len(event["inputs"]), "fn_index": event["id"]}
            page.post("/gradio_api/queue/join", json={**asked, "session_hash": "eve"})
            assert "At most" in page.get("/gradio_api/queue/data?session_hash=eve").text
    direct = browser_of_ada.post("/gradio_api/run/ask", json={"data": ["who?"]})
    assert direct.status_code == 404, "no way around the queue"


@pytest.mark.slow
def test_the_tools_answer_in_json_and_ask_for_the_password(guarded: Server) -> None:
    mcp = pytest.importorskip("mcp")
    from mcp.client.streamable_http import streamable_http_client

    async def call(*tools: tuple[str, dict[str, Any]]) -> tuple[list[Any], list[Any]]:
        async with (
            httpx.AsyncClient(auth=EVE, timeout=60) as http,
            streamable_http_client(f"{guarded.url}mcp", http_client=http) as (read, write, _),
            mcp.ClientSession(read, write) as session,
        ):
            await session.initialize()
            listed = (await session.list_tools()).tools
            return listed, [await session.call_tool(*tool) for tool in tools]

    calls = call(
        ("ask", {"question": SAMPLE_QUESTION, "top_k": 5}),
        ("ask", {"question": "who?", "top_k": 0}),
        ("articles", {"words": "damascus", "limit": 2}),
    )
    with ThreadPoolExecutor(1) as beside:  # The browser has an event loop in this thread.
        listed, (asked, wrong, found) = beside.submit(asyncio.run, calls).result()
    assert [tool.name for tool in listed] == ["ask", "search", "articles"]
    assert all(len(tool.description or "") > 40 for tool in listed)
    assert "Nasrallah" in json.loads(asked.content[0].text)["answer"]
    assert "Nasrallah" in asked.structuredContent["answer"]
    assert wrong.isError
    assert "top_k is 0; expected" in wrong.content[0].text
    assert len(found.structuredContent["result"]) == 2


@pytest.mark.slow
def test_an_assistant_calls_a_tool_as_the_readme_says(guarded: Server) -> None:
    pytest.importorskip("mcp")
    readme = (ROOT / "README.md").read_text("utf-8")
    (code,) = re.findall(r"^```py\n(.*?)^```$", readme, re.M | re.S)
    name, password = map(quote, EVE)
    address = guarded.url.replace("http://", f"http://{name}:{password}@")
    code = code.replace("http://localhost:7860/", address)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "Nasrallah" in done.stdout, done.stderr


@pytest.mark.slow
def test_a_page_that_is_allowed_may_call_and_another_may_not(guarded: Server) -> None:
    preflight = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    for origin, allowed in (("https://news.example", True), ("https://evil.example", False)):
        answer = httpx.options(
            f"{guarded.url}gradio_api/queue/join", headers={"Origin": origin, **preflight}
        )
        assert (answer.headers.get("Access-Control-Allow-Origin") == origin) == allowed
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert (answer.status_code == 200) == allowed
    policy = httpx.get(guarded.url).headers["Content-Security-Policy"]
    assert policy.startswith("frame-ancestors 'self' ")
    assert policy.endswith(" https://news.example")


@pytest.mark.slow
def test_whoever_guesses_passwords_is_stopped(guarded: Server) -> None:
    with httpx.Client(base_url=guarded.url, timeout=60) as guesser:
        tried = [
            guesser.post("/login", data={"username": "ada", "password": f"guess {n}"}).status_code
            for n in range(14)
        ]
        assert tried[0] == 400
        assert tried[-1] == 429
        late = guesser.post("/login", data={"username": ADA[0], "password": ADA[1]})
        assert late.status_code == 429


@pytest.mark.slow
def test_a_chat_for_others_warns_and_ends_at_once_while_articles_go_in(tmp_path: Path) -> None:
    server = Server(
        tmp_path / "server",
        *("--host", "0.0.0.0", "--port", "0", "--archive", str(tmp_path / "archive")),
    )
    server.url = server.wait_for(r"http://localhost:\d+/")
    server.wait_for("--auth FILE asks for a password; --read-only")
    rows = [
        {"id": f"n{n}", "text": f"{OTTER} {n} {os.urandom(9).hex()} " * 20} for n in range(2000)
    ]
    file = ("many.jsonl", "\n".join(map(json.dumps, rows)).encode())
    with httpx.Client(base_url=server.url, timeout=60) as session:
        (path,) = session.post("/gradio_api/upload", files={"files": file}).json()
        adding = next(
            event
            for event in session.get("/config").json()["dependencies"]
            if ["upload"] in [target[1:] for target in event["targets"]]
        )
        uploaded = [{"path": path, "meta": {"_type": "gradio.FileData"}}]
        data = [uploaded, *[""] * (len(adding["inputs"]) - 1)]
        body = {"data": data, "fn_index": adding["id"], "session_hash": "many"}
        session.post("/gradio_api/queue/join", json=body)
        with session.stream("GET", "/gradio_api/queue/data?session_hash=many") as stream:
            next(line for line in stream.iter_lines() if "process_generating" in line)
    assert server.stop() == 0
    assert "Traceback" not in server.said
    archive = Archive(tmp_path / "archive")
    assert archive.verify().faults == ()
    assert archive.count()[0] < len(rows)
