"use strict";
// Finding, filtering and sorting of the questions. Without it all of them are shown, as asked.
const form = document.querySelector(".controls");
const list = document.querySelector(".rows");
const asked = [...list.children];
const texts = new Map(asked.map(row => [row, row.textContent.toLowerCase()]));

function show() {
  const words = form.words.value.toLowerCase().split(/\s+/).filter(Boolean);
  const order = form.order.value;
  const key = order.replace("-", "");
  const sign = order.startsWith("-") ? -1 : 1;
  const rows = order
    ? [...asked].sort((a, b) => sign * (a.dataset[key] - b.dataset[key]))
    : asked;
  let count = 0;
  for (const row of rows) {
    const text = texts.get(row);
    row.hidden = !((!form.state.value || row.dataset.state === form.state.value)
      && words.every(word => text.includes(word)));
    count += !row.hidden;
  }
  list.append(...rows);
  document.querySelector(".none").hidden = count > 0;
  form.querySelector("output").value = `${count} of ${asked.length}`;
}

form.addEventListener("input", show);
form.addEventListener("submit", event => event.preventDefault());

// What became of the questions leads to those questions.
for (const button of document.querySelectorAll("button[data-state]")) {
  button.addEventListener("click", () => {
    form.state.value = button.dataset.state;
    show();
    document.querySelector("#questions").scrollIntoView();
  });
}
show();
