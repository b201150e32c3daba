"""What every request passes before it is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from qa.access import Users, hashed
from qa.chat.origins import read_origins
from qa.pages.guard import MOST_SENT, WRONG_LOGINS, Guard, Rules

PASSWORD = "correct horse"


async def _login(request: Request) -> Response:
    form = await request.form()
    return JSONResponse("?", 200 if form.get("password") == PASSWORD else 400)


async def _anything(request: Request) -> Response:
    return JSONResponse(len(await request.body()))


@pytest.fixture
def guarded() -> Callable[..., TestClient]:
    """Makes a client of a small app that is kept to rules."""

    def make(*origins: str, **rules: Any) -> TestClient:
        kept = Rules(read_origins(origins), **rules)
        routes = [
            Route("/login", _login, methods=["POST"]),
            Route("/{path:path}", _anything, methods=["GET", "POST"]),
        ]
        app = Starlette(routes=routes, middleware=[Middleware(Guard, rules=kept)])
        return TestClient(app, base_url="http://localhost:7860")

    return make


def test_a_chat_for_this_machine_answers_to_no_other_name(
    guarded: Callable[..., TestClient],
) -> None:
    client = guarded()
    for host in ("localhost:7860", "127.0.0.1:7860", "[::1]:7860"):
        assert client.get("/", headers={"Host": host}).status_code == 200
    refused = client.get("/", headers={"Host": "evil.example:7860"})
    assert refused.status_code == 403
    assert "--allowed-origins http://evil.example:7860" in refused.json()["detail"]
    proxied = guarded("https://chat.example")
    assert proxied.get("/", headers={"Host": "chat.example"}).status_code == 200
    assert guarded(local=False).get("/", headers={"Host": "x.example"}).status_code == 200


@pytest.mark.parametrize("local", [True, False])
def test_only_pages_that_are_allowed_may_call(
    guarded: Callable[..., TestClient], local: bool
) -> None:
    client = guarded("https://news.example", local=local)
    for origin in ("https://news.example", "http://localhost:1", "http://localhost:7860"):
        assert client.post("/x", headers={"Origin": origin}).status_code == 200
    for origin in ("https://evil.example", "null", "http://news.example"):
        refused = client.post("/x", headers={"Origin": origin})
        assert refused.status_code == 403
        assert f"--allowed-origins {origin}" in refused.json()["detail"]


def test_the_pages_of_a_chat_on_the_web_may_call_it(guarded: Callable[..., TestClient]) -> None:
    own = {"https://x.share.example"}
    client = guarded(local=False, own=own)
    here = {"Host": "chat.example:8080", "Origin": "http://chat.example:8080"}
    assert client.post("/x", headers=here).status_code == 200
    assert client.post("/x", headers={"Origin": "https://x.share.example"}).status_code == 200


def test_every_answer_says_who_may_frame_it(guarded: Callable[..., TestClient]) -> None:
    client = guarded("https://news.example")
    for answer in (client.get("/"), client.get("/", headers={"Host": "evil.example"})):
        assert "https://news.example" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_more_than_is_taken_is_not_even_read(guarded: Callable[..., TestClient]) -> None:
    client = guarded()
    assert client.post("/x", content=b"x" * MOST_SENT).status_code == 200
    pieces = (b"x" * 100_000 for _ in range(MOST_SENT // 100_000 + 1))
    for content in (b"x" * (MOST_SENT + 1), pieces):
        refused = client.post("/x", content=content)
        assert refused.status_code == 413
        assert "1,000,000 bytes" in refused.text
    assert client.post("/gradio_api/upload", content=b"x" * (MOST_SENT + 1)).status_code == 200


def test_a_read_only_chat_takes_no_file(guarded: Callable[..., TestClient]) -> None:
    client = guarded(read_only=True)
    file = {"files": ("a.txt", b"text")}
    for path in ("/gradio_api/upload", "/gradio_api/upload/", "/gradio_api/process_recording"):
        assert client.post(path, files=file).status_code == 403
    assert client.post("/gradio_api/upload", content=b"x").status_code == 403
    assert client.post("/login", files={"password": (None, PASSWORD)}).status_code == 200
    assert guarded().post("/gradio_api/upload", files=file).status_code == 200


def test_whoever_tries_passwords_is_slowed_down(guarded: Callable[..., TestClient]) -> None:
    client = guarded(users=Users({"ada": hashed(PASSWORD)}))
    for _ in range(WRONG_LOGINS):
        assert client.post("/login", data={"password": "x"}).status_code == 400
    for path in ("/login", "/login/"):
        refused = client.post(path, data={"password": PASSWORD})
        assert refused.status_code == 429
        assert "At most 10 wrong passwords a minute" in refused.json()["detail"]
    assert client.get("/mcp").status_code == 429


def test_tools_ask_for_a_password_where_there_are_users(
    guarded: Callable[..., TestClient],
) -> None:
    client = guarded(users=Users({"ada": hashed(PASSWORD)}))
    assert client.post("/mcp", auth=("ada", PASSWORD)).status_code == 200
    assert client.post("/other").status_code == 200
    for path in ("/mcp", "/mcp/", "/mcp/x"):
        refused = client.post(path)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith("Basic ")
    for credentials in ("Basic ?", "Basic //79", "Bearer x", "Basic"):
        assert client.post("/mcp", headers={"Authorization": credentials}).status_code == 401
    for _ in range(WRONG_LOGINS):
        assert client.post("/mcp", auth=("ada", "wrong")).status_code == 401
    assert client.post("/mcp", auth=("ada", PASSWORD)).status_code == 429
    assert guarded().post("/mcp").status_code == 200
