/* Walking through the changes by key or button, switching the layout in place. The page works without it. */

const KEYS = "single-keys"; // in localStorage: "off" when single keys are switched off (WCAG 2.1.4)
const parts = document.querySelectorAll(".compare");
const steps = document.querySelector("[data-at]");
const live = document.querySelector("[data-at-live]");
const help = document.getElementById("compare-keys");
let current = null;

/* The innermost changes: a card whose text or parts are stops themselves is none. */
function stops() {
  return [...document.querySelectorAll(".compare [data-change]")].filter(
    (stop) => !stop.querySelector("[data-change]") && stop.checkVisibility(),
  );
}

function say(at, all) {
  steps.textContent = `${at + 1} / ${all.length}`;
  live.textContent = live.dataset.words.replace("{at}", at + 1).replace("{all}", all.length);
}

/* From the change that was reached last while it is in sight, else from what the reader looks at. */
function step(by) {
  const all = stops();
  if (!all.length) return;
  const top = document.querySelector(".compare-bar").getBoundingClientRect().bottom;
  const box = current?.isConnected ? current.getBoundingClientRect() : null;
  let at = box && box.bottom > top && box.top < innerHeight ? all.indexOf(current) : -1;
  if (at >= 0) {
    at = (at + by + all.length) % all.length;
  } else {
    const below = all.findIndex((stop) => stop.getBoundingClientRect().top >= top);
    const last = below < 0 ? all.length : below;
    at = by > 0 ? last % all.length : (last - 1 + all.length) % all.length;
  }
  current = all[at];
  const card = current.closest(".difference") ?? current;
  const target = card.querySelector("[data-change]") === current && card.offsetHeight < innerHeight ? card : current;
  target.scrollIntoView({ block: target === card ? "start" : "center" });
  current.focus({ preventScroll: true, focusVisible: true });
  say(at, all);
}

function show(view) {
  const address = new URL(location.href);
  if (view === "unified") address.searchParams.set("view", "unified");
  else address.searchParams.delete("view");
  history.replaceState(history.state, "", address);
  parts.forEach((part) => part.classList.toggle("compare--unified", view === "unified"));
  document.querySelectorAll("[data-view]").forEach((link) => {
    if (link.dataset.view === view) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
  current?.scrollIntoView({ block: "center" });
}

const actions = {
  n: () => step(1),
  p: () => step(-1),
  u: () => show(document.querySelector(".compare--unified") ? "split" : "unified"),
  "?": () => help.showModal(),
};

function keysAreOn() {
  return localStorage.getItem(KEYS) !== "off";
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !keysAreOn()) return;
  if (document.querySelector("dialog[open]") || event.target.closest("input, select, textarea, [contenteditable]")) return;
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

document.addEventListener("click", (event) => {
  const stepper = event.target.closest("[data-step]");
  if (stepper) step(Number(stepper.dataset.step));
  const view = event.target.closest("[data-view]");
  if (view && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    event.preventDefault();
    show(view.dataset.view);
  }
  if (event.target.closest("[data-keys-help]")) help.showModal();
});

const keysSwitch = help?.querySelector("[data-single-keys]");
if (keysSwitch) {
  keysSwitch.checked = keysAreOn();
  keysSwitch.addEventListener("change", () => {
    if (keysSwitch.checked) localStorage.removeItem(KEYS);
    else localStorage.setItem(KEYS, "off");
  });
}

/* A permalink may point into what is folded. */
function openTarget() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  const fold = target && target.closest("details");
  if (!fold) return;
  fold.open = true;
  target.scrollIntoView({ block: "center" });
}
addEventListener("hashchange", openTarget);
addEventListener("load", openTarget); // what comes until then may push it out of sight
openTarget();
if (steps) {
  const all = stops().length;
  steps.textContent = String(all);
  if (!all) steps.parentElement.remove();
}
