import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest

from index.errors import Unreadable
from index.web import MAX_PAGE_BYTES, Address, Page, fetch, is_public


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        there = f"http://{self.headers['Host']}"
        body = b"seen: %b" % repr(dict(self.headers)).encode()
        headers = {"Content-Type": "Text/HTML; charset=utf-8"}
        status = 200
        match self.path.split("/")[1:]:
            case ["hop", count] if int(count):
                status, headers["Location"] = 302, f"/hop/{int(count) - 1}"
            case ["to", *target]:
                status, headers["Location"] = 302, "/".join(target)
            case ["to-other-host"]:
                status = 301
                headers["Location"] = there.replace("127.0.0.1", "127.0.0.2") + "/secret"
            case ["missing"]:
                status = 404
            case ["large"]:
                body = bytes(MAX_PAGE_BYTES + 1)
            case ["bomb"]:
                body = gzip.compress(bytes(MAX_PAGE_BYTES + 1))
                headers["Content-Encoding"] = "gzip"
            case ["packed"]:
                body, headers["Content-Encoding"] = gzip.compress(b"unpacked"), "gzip"
            case ["damaged"]:
                headers["Content-Encoding"] = "gzip"
            case ["brotli"]:
                headers["Content-Encoding"] = "br"
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):  # The reader may have had enough.
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _only_here(address: Address) -> bool:
    return str(address) == "127.0.0.1"


def _refusal(url: str) -> str:
    with pytest.raises(Unreadable) as caught:
        fetch(url, _only_here)
    return str(caught.value)


def test_a_page_is_fetched(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    page = fetch(f"{site}/page", _only_here)
    assert page == Page(page.content, "text/html", f"{site}/page")
    assert b"Byline/0.1" in page.content


def test_packed_pages_are_unpacked_up_to_the_limit(site: str) -> None:
    assert fetch(f"{site}/packed", _only_here).content == b"unpacked"
    assert "unpacks to over 20 MB" in _refusal(f"{site}/bomb")
    assert "damaged" in _refusal(f"{site}/damaged")
    assert "'br'" in _refusal(f"{site}/brotli")


def test_what_is_too_large_or_not_there_is_refused(site: str) -> None:
    assert "over 20 MB" in _refusal(f"{site}/large")
    assert "404 Not Found" in _refusal(f"{site}/missing")
    assert "connection failed" in _refusal("http://127.0.0.1:1/")


def test_redirects_are_followed_a_few_times(site: str) -> None:
    assert fetch(f"{site}/hop/5", _only_here).url == f"{site}/hop/0"
    assert "more than 5 times" in _refusal(f"{site}/hop/6")


def test_redirects_are_checked_like_addresses(site: str) -> None:
    assert "leads to 127.0.0.2" in _refusal(f"{site}/to-other-host")
    assert "leads to ::1" in _refusal(f"{site}/to/http://[::1]/")
    assert "leads to 169.254.169.254" in _refusal(f"{site}/to/http://169.254.169.254/latest")
    for target in ("file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:alert(1)"):
        assert _refusal(f"{site}/to/{target}")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::]",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "[::ffff:8.8.8.8]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "169.254.169.254",
        "10.0.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "224.0.0.1",
        "[fe80::1]",
        "[fd00::1]",
        "0177.0.0.1",
        "127.1",
        "me:secret@127.0.0.1",
    ],
)
def test_private_places_are_refused_however_they_are_written(host: str) -> None:
    # Refused by the rule or as malformed; "connection failed" would mean that it was tried.
    with pytest.raises(Unreadable, match=r"not on the public internet|http:// or https://"):
        fetch(f"http://{host}:1/")


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "017700000001", "127.0x1"])
def test_numbers_are_refused_as_the_addresses_that_resolvers_take_them_for(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolver(name: str, port: int, **kwargs: object) -> list[object]:
        return [(0, 0, 0, "", (socket.inet_ntoa(socket.inet_aton(name)), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    with pytest.raises(Unreadable, match=r"leads to 127\.0\.0\.1"):
        fetch(f"http://{host}:1/")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://x/", "http://", "http:///x", "x", ""],
)
def test_only_web_addresses_are_fetched(url: str) -> None:
    assert "http:// or https://" in _refusal(url)


@pytest.mark.parametrize(
    "url", ["http://[.example", "http://a\nb/", f"http://{'x' * 300}.example/"]
)
def test_malformed_addresses_are_refused(url: str) -> None:
    assert _refusal(url)


def test_public_addresses_are_public() -> None:
    for address in ("8.8.8.8", "2606:4700::1111"):
        assert is_public(ip_address(address))


def test_a_name_is_resolved_once_so_its_second_answer_does_not_count(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve, asked = socket.getaddrinfo, []

    def rebinding(name: str | bytes, *args: object, **kwargs: object) -> object:
        if name not in ("news.example", b"news.example"):
            return resolve(name, *args, **kwargs)  # type: ignore[arg-type]
        asked.append(name)
        return resolve("127.0.0.1" if len(asked) == 1 else "127.0.0.2", *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    page = fetch(site.replace("127.0.0.1", "news.example"), _only_here)
    assert len(asked) == 1
    assert b"'Host': 'news.example:" in page.content
    assert page.url.startswith("http://news.example:")
    assert "leads to 127.0.0.2" in _refusal("http://news.example/")
