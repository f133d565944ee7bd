/* Answering several questions in a row: where the focus goes, what is said, and the keys. */

const KEYS = "single-keys"; // in localStorage: "off" when single keys are switched off (WCAG 2.1.4), here as in comparisons
const help = document.getElementById("inbox-keys");
const said = document.querySelector("[data-inbox-said]");

const keysAreOn = () => localStorage.getItem(KEYS) !== "off";

/* What was not sent, else the first thing to answer, else the title of what is open. */
function focusOn(inbox) {
  const refused = inbox.querySelector("[data-not-sent]");
  const form = inbox.querySelector("[data-answer]");
  const radio = form?.querySelector("input[type=radio]:checked");
  const first = form && [...form.querySelectorAll("input:not([type=hidden]), textarea, select, button")].find((one) => one.checkVisibility());
  const target = refused ?? (first?.type === "radio" && radio ? radio : first) ?? inbox.querySelector("[data-nothing]");
  target?.focus({ preventScroll: true });
  (inbox.querySelector("#inbox-title") ?? target)?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const inbox = document.getElementById("inbox");
  if (!inbox || !inbox.parentElement.contains(detail.elt) || detail.elt.closest(".form-row")) return;
  if (detail.requestConfig?.triggeringEvent?.type === "change") return; // the filter keeps the focus
  said.textContent = inbox.dataset.say;
  focusOn(inbox);
});

const actions = {
  n: () => document.querySelector("[data-next]")?.click(),
  p: () => document.querySelector("[data-previous]")?.click(),
  "?": () => help.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.isComposing || document.querySelector("dialog[open]")) return;
  const form = document.querySelector("[data-answer]");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form?.contains(event.target)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector(".button--primary"));
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || !keysAreOn()) return;
  const types = event.target.closest("select, textarea, [contenteditable]") || event.target.closest("input:not([type=radio], [type=checkbox])");
  const action = types ? null : actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys-help]")) help.showModal();
});

const keysSwitch = help.querySelector("[data-single-keys]");
keysSwitch.checked = keysAreOn();
keysSwitch.addEventListener("change", () => {
  if (keysSwitch.checked) localStorage.removeItem(KEYS);
  else localStorage.setItem(KEYS, "off");
});
