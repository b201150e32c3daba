"""What the tests share: encoders, archives, commands in other processes, and a cut network."""

from __future__ import annotations

import gzip
import json
import os
import runpy
import signal
import socket
import sqlite3
import string
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tqdm import tqdm

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
# Threads that wait for each other by spinning take the processor from those they wait for.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
ROOT = Path(__file__).parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from index.archive import Archive  # noqa: E402
from index.articles import read_articles  # noqa: E402
from index.default import SAMPLE  # noqa: E402
from index.encoder import Encoder  # noqa: E402
from index.records import Article  # noqa: E402
from qa.assistant import Assistant  # noqa: E402
from tests.chat import browser, client, server, visit  # noqa: E402, F401

PATIENCE = 120  # seconds that anything may take on a busy machine

# -- the network ----------------------------------------------------------------------------------

# Names that no one can own (RFC 2606): a test that uses one means it.
_NOWHERE = (".invalid", ".test", ".example", "example.com", "example.net", "example.org")


@pytest.fixture(scope="session", autouse=True)
def _attempts() -> Iterator[list[str]]:
    """Cut this process off from every other machine, and note who tries to reach one."""
    attempts: list[str] = []
    connect, connect_ex, getaddrinfo = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def check(self: socket.socket, address: Any) -> None:
        if self.family == getattr(socket, "AF_UNIX", None) or _is_here(address[0]):
            return
        attempts.append(f"connect to {address}")
        raise ConnectionRefusedError(f"the tests may not connect to {address}")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(self, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(self, address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *arguments: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if not name or _is_here(name) or _is_number(name):
            return getaddrinfo(host, *arguments, **named)
        if not name.endswith(_NOWHERE):
            attempts.append(f"look-up of {name}")
        raise socket.gaierror(socket.EAI_NONAME, f"the tests may not look up {name}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield attempts


@pytest.fixture(autouse=True)
def network_attempts(_attempts: list[str]) -> Iterator[list[str]]:
    """What the test tried to reach on the network. It fails, unless it clears the list itself."""
    _attempts.clear()
    yield _attempts
    assert not _attempts, "reached for the network"


def _is_here(name: str) -> bool:
    return name in ("localhost", "::1", socket.gethostname()) or name.startswith("127.")


def _is_number(name: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, name)
        except OSError:
            continue
        return True
    return False


# -- a person's own folders -----------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _own_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests away from the archive of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


# -- encoders and archives ------------------------------------------------------------------------


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The shipped encoder, loaded once."""
    return Encoder()


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a real but tiny sentence-transformers model: 32 numbers, 1 layer."""
    return str(make_encoder(tmp_path_factory.mktemp("encoders") / "tiny", seed=0))


@pytest.fixture(scope="session")
def other_encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Another such model: the same shape, other weights."""
    return str(make_encoder(tmp_path_factory.mktemp("encoders") / "other", seed=1))


def make_encoder(folder: Path, seed: int) -> Path:
    """Make a sentence-transformers model with random weights that knows letters, not words."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    raw = folder.with_name(f"{folder.name}-raw")
    raw.mkdir(parents=True)
    letters = string.ascii_lowercase + string.digits + string.punctuation
    vocabulary = [
        *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
        *letters,
        *(f"##{letter}" for letter in letters),
    ]
    (raw / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(vocab=str(raw / "vocab.txt")).save_pretrained(raw)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=64,
        )
        BertModel(config).save_pretrained(raw)
    words = Transformer(str(raw), max_seq_length=64)
    model = SentenceTransformer(
        modules=[words, Pooling(words.get_embedding_dimension(), pooling_mode="mean")],
        device="cpu",
    )
    model.save_pretrained(str(folder))
    return folder


@pytest.fixture
def archive(tmp_path: Path, tiny_encoder: str) -> Iterator[Archive]:
    """An empty archive with the tiny encoder, in the test's own folder."""
    opened = Archive(tmp_path / "archive", tiny_encoder)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def sample_archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """The sample articles in an archive with the shipped encoder. Shared: do not change it."""
    opened = Archive(tmp_path_factory.mktemp("sample") / "archive")
    opened.add(read_articles([SAMPLE]))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def article() -> Callable[..., Article]:
    """Makes the article ``name``, of three passages that no other article has."""

    def make(name: str = "a", text: str = "", **fields: str) -> Article:
        return Article(name, fields.pop("title", f"Title of {name}"), text or prose(name), **fields)

    return make


def prose(name: str, sentences: int = 24) -> str:
    """Sentences of 60 to 70 characters, each with a word of its own to be found by."""
    return " ".join(
        f"In line {number} the paper wrote {name}x{number} about the harbour and the town."
        for number in range(sentences)
    )


# -- question-answer pairs ------------------------------------------------------------------------


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes rows as JSONL, or a text as it is."""

    def write(content: str | list[dict[str, Any]], name: str = "pairs.jsonl") -> Path:
        if not isinstance(content, str):
            content = "\n".join(json.dumps(row) for row in content)
        data = content.encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
        return path

    return write


# -- commands in other processes ------------------------------------------------------------------

# A lock that another thread holds at the moment of a fork is never released in the new process.
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


@dataclass(frozen=True, slots=True)
class Running:
    """A command in another process: its process id, and the files it writes to."""

    pid: int
    folder: Path

    def kill(self, sign: int = signal.SIGKILL) -> None:
        """Send a signal; nothing happens if the process has ended."""
        if not self.has_ended():
            os.kill(self.pid, sign)

    def has_ended(self) -> bool:
        return (self.folder / "status").exists()

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Wait until ``condition`` holds or the process has ended."""
        end = time.monotonic() + PATIENCE
        while not condition() and not self.has_ended():
            assert time.monotonic() < end, "waited too long"
            time.sleep(0.002)

    def status(self) -> int:
        """Wait for the end; the exit status, or minus the number of the signal that ended it."""
        self.wait_for(self.has_ended)
        return int((self.folder / "status").read_text())

    def output(self) -> str:
        return (self.folder / "output").read_text()

    def errors(self) -> str:
        return (self.folder / "errors").read_text()

    def steps(self) -> int:
        """How many steps it made on the disk, if it was to die at one that it never came to."""
        return int((self.folder / "steps").read_text())


class Commands:
    """Starts ``python -m MODULE ARGUMENTS`` in processes of their own, at once.

    They are forked from one process that has already imported everything, which takes most of
    the time of such a command. ``batch`` is the number of passages that are stored together;
    ``die_at`` makes the process kill itself with SIGKILL right before its nth step on the disk;
    no file can grow past ``file_limit`` bytes, as on a disk that is full; ``errors`` is written to
    in place of a file, such as a terminal.
    """

    def __init__(self, folder: Path, encoder: str) -> None:
        self._folder, self._count = folder, 0
        self._server = subprocess.Popen(
            [sys.executable, __file__, encoder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, **_ONE_THREAD},
        )

    def close(self) -> None:
        self._server.communicate()

    def start(
        self,
        module: str,
        *arguments: object,
        batch: int | None = None,
        die_at: int | None = None,
        file_limit: int | None = None,
        errors: str = "",
    ) -> Running:
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir()
        request = {
            "folder": str(folder),
            "module": module,
            "arguments": [str(argument) for argument in arguments],
            "batch": batch,
            "die_at": die_at,
            "file_limit": file_limit,
            "errors": errors or str(folder / "errors"),
        }
        assert self._server.stdin
        assert self._server.stdout
        print(json.dumps(request), file=self._server.stdin, flush=True)
        return Running(int(self._server.stdout.readline()), folder)


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: str) -> Iterator[Commands]:
    """Commands in other processes; see there."""
    if not sys.platform.startswith("linux"):
        pytest.skip("starts processes as only Linux can")
    started = Commands(tmp_path_factory.mktemp("commands"), tiny_encoder)
    yield started
    started.close()


def _serve(encoder: str) -> None:
    """Answer each request on standard input with the id of a process that carries it out."""
    tqdm.monitor_interval = 0  # it would watch over its bars with a thread
    Encoder(encoder).encode(["Imports what is only imported when it is used."])
    assert len(os.listdir("/proc/self/task")) == 1
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        read, write = os.pipe()
        if os.fork() == 0:
            _attend(json.loads(line), write)
        os.close(write)
        with os.fdopen(read) as pipe:
            print(pipe.read(), flush=True)


def _attend(request: dict[str, Any], write: int) -> None:
    """Fork once more, and write down how that process ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        os.close(write)
        _carry_out(request)
    os.write(write, str(pid).encode())
    os.close(write)
    _, status = os.waitpid(pid, 0)
    file = Path(request["folder"], "status.new")
    file.write_text(str(os.waitstatus_to_exitcode(status)))
    file.rename(file.with_suffix(""))
    os._exit(0)


def _carry_out(request: dict[str, Any]) -> None:
    for number, name, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, Path(request["folder"], "output"), os.O_WRONLY | os.O_CREAT),
        (2, request["errors"], os.O_WRONLY | os.O_CREAT),
    ):
        os.dup2(os.open(name, flags), number)
    import index.adding

    if request["batch"]:
        index.adding.BATCH_PASSAGES = request["batch"]
    if request["file_limit"]:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_limit"],) * 2)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    steps = (lambda: 0) if request["die_at"] is None else _die_at(request["die_at"])
    sys.argv = [request["module"], *request["arguments"]]
    status: Any = 1
    try:
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = end.code
    except BaseException:  # noqa: BLE001 - what Python itself does at its end
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        Path(request["folder"], "steps").write_text(str(steps()))
        os._exit(status or 0)


def _die_at(step: int) -> Callable[[], int]:
    """Count what this process does to files, SQL statements too, and end it before one."""
    done = 0

    def count() -> None:
        nonlocal done
        if done == step:
            os.kill(os.getpid(), signal.SIGKILL)
        done += 1

    def watch(event: str, arguments: Any) -> None:
        opened_to_write = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if opened_to_write or event in ("os.mkdir", "os.remove", "os.rename", "os.rmdir"):
            count()

    def connect(*arguments: Any, **named: Any) -> sqlite3.Connection:
        connection = plain_connect(*arguments, **named)
        connection.set_trace_callback(lambda sql: None if sql.startswith("SELECT") else count())
        return connection

    sys.addaudithook(watch)
    plain_connect, sqlite3.connect = sqlite3.connect, connect
    return lambda: done


if __name__ == "__main__":
    _serve(sys.argv[1])


@pytest.fixture(scope="session")
def assistant(sample_archive: Archive) -> Assistant:
    """The shipped models over the sample articles."""
    return Assistant(sample_archive)
