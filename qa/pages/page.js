// What a piece of HTML does. A button or form in it names an event in data-do, which is passed on
// with everything else it stands for; the server checks all of it.

const fields = form => {
  const found = {};
  for (const [name, value] of new FormData(form)) (found[name] ??= []).push(value);
  return found;
};

// A fold that is put away leaves the keyboard where it was opened.
const close = fold => {
  fold.open = false;
  fold.querySelector("summary").focus();
};

// A verdict counts once: its buttons give way to the thanks at once.
const thank = bar => {
  const [asking, thanks] = bar.children;
  asking.hidden = true;
  thanks.hidden = false;
  thanks.focus();
};

const pass = (source, values) => {
  trigger(source.dataset.do, {...source.dataset, ...values});
  const bar = source.closest(".verdict");
  if (bar) thank(bar);
};

element.addEventListener("click", event => {
  const button = event.target.closest("button[data-do]");
  if (button?.dataset.do === "close") close(button.closest("details"));
  else if (button) pass(button, {});
  else if (event.target.tagName === "DIALOG") event.target.close();
});

let sent = null;
element.addEventListener("submit", event => {
  const form = event.target;
  if (form.method === "dialog") return;
  event.preventDefault();
  const values = fields(form);
  if (form.dataset.do === "input") sent = form.closest("details"); // the server closes it, if it may
  else close(form.closest("details"));
  pass(form, values);
});

element.addEventListener("keydown", event => {
  const fold = event.key === "Escape" && event.target.closest("details:has(form)[open]");
  if (fold) close(fold);
});

// A fold with something to fill in is opened to fill it in.
element.addEventListener("toggle", event => {
  const input = event.target.open && event.target.querySelector("input[type=text], textarea");
  if (input) {
    event.target.scrollIntoView({block: "nearest"});
    input.focus();
    input.select();
  }
}, true);

// What has been read is put away, so that the same article can be opened again.
const pane = element.querySelector("dialog");
pane?.addEventListener("close", () => { props.value = ""; });

watch("value", () => {
  if (sent?.open) return; // something in it is wrong, and said there
  for (const form of element.querySelectorAll("form")) form.reset();
  if (sent) close(sent);
  sent = null;
  if (pane && props.value) {
    if (!pane.open) pane.showModal();
    pane.scrollTop = 0;
    pane.querySelector("mark")?.scrollIntoView({block: "center"});
  }
  // A further question goes to the top of the view, so that its answer is read from its start.
  const asked = element.querySelector(".pending");
  if (asked && document.querySelectorAll(".turn").length > 1) {
    requestAnimationFrame(() => asked.scrollIntoView()); // once what stands above is drawn
  }
});
