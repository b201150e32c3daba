"""Fetches one page from the public web, and from nowhere else.

Every connection, after a redirect too, goes to the very address that was checked: the name is
resolved once, so a name server that answers differently the next time gains nothing.
"""

from __future__ import annotations

import socket
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from index.errors import Unreadable

MAX_PAGE_BYTES = 20_000_000
MAX_REDIRECTS = 5
STEP_SECONDS = 10  # To connect, or to wait for the next bytes.
TOTAL_SECONDS = 60
USER_AGENT = "Byline/0.1"

Address = IPv4Address | IPv6Address
AddressRule = Callable[[Address], bool]

_UNICAST = IPv6Network("2000::/3")
_6TO4 = IPv6Network("2002::/16")


@dataclass(frozen=True, slots=True)
class Page:
    """What an address answered: its bytes, its media type in lower case, and its final URL."""

    content: bytes
    media_type: str
    url: str


def is_public(address: Address) -> bool:
    """True for an address on the public internet.

    An IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4, Teredo) may lead anywhere, so
    it is not public.
    """
    if isinstance(address, IPv6Address):
        return address in _UNICAST and address not in _6TO4 and address.is_global
    return address.is_global and not address.is_multicast


def fetch(url: str, allowed: AddressRule = is_public) -> Page:
    """Get the page at an http(s) ``url``, connecting only to addresses that are ``allowed``.

    Follows up to 5 redirects and reads up to 20 MB. Environment proxies are not used: they
    would connect unchecked. Raises Unreadable if there is no page to be had.
    """
    client = httpx.Client(
        transport=_CheckedTransport(allowed),
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
        timeout=STEP_SECONDS,
        trust_env=False,
    )
    try:
        with client:
            request = client.build_request("GET", url)
            # Left to the client, a redirect's body would be read to its end, however long.
            for _ in range(MAX_REDIRECTS + 1):
                response = client.send(request, stream=True)
                with closing(response):
                    if response.next_request is None:
                        return _page(response)
                    request = response.next_request
    except httpx.TimeoutException:
        raise Unreadable(f"no answer within {STEP_SECONDS} s; try again later") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise Unreadable("is not an address that starts with http:// or https://") from None
    except httpx.HTTPError as error:
        raise Unreadable(f"the connection failed: {error or type(error).__name__}") from None
    raise Unreadable(f"redirects more than {MAX_REDIRECTS} times")


def _page(response: httpx.Response) -> Page:
    if response.status_code != 200:
        answer = f"{response.status_code} {response.reason_phrase}".strip()
        raise Unreadable(f"the server answered {answer}; expected a page (200 OK)")
    media_type = response.headers.get("Content-Type", "").partition(";")[0]
    return Page(_body(response), media_type.strip().lower(), str(response.url))


def _body(response: httpx.Response) -> bytes:
    """The page's bytes. They are unpacked here, because a small packed page may hold gigabytes."""
    deadline = time.monotonic() + TOTAL_SECONDS
    packed = bytearray()
    for chunk in response.iter_raw():
        packed += chunk
        if len(packed) > MAX_PAGE_BYTES:
            raise Unreadable(f"is over {MAX_PAGE_BYTES / 1e6:.0f} MB, the most a page may have")
        if time.monotonic() > deadline:
            raise Unreadable(f"was not sent within {TOTAL_SECONDS} s; try again later")
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "identity":
        return bytes(packed)
    if encoding != "gzip":
        raise Unreadable(f"came packed as {encoding!r}; expected gzip or nothing")
    try:
        content = zlib.decompressobj(wbits=31).decompress(packed, MAX_PAGE_BYTES + 1)
    except zlib.error:
        raise Unreadable("came packed as gzip, but damaged") from None
    if len(content) > MAX_PAGE_BYTES:
        raise Unreadable(f"unpacks to over {MAX_PAGE_BYTES / 1e6:.0f} MB")
    return content


class _CheckedTransport(httpx.HTTPTransport):
    """Connects to addresses that the rule allows; names and certificates stay as asked for."""

    def __init__(self, allowed: AddressRule) -> None:
        # Connections are kept by address; another name there needs another certificate.
        super().__init__(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
        self._allowed = allowed

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme not in ("http", "https"):
            raise httpx.UnsupportedProtocol(url.scheme)
        name = url.raw_host.decode("ascii")
        failure: httpx.TransportError = httpx.ConnectError("it has no address")
        for address in _resolve(name, url.port or (443 if url.scheme == "https" else 80)):
            if not self._allowed(address):
                raise Unreadable(
                    f"leads to {address}, which is not on the public internet; save the page and "
                    "add the file"
                )
            pinned = httpx.Request(
                request.method,
                url.copy_with(host=str(address)),
                headers=request.headers,
                extensions={**request.extensions, "sni_hostname": name},
            )
            try:
                return super().handle_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure


def _resolve(name: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreadable(f"no server is known as {name}; check the address and network") from None
    return [ip_address(socket_address[0]) for *_, socket_address in found]
