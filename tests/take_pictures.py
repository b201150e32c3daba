"""Takes the README's pictures anew: ``python tests/take_pictures.py [chat] [report]``.

Needs Chromium. The report is of a run on the sample's gold questions, which takes minutes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

sys.path[:0] = [str(Path(__file__).parent.parent)]

from tests.chat import (  # noqa: E402
    CHROMIUM,
    LANDSLIDE,
    LANDSLIDE_QUESTION,
    PATIENCE,
    QUIET,
    ROOT,
    Server,
)

PICTURES = Path(__file__).parent / "pictures"


def main(names: list[str]) -> None:
    """Take the pictures called ``names``, all if none is."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["XDG_DATA_HOME"] = folder
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            for name in names or TAKE:
                TAKE[name](browser, Path(folder))
        finally:
            browser.close()


def chat(browser: Browser, folder: Path) -> None:
    """Ask in a light, a dark, a narrow and an embedded chat, and what is disputed or not known."""
    landslide = folder / "landslide.jsonl"
    landslide.write_text("\n".join(map(json.dumps, LANDSLIDE)))
    add = [sys.executable, "-m", "index", "add", "index/sample", str(landslide)]
    subprocess.run([*add, "--archive", str(folder / "archive")], cwd=ROOT, check=True)
    server = Server(folder / "server", "--port", "0", "--archive", str(folder / "archive"))
    try:
        address = server.wait_for(r"http://127\.0\.0\.1:\d+/")
        for name, (question, width, height, scheme) in CHATS.items():
            page = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            page.goto(f"{address}?embed=1" if name == "embedded" else address)
            box = page.get_by_label("Your question")
            box.fill(question)
            box.press("Enter")
            page.locator(".turn .verdict").first.wait_for(timeout=PATIENCE)
            page.wait_for_timeout(500)  # for what slides into place
            page.screenshot(path=PICTURES / f"{name}.png")
            page.close()
    finally:
        server.stop()


def report(browser: Browser, folder: Path) -> None:
    """Measure the answers to the sample's gold questions and keep the top of the report."""
    measure = ["-m", "eval", "eval/gold/sample.jsonl", "--out", str(folder / "run")]
    subprocess.run([sys.executable, *measure], cwd=ROOT, check=True)
    page = browser.new_page(viewport={"width": 1180, "height": 1210})
    page.goto((folder / "run" / "report.html").as_uri())
    page.screenshot(path=PICTURES / "report.png")


BROKERED = "who brokered the reconciliation?"
CHATS = {
    "chat": (BROKERED, 1000, 760, "light"),
    "dark": (BROKERED, 1000, 760, "dark"),
    "phone": (BROKERED, 390, 760, "light"),
    "embedded": (BROKERED, 600, 760, "light"),
    "disagree": (LANDSLIDE_QUESTION, 1000, 760, "light"),
    "refusal": ("Who painted the Mona Lisa?", 1000, 760, "light"),
}
TAKE = {"chat": chat, "report": report}

if __name__ == "__main__":
    main(sys.argv[1:])
