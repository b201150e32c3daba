"""``python app.py``: starting and stopping, and what programs call."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

import app
from index.errors import UsageError
from qa.pages.serving import listen
from tests.chat import ROOT, SAMPLE_QUESTION, Server

# -- for programs ---------------------------------------------------------------------------------


def test_a_program_asks(client: Client) -> None:
    reply = client.predict(SAMPLE_QUESTION, "[]", api_name="/ask")
    assert "Nasrallah" in reply["answer"]
    assert {"asked_as", "confidence", "passages", "timings_ms"} <= set(reply)


def test_a_program_asks_on(client: Client) -> None:
    earlier = [{"question": "Who leads the Hamas delegation?", "answer": "Khalil al-Hayya"}]
    reply = client.predict("Which bureau does he head?", json.dumps(earlier), api_name="/ask")
    assert "Khalil al-Hayya" in reply["asked_as"]


def test_a_program_limits_its_question(client: Client) -> None:
    reply = client.predict(SAMPLE_QUESTION, until="1999-01-01", api_name="/ask")
    assert reply["passages"] == []
    with pytest.raises(AppError, match="expected a whole number from 1 to 50"):
        client.predict("who?", top_k=1000, api_name="/ask")


def test_a_program_searches_and_lists(client: Client) -> None:
    (first, *_) = found = client.predict("otters and bridges", 3, api_name="/search")
    assert len(found) == 3
    assert {"article_id", "title", "start", "end", "text", "score"} <= set(first)
    articles = client.predict("damascus", limit=5, api_name="/articles")
    assert "damascus-visit-announced" in {article["article_id"] for article in articles}


def test_a_shell_asks_as_the_readme_says(server: Server) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (code,) = re.findall(r"^```sh\n(.*?)^```$", readme, re.M | re.S)
    code = code.replace("http://localhost:7860/", server.url)
    told = subprocess.run(["sh", "-c", code], capture_output=True, text=True, check=True).stdout
    event, data = told.strip().splitlines()[-2:]
    assert event == "event: complete"
    (reply,) = json.loads(data.removeprefix("data: "))
    assert "Nasrallah" in reply["answer"]
    assert len(reply["passages"]) == 5


def test_only_what_is_for_programs_can_be_called(client: Client) -> None:
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(named) == {"/ask", "/search", "/articles"}
    for name, call in named.items():
        assert len(call["description"]) > 40, name
    parameters = {
        parameter["parameter_name"]: parameter for parameter in named["/ask"]["parameters"]
    }
    assert set(parameters) == {
        *("question", "history", "since", "until", "sources", "top_k", "threshold")
    }
    assert parameters["top_k"]["type"] == {"type": "integer"}


@pytest.mark.parametrize("history", ["no json", '[{"answer": "x"}]'])
def test_a_program_is_told_what_is_wrong(client: Client, history: str) -> None:
    with pytest.raises(AppError, match=r"history is (not of the form|no JSON)"):
        client.predict("who?", history, api_name="/ask")


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
    second.wait_for("whoever can open it can add and remove articles")
    second.wait_for(r"no public link could be made: \S+ cannot be reached .*Going on without\.")
    assert httpx.get(second.url).status_code == 200
    assert second.stop() == 0
    assert "Traceback" not in second.said
    assert second.said.splitlines()[-1] == "Byline: stopped."
    assert all(line.startswith("Byline: ") for line in second.said.splitlines()[-5:])


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
        with listen("127.0.0.1", port) as found:
            assert found.getsockname()[1] > port
    with pytest.raises(UsageError, match="no free port"):
        listen("192.0.2.1", 7860)
    for port in (70_000, -1):
        with pytest.raises(UsageError, match="from 0 to 65535"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--allowed-origins", "news.example"], "'news.example' is no origin"),
        (["--auth", "none.txt"], "none.txt: cannot be read"),
        (["--questions-a-minute", "-1"], "-1 questions a minute"),
    ],
)
def test_wrong_use_is_told_before_anything_is_loaded(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.main(arguments) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert "loading" not in said.out


def test_a_missing_library_is_told_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert app.main(["--mcp"]) == 2
    assert 'Install it with: pip install -e ".[mcp]"' in capsys.readouterr().err


def test_the_server_reaches_for_no_other_machine(server: Server) -> None:
    assert server.reached() == ""
