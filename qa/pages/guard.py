"""What every request passes before it is answered: who may ask, from where, and how much."""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass, field

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.access import Users
from qa.chat import tools
from qa.chat.origins import Origins
from qa.chat.visits import Limit, TooMany, home

MOST_SENT = 1_000_000  # bytes of a request, apart from files
MOST_UPLOADED = 1_000_000_000
WRONG_LOGINS = 10  # a minute
LOGIN = "/login"
UPLOAD = "/gradio_api/upload"


@dataclass(frozen=True, slots=True)
class Rules:
    """Who may do what.

    ``local`` says that only this machine can reach the chat: then it answers to no other name,
    or a page elsewhere could call itself this machine (DNS rebinding). ``own`` are further
    addresses of the chat, such as a public link.
    """

    origins: Origins
    read_only: bool = False
    local: bool = True
    users: Users | None = None
    own: set[str] = field(default_factory=set)


class Guard:
    """``app``, kept to ``rules``."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app, self._rules = app, rules
        self._wrong = Limit(WRONG_LOGINS, "wrong passwords")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, headers = scope["path"].rstrip("/"), Headers(scope=scope)
        visitor = home(scope["client"][0]) if scope.get("client") else ""
        answered = self._headed(send)
        try:
            self._check_names(headers)
            if self._rules.read_only:
                _check_sends_no_file(path, headers)
            if self._rules.users and path == LOGIN:
                self._wrong.check(visitor)
                answered = self._noting_wrong(visitor, answered)
            if self._rules.users and f"{path}/".startswith(f"{tools.PATH}/"):
                await self._check_password(visitor, headers)
            most = MOST_UPLOADED if path == UPLOAD else MOST_SENT
            received = _bounded(receive, headers, most)
        except TooMany as error:
            await _refused(HTTPException(429, str(error)), scope, receive, answered)
        except HTTPException as error:
            await _refused(error, scope, receive, answered)
        else:
            await self._app(scope, received, answered)

    def _check_names(self, headers: Headers) -> None:
        host, origin = headers.get("host", ""), headers.get("origin", "")
        origins, own = self._rules.origins, self._rules.own
        if self._rules.local and not origins.knows(host):
            raise HTTPException(
                403,
                f"This chat does not answer to the name {host}. "
                f"If it should, start it with --allowed-origins http://{host}",
            )
        same = origin.partition("://")[2] == host
        if origin and not (same or origin in own or origins.admits(origin)):
            raise HTTPException(
                403,
                f"This chat does not answer pages of {origin}. "
                f"If it should, start it with --allowed-origins {origin}",
            )

    async def _check_password(self, visitor: str, headers: Headers) -> None:
        self._wrong.check(visitor)
        name, password = _credentials(headers.get("authorization", ""))
        assert self._rules.users  # noqa: S101
        if not name or not await to_thread.run_sync(self._rules.users.admits, name, password):
            if name:
                self._wrong.count(visitor)
            raise HTTPException(
                401, "Name and password are needed.", {"WWW-Authenticate": 'Basic realm="Byline"'}
            )

    def _noting_wrong(self, visitor: str, send: Send) -> Send:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 400:
                self._wrong.count(visitor)
            await send(message)

        return noting

    def _headed(self, send: Send) -> Send:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = self._rules.origins.frame_ancestors()
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        return headed


def _check_sends_no_file(path: str, headers: Headers) -> None:
    sent = ",".join(headers.getlist("content-type")).lower()
    # Only a request of this type can carry a file, whatever its path; a login may be one too.
    if path == UPLOAD or ("multipart" in sent and path != LOGIN):
        raise HTTPException(403, "This chat is read-only.")


def _bounded(receive: Receive, headers: Headers, most: int) -> Receive:
    """``receive``, which raises an HTTPException once more than ``most`` bytes have come."""
    too_much = HTTPException(413, f"The request is too large; at most {most:,} bytes are taken.")
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise too_much
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise too_much
        return message

    return bounded


def _credentials(authorization: str) -> tuple[str, str]:
    """Name and password of a header "Basic …"; empty if it holds none."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password


async def _refused(error: HTTPException, scope: Scope, receive: Receive, send: Send) -> None:
    # Whoever is still sending would not see an answer, only that the line went dead.
    taken, more = 0, True
    while more and taken < MOST_SENT:
        message = await receive()
        taken, more = taken + len(message.get("body", b"")), message.get("more_body", False)
    headers = dict(error.headers or {})
    await JSONResponse({"detail": error.detail}, error.status_code, headers)(scope, receive, send)
