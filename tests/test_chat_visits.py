"""How often a visitor may come."""

from __future__ import annotations

import pytest

from index.errors import UsageError
from qa.chat.visits import Limit, TooMany, home


def test_a_visitor_who_has_had_all_is_told_how_long_to_wait() -> None:
    limit = Limit(3)
    for _ in range(3):
        limit.count("ada")
    with pytest.raises(TooMany, match=r"At most 3 questions a minute.*wait \d+ seconds?\."):
        limit.count("ada")
    limit.count("eve")


def test_what_is_refused_or_only_looked_at_is_not_counted() -> None:
    limit = Limit(1, "wrong passwords")
    for _ in range(3):
        limit.check("ada")
    limit.count("ada")
    for _ in range(3):
        with pytest.raises(TooMany, match="wrong passwords"):
            limit.check("ada")


def test_without_a_limit_all_is_taken() -> None:
    limit = Limit(0)
    for _ in range(1000):
        limit.count("ada")
    with pytest.raises(UsageError, match="-1 questions a minute"):
        Limit(-1)


def test_whoever_has_a_network_of_addresses_is_one_visitor() -> None:
    assert home("2001:db8:1:2:aaaa::1") == home("2001:db8:1:2:bbbb::2")
    assert home("2001:db8:1:2::1") != home("2001:db8:1:3::1")
    assert home("192.0.2.1") != home("192.0.2.2")
    assert home("testclient") == "testclient"
