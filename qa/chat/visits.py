"""How often a visitor may come."""

from __future__ import annotations

import math
import time
from ipaddress import ip_address, ip_network

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from index.errors import BylineError, UsageError


class TooMany(BylineError):
    """A visitor has had all that one may have in a minute."""


class Limit:
    """At most so many of something in any minute, for each visitor; 0 means no limit."""

    def __init__(self, a_minute: int, what: str = "questions") -> None:
        if a_minute < 0:
            raise UsageError(f"{a_minute} {what} a minute; expected a number from 0 on.")
        self._allowed = RateLimitItemPerMinute(a_minute) if a_minute else None
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._what = what

    def check(self, visitor: str) -> None:
        """Raise ``TooMany`` if ``visitor`` has had all of this minute's."""
        if self._allowed and not self._limiter.test(self._allowed, visitor):
            raise self._refusal(self._allowed, visitor)

    def count(self, visitor: str) -> None:
        """Count one of ``visitor``'s, or raise ``TooMany``; what is refused is not counted."""
        if self._allowed and not self._limiter.hit(self._allowed, visitor):
            raise self._refusal(self._allowed, visitor)

    def _refusal(self, allowed: RateLimitItem, visitor: str) -> TooMany:
        free = self._limiter.get_window_stats(allowed, visitor).reset_time
        seconds = max(1, math.ceil(free - time.time()))
        return TooMany(
            f"At most {allowed.amount:,} {self._what} a minute are taken. "
            f"Please wait {seconds} second{'' if seconds == 1 else 's'}."
        )


def home(address: str) -> str:
    """What stands for whoever is at an internet address: it, or an IPv6 line's network.

    A line has 2**64 IPv6 addresses to choose from.
    """
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((known, 64), strict=False)) if known.version == 6 else address
