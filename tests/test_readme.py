"""Every command and example in the README does what it says, as it is written there."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
SHIPPED = ("index", "qa", "eval", "tests", "app.py", "pyproject.toml", "README.md", "LICENSE")
COMMANDS = [
    line for kind, body in BLOCKS if not kind for line in body.splitlines() if "python" in line
]
SET_UP = [line for line in COMMANDS if line.startswith("python3 -m venv")]
INLINE = re.findall(r"`(python app\.py [^`]+)`", README)


def examples(kind):
    return [body for found, body in BLOCKS if found == kind]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder like the checkout, with what the README's commands speak of."""
    folder = tmp_path_factory.mktemp("desk")
    for name in SHIPPED:
        (folder / name).symlink_to(ROOT / name)
    articles = folder / "my-articles"
    articles.mkdir()
    (articles / "talks.md").write_text(
        "---\nid: talks-resume\ntitle: Talks resume\npublished: 2022-10-18\n---\n\n"
        "The talks in Damascus resumed on Tuesday, said the mediator, Ada Quell."
    )
    (articles / "harbour.md").write_text(
        "---\nid: harbour\ntitle: Harbour opens\n---\n\nIt was opened by Bo Lind on Monday."
    )
    gold = {"question": "Who opened the harbour?", "answers": ["Bo Lind"]}
    (folder / "my-gold.jsonl").write_text(json.dumps(gold | {"article_id": "harbour"}))
    (folder / "held-out.jsonl").write_text(
        json.dumps(gold | {"context": "The harbour was opened by Bo Lind, and all came to see."})
    )
    asked = ['{"id": "a", "question": "Who is the mediator?"}', "When did the talks resume?"]
    (folder / "questions.jsonl").write_text("\n".join(asked))
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    return os.environ | {"XDG_DATA_HOME": str(tmp_path_factory.mktemp("data"))}


@contextmanager
def served(command, folder, environment):
    """Run a command that serves the chat; gives the address it prints, and ends it cleanly."""
    with subprocess.Popen(
        command,
        shell=True,
        cwd=folder,
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        said = ""
        try:
            for line in process.stdout:
                said += line
                address = re.search(r"http://\S+:\d+", line)
                if address:
                    yield address[0].replace("0.0.0.0", "127.0.0.1")
                    break
            else:
                pytest.fail(f"{command} ended without an address:\n{said}")
        finally:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def here(command):
    """The command for this Python, its minutes made seconds."""
    return command.replace("python ", f"{sys.executable} ", 1).replace(
        "--minutes 30", "--minutes .1"
    )


def test_the_readme_has_its_two_set_up_lines():
    assert len(SET_UP) == 2
    assert SET_UP[0].endswith("python app.py")
    assert SET_UP[1].endswith("-m pytest")


def test_what_the_readme_shows_is_there():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_json_examples_are_json():
    for body in examples("json"):
        assert isinstance(json.loads(body), dict)


def ask(address, question, network_attempts):
    """What the chat at ``address`` replies."""
    from gradio_client import Client

    client = Client(address, verbose=False, analytics_enabled=False)
    # The first client of a process looks for its maker's hub, in vain. Byline has no part in it.
    network_attempts.clear()
    return client.predict(question, "[]", api_name="/ask")


@pytest.mark.slow
def test_the_commands_run_in_their_order(desk, environment):
    commands = [line for line in COMMANDS if line not in SET_UP and "app.py" not in line]
    assert len(commands) >= 9
    for command in commands:
        done = subprocess.run(
            here(command), shell=True, cwd=desk, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.strip(), command
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_python_examples_run(desk, environment):
    asking, client = examples("python")
    for code in (asking, client):
        with served(here("python app.py --port 0"), desk, environment) as address:
            done = subprocess.run(
                [sys.executable, "-c", code.replace("http://localhost:7860", address)],
                cwd=desk,
                env=environment,
                capture_output=True,
                text=True,
            )
        assert done.returncode == 0, done.stderr
        assert "Nasrallah" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [line for line in [*COMMANDS, *INLINE] if line.startswith("python app.py")]
)
def test_the_chat_starts(command, desk, environment, network_attempts):
    free = here(command).replace("--port 7860", "")
    with served(free, desk, environment) as address:
        reply = ask(address, "who?", network_attempts)
    assert reply["question"] == "who?"


@pytest.mark.slow
def test_the_first_line_sets_up_and_answers_on_a_fresh_machine(
    tmp_path, environment, network_attempts
):
    checkout = tmp_path / "byline"
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    for name in filter(None, names):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, checkout / name)
    fresh = {name: value for name, value in environment.items() if name != "VIRTUAL_ENV"}
    with served(SET_UP[0], checkout, fresh) as address:
        reply = ask(address, "who brokered the reconciliation?", network_attempts)
    assert "Nasrallah" in reply["answer"]
