"""``python app.py``: starting and stopping, and what programs call."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from index.errors import UsageError
from qa.pages.serving import free_port
from tests.chat import SAMPLE_QUESTION, Server

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
