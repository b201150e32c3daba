"""The chat inside other pages: its look there, and the fold that says how to put it there."""

from __future__ import annotations

import re
from pathlib import Path

import gradio as gr

from qa import strings
from qa.chat.origins import Origins
from qa.markup import escaped

HERE = Path(__file__).parent
STYLE, SCRIPT = HERE / "embed.css", HERE / "embed.js"
# Known before anything is drawn, or the page's head would flash by. A frame does not take the
# keyboard from the page around it: until its reader has done something, it asks in vain.
MARK = """<script>
  if (new URLSearchParams(location.search).has("embed")) {
    document.documentElement.classList.add("embed");
    Object.defineProperty(HTMLElement.prototype, "autofocus", {set() {}});
    const focus = HTMLElement.prototype.focus;
    HTMLElement.prototype.focus = () => {};
    for (const kind of ["keydown", "pointerdown"]) {
      addEventListener(kind, () => { HTMLElement.prototype.focus = focus; }, true);
    }
  }
</script>"""
ADDRESS = "ADDRESS"  # what the script puts the address in place of that the visitor sees

_ENTRY = re.compile(r"assets/index-[\w-]+\.js")


def embed_fold(origins: Origins) -> None:
    """Put the fold on the page that is being built."""
    gr.HTML(
        fold(origins, component_script()),
        js_on_load=SCRIPT.read_text("utf-8"),
        apply_default_css=False,
        elem_id="embedding",
    )


def component_script() -> str:
    """Where the server has the script of Gradio's web component; "" if it is not found."""
    entry = Path(gr.__file__).parent / "templates" / "frontend" / "gradio.js"
    found = _ENTRY.search(entry.read_text("utf-8")) if entry.exists() else None
    return found[0] if found else ""


def fold(origins: Origins, script: str) -> str:
    """The fold for a chat that pages of ``origins`` may show; ``script`` is the component’s."""
    frame = (
        f'<iframe src="{ADDRESS}/?embed=1" title="{strings.FRAME_TITLE}" width="100%" height="700" '
        'style="border: 0"></iframe>'
    )
    parts = [f"<p>{_who(origins)}</p>", _snippet(strings.IN_A_FRAME, frame)]
    if script:
        component = (
            f'<script type="module" src="{ADDRESS}/{script}"></script>\n'
            f'<gradio-app src="{ADDRESS}/"></gradio-app>'
        )
        parts.append(_snippet(strings.AS_A_PART, component))
    light, dark = _code("&__theme=light"), _code("&__theme=dark")
    parts.append(f"<p>{escaped(strings.COLOURS).format(light=light, dark=dark)}</p>")
    told = f'data-copied="{strings.COPIED}" data-selected="{strings.SELECTED}"'
    return (
        f"<details><summary>{strings.EMBED_THIS_CHAT}</summary>{''.join(parts)}"
        f'<p role="status" {told}></p></details>'
    )


def _who(origins: Origins) -> str:
    if origins.everyone:
        return escaped(strings.EVERY_PAGE)
    named = sorted(origins.allowed)
    says = strings.only_pages(named) if named else strings.NO_PAGES
    return escaped(says).format(option=_code("--allowed-origins https://your-site.example"))


def _code(text: str) -> str:
    return f"<code>{escaped(text)}</code>"


def _snippet(label: str, code: str) -> str:
    return (
        f"<figure><figcaption>{label}</figcaption>"
        f'<pre tabindex="0" aria-label="{label}: {strings.THE_CODE}">{_code(code)}</pre>'
        f'<button type="button" aria-label="{strings.COPY_THE_CODE}: {label}">{strings.COPY}'
        "</button></figure>"
    )
