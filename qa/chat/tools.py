"""The endpoints as tools over the Model Context Protocol, for assistants and editors."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette

from index.errors import UsageError
from qa.chat.endpoints import Endpoints
from qa.chat.visits import Limit, home

PATH = "/mcp"
AT_ONCE = 2  # calls; more would only make each other slow


def check_installed() -> None:
    """Raise ``UsageError`` if the library that speaks the protocol is not there."""
    if find_spec("mcp") is None:
        raise UsageError(
            "--mcp needs the mcp library, which is not installed. Install it with: "
            'pip install -e ".[mcp]"'
        )


class Tools:
    """The tools of ``endpoints``; a visitor may call them as often as ``limit`` says."""

    def __init__(self, endpoints: Endpoints, limit: Limit) -> None:
        from mcp.server.fastmcp import FastMCP
        from mcp.server.transport_security import TransportSecuritySettings

        self._server = FastMCP(
            "Byline",
            "Answers questions from news articles, in their own words.",
            stateless_http=True,
            json_response=True,
            streamable_http_path=PATH,
            log_level="ERROR",
            # Who may call is decided for the whole chat, in one place.
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        self._limit = limit
        self._lines = CapacityLimiter(AT_ONCE)
        for call in (endpoints.ask, endpoints.search, endpoints.articles):
            self._server.add_tool(self._tool(call))
        self.app: Starlette = self._server.streamable_http_app()

    @asynccontextmanager
    async def running(self, _: object) -> AsyncIterator[None]:
        """Serves while the block runs."""
        async with self._server.session_manager.run():
            yield

    def _tool(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        async def tool(**given: Any) -> Any:
            request = self._server.get_context().request_context.request
            if request and request.client:
                self._limit.count(home(request.client.host))
            return await to_thread.run_sync(functools.partial(call, **given), limiter=self._lines)

        return tool
