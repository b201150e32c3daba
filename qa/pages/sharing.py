"""A public link to a chat, through Gradio's tunnel."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import httpx
from gradio.exceptions import ChecksumMismatchError, ShareCertificateWriteError
from gradio.networking import GRADIO_API_SERVER, setup_tunnel
from gradio.tunneling import BINARY_PATH, BINARY_URL, CURRENT_TUNNELS

from index.errors import BylineError

SECONDS_TO_ANSWER = 10


class NoLink(BylineError):
    """No public link could be made; the message says what is in the way."""


def public_link(host: str, port: int) -> str:
    """The address at which anyone can reach what is served here, for a week at most.

    Raises:
        NoLink: the service cannot be reached, or its tunnel does not open.
    """
    try:
        # Making the tunnel waits much longer before it says that there is no way out.
        httpx.get(GRADIO_API_SERVER, timeout=SECONDS_TO_ANSWER)
    except httpx.HTTPError as error:
        raise NoLink(
            f"{httpx.URL(GRADIO_API_SERVER).host} cannot be reached ({error or 'no answer'}). "
            "Check the internet connection, and whether a firewall blocks it."
        ) from None
    try:
        address = setup_tunnel(host, port, secrets.token_urlsafe(32), None, None)
    except ChecksumMismatchError:
        raise NoLink(
            f"the tunnel's program is damaged; delete {BINARY_PATH} and try again."
        ) from None
    except ShareCertificateWriteError:
        raise NoLink(
            f"the folder {os.getcwd()} cannot be written to; start the chat in another one."
        ) from None
    except (httpx.HTTPError, OSError) as error:
        if Path(BINARY_PATH).exists():
            raise NoLink(f"the tunnel's program {BINARY_PATH} cannot be run ({error}).") from None
        raise NoLink(
            f"the tunnel's program is missing and cannot be fetched ({error}). A virus scanner "
            f"may be in the way. Put {BINARY_URL} to {BINARY_PATH}, and make it executable."
        ) from None
    except (RuntimeError, ValueError):
        raise NoLink(
            "the link service answers, but no tunnel opens. A firewall may block it."
        ) from None
    return address.replace("http://", "https://")


def end_links() -> None:
    """End the tunnels that were made."""
    for tunnel in CURRENT_TUNNELS:
        tunnel.kill()  # type: ignore[no-untyped-call]
