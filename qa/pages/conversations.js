// The browser's part of the conversations. It holds the keys to those begun in it, and the address
// names the one shown; both go along with every event. In another page, as a part of it, the
// address and what is stored are that page's, so there they are left alone, and nothing is listed.

const ours = Boolean(window.gradio_config);
element.hidden = !ours;
const STORED = "byline.conversations", MOST = 1000;
let keys = []; // also where a browser stores nothing, as in some frames

const stored = () => {
  try {
    const found = JSON.parse(localStorage.getItem(STORED));
    return Array.isArray(found) ? found : [];
  } catch { return []; }
};

// Read anew each time: others may have been begun in another tab.
const known = (...more) => {
  keys = [...new Set([...(ours ? stored() : []), ...keys, ...more])].slice(-MOST);
  return keys;
};

const send = trigger;
trigger = (name, values = {}) => {
  const address = ours && new URLSearchParams(location.search).get("conversation");
  send(name, {...values, keys: known(), address: address || ""});
};

const copy = async (text, label) => {
  try { await navigator.clipboard.writeText(text); }
  catch { prompt(label, text); } // Without https a page cannot copy.
};

const panel = element.querySelector("[popover]");
const away = () => { if (panel.matches(":popover-open")) panel.hidePopover(); };

element.addEventListener("click", event => {
  const link = event.target.closest("a[data-do]"), button = event.target.closest("button");
  if (link && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    event.preventDefault();
    away();
    trigger(link.dataset.do, {...link.dataset});
  } else if (button?.dataset.copy) {
    copy(button.closest("li").querySelector("a").href, button.textContent);
    element.querySelector("[role=status]").textContent = button.dataset.copy;
  } else if (button?.dataset.do === "clear") {
    away();
    document.querySelector("#composer textarea").focus();
  }
});

// The talk on the page has changed, or is there at last.
element.addEventListener("change", event => { if (event.target === element) trigger("tick"); });
addEventListener("storage", event => { if (event.key === STORED) trigger("tick"); });

const remember = ({shown, key}) => {
  const address = new URL(location);
  if (shown) address.searchParams.set("conversation", shown);
  else address.searchParams.delete("conversation");
  if (address.href !== location.href) history.replaceState(history.state, "", address);
  if (!key) return;
  try { localStorage.setItem(STORED, JSON.stringify(known(key))); } catch {}
};

const told = time => {
  const then = new Date(time.dateTime), today = then.toDateString() === new Date().toDateString();
  return today
    ? then.toLocaleTimeString("en-GB", {hour: "2-digit", minute: "2-digit"})
    : then.toLocaleDateString("en-GB", {day: "numeric", month: "long", year: "numeric"});
};

watch("value", () => {
  const drawer = element.querySelector(".drawer");
  if (!drawer) return;
  known(...[drawer.dataset.key].filter(Boolean));
  if (ours) remember(drawer.dataset);
  for (const time of drawer.querySelectorAll("time")) time.textContent = told(time);
  // What had the keyboard may be gone with its row.
  if (panel.contains(document.activeElement) || document.activeElement === document.body)
    drawer.querySelector("[data-do=undo]")?.focus();
});
