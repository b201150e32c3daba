"""Which web pages may show a chat in a frame and call it.

A page is known by its *origin*, scheme, host and port, which its browser tells truthfully.

>>> origins = read_origins(["https://News.example/"])
>>> origins.admits("https://news.example"), origins.admits("https://evil.example")
(True, False)
>>> origins.admits("http://localhost:8000")
True
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.errors import UsageError

EVERYONE = "*"
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")

_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?P<port>:\d{1,5})?"
)
_USUAL = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins that are allowed beside a chat's own and those of the machine it is seen on."""

    allowed: frozenset[str] = frozenset()

    @property
    def everyone(self) -> bool:
        """Whether any page may."""
        return EVERYONE in self.allowed

    def admits(self, origin: str) -> bool:
        """Whether a page of ``origin``, as a browser writes it, may call the chat."""
        return self.everyone or origin in self.allowed or host_of(origin) in LOCAL_HOSTS

    def knows(self, host: str) -> bool:
        """Whether ``host`` ("name" or "name:port") is this machine or that of an allowed origin."""
        names = {host_of(origin) for origin in self.allowed}
        return self.everyone or host_of(f"http://{host}") in names.union(LOCAL_HOSTS)

    def frame_ancestors(self) -> str:
        """The directive of Content-Security-Policy that says which pages may frame the chat."""
        if self.everyone:
            return f"frame-ancestors {EVERYONE}"
        # The directive has no form for IPv6 addresses.
        named = [host for host in LOCAL_HOSTS if not host.startswith("[")]
        local = [f"{scheme}://{host}:*" for host in named for scheme in _USUAL]
        return " ".join(["frame-ancestors 'self'", *local, *sorted(self.allowed)])


def read_origins(written: Sequence[str]) -> Origins:
    """The origins that somebody ``written``: "https://news.example", or "*" for all.

    Raises:
        UsageError: one is of another form.
    """
    return Origins(frozenset(map(_origin, written)))


def host_of(origin: str) -> str:
    """The name in an origin; "" if it is none, like a sandboxed frame's "null"."""
    known = _ORIGIN.fullmatch(origin.lower())
    return known["host"] if known else ""


def _origin(written: str) -> str:
    if written == EVERYONE:
        return written
    known = _ORIGIN.fullmatch(written.lower().removesuffix("/"))
    if not known:
        raise UsageError(
            f"{written!r} is no origin; expected scheme and host, like https://news.example or "
            "http://192.168.0.7:8000, or * for every page."
        )
    scheme, host, port = known["scheme"], known["host"], known["port"] or ""
    return f"{scheme}://{host}{'' if port == _USUAL[scheme] else port}"
