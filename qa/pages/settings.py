"""How a chat is served, as its commands' options say."""

from __future__ import annotations

from dataclasses import dataclass, field

from qa.access import Users
from qa.chat.origins import LOCAL_HOSTS, Origins

QUESTIONS_A_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a chat is served, and what its visitors may do.

    ``users`` are those who may log in; None lets everyone in. ``read_only`` leaves out everything
    that changes the articles, for pages that anyone can open. ``questions_a_minute`` is for each
    visitor; 0 means no limit. ``tools`` serves the endpoints over the Model Context Protocol too.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    share: bool = False
    users: Users | None = None
    read_only: bool = False
    questions_a_minute: int = QUESTIONS_A_MINUTE
    origins: Origins = field(default_factory=Origins)
    tools: bool = False

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return not self.share and self.host in (*LOCAL_HOSTS, "::1")

    @property
    def open_to_change(self) -> bool:
        """Whether people who are not known can change the articles."""
        return not (self.local or self.users or self.read_only)
