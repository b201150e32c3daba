// The snippets name the address that the visitor sees, which only the browser knows.

const here = (location.origin + location.pathname).replace(/\/$/, "");
for (const code of element.querySelectorAll("pre code")) {
  code.textContent = code.textContent.replaceAll("ADDRESS", here);
}

const copied = async code => {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch { // Without https a browser lets a page copy only what is selected.
    getSelection().selectAllChildren(code);
    return document.execCommand("copy");
  }
};

element.addEventListener("click", async event => {
  const button = event.target.closest("button");
  if (!button) return;
  const done = await copied(button.closest("figure").querySelector("pre code"));
  const says = element.querySelector("[role=status]");
  says.textContent = done ? says.dataset.copied : says.dataset.selected;
});

// In another page it would name that page's address.
if (!window.gradio_config) element.hidden = true;
