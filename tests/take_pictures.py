"""Takes the README's pictures anew: ``python tests/take_pictures.py``. Needs Chromium."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path[:0] = [str(Path(__file__).parent.parent)]

from tests.chat import CHROMIUM, PATIENCE, QUIET, Server  # noqa: E402

PICTURES = Path(__file__).parent / "pictures"


def main() -> None:
    """Ask one question in a real browser and keep what the page looks like."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["XDG_DATA_HOME"] = folder
        server = Server(Path(folder) / "server", "--port", "0")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            address = server.wait_for(r"http://127\.0\.0\.1:\d+/")
            page = browser.new_page(viewport={"width": 1000, "height": 760})
            ask(page, address, "who brokered the reconciliation?")
            page.screenshot(path=PICTURES / "chat.png")
        finally:
            browser.close()
            server.stop()


def ask(page: Page, address: str, question: str) -> None:
    """Open the chat and wait for the answer to ``question``."""
    page.goto(address)
    box = page.get_by_label("Your question")
    box.fill(question)
    box.press("Enter")
    page.locator(".turn mark").first.wait_for(timeout=PATIENCE)


if __name__ == "__main__":
    main()
