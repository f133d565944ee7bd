/* Small conveniences of every page. Each page works without them. */

import { copyText } from "./clipboard.js";

const language = document.documentElement.lang;
const locale = navigator.languages.find((name) => name.split("-")[0] === language.split("-")[0]) ?? language;
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const parts = { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
const absolute = new Intl.DateTimeFormat(locale, parts);
const exact = new Intl.DateTimeFormat(locale, { ...parts, second: "2-digit" });
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
const STEPS = [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];

function sayWhen(time) {
  const when = new Date(time.dateTime);
  if (Number.isNaN(when.valueOf())) return;
  if (time.dataset.time === "clock") {
    time.textContent = when.toDateString() === new Date().toDateString() ? clock.format(when) : absolute.format(when);
    return;
  }
  const seconds = (when - Date.now()) / 1000;
  const step = STEPS.find(([, size]) => Math.abs(seconds) >= size);
  const near = step ? relative.format(Math.trunc(seconds / step[1]), step[0]) : relative.format(0, "second");
  time.textContent = { absolute: absolute.format(when), exact: exact.format(when) }[time.dataset.time] ?? near;
  time.title = exact.format(when);
}

function prepare(root) {
  root.querySelectorAll("time[data-time]").forEach(sayWhen);
  root.querySelectorAll("[data-needs-script]").forEach((part) => { part.hidden = false; });
  root.querySelectorAll(".toast:not([data-timed])").forEach((toast) => {
    toast.dataset.timed = "";
    let timer = setTimeout(() => toast.remove(), 8000);
    const hold = () => clearTimeout(timer);
    const go = () => { timer = setTimeout(() => toast.remove(), 4000); };
    toast.addEventListener("pointerenter", hold);
    toast.addEventListener("focusin", hold);
    toast.addEventListener("pointerleave", go);
    toast.addEventListener("focusout", go);
  });
}

document.addEventListener("click", async (event) => {
  const closer = event.target.closest("[data-close-toast]");
  if (closer) closer.closest(".toast").remove();

  const copier = event.target.closest("[data-copy]");
  if (copier) {
    event.preventDefault();
    const text = copier.dataset.copy.startsWith("/") ? location.origin + copier.dataset.copy : copier.dataset.copy;
    await copyText(text);
    announce(copier.dataset.copied);
    copier.closest("details.menu")?.removeAttribute("open");
  }

  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

/** Shows a toast that the page itself, not the server, has to say. */
export function announce(text) {
  const toast = document.createElement("div");
  toast.className = "toast";
  const words = document.createElement("div");
  words.className = "toast__text";
  words.textContent = text;
  toast.append(words);
  document.getElementById("toasts").append(toast);
  prepare(toast.parentElement);
}

/* A button keeps its width and says that it works while its form is on its way. */
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.defaultPrevented || !button?.dataset.busy) return;
  button.style.minInlineSize = `${button.offsetWidth}px`;
  requestAnimationFrame(() => {
    button.dataset.idle = button.textContent;
    button.textContent = button.dataset.busy;
    button.setAttribute("aria-disabled", "true");
  });
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("[data-idle]").forEach((button) => {
    button.textContent = button.dataset.idle;
    button.removeAttribute("aria-disabled");
    delete button.dataset.idle;
  });
});

document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
prepare(document);
setInterval(() => document.querySelectorAll('time[data-time="relative"]').forEach(sayWhen), 60000);
/* Of a row that is too long for the page; sideways alone, for the page may be at an anchor. */
const toMiddle = (place) => {
  const [here, row] = [place, place.parentElement].map((part) => part.getBoundingClientRect());
  place.parentElement.scrollBy(here.left + here.width / 2 - row.left - row.width / 2, 0);
};
document.querySelectorAll(":is(.site-nav, .tabs) > [aria-current]").forEach(toMiddle);
document.querySelector(".site-nav")?.addEventListener("focusin", ({ target }) => toMiddle(target));
document.querySelector(".error-summary")?.focus();

/* What htmx could not do is said; what was typed stays where it is. */
const say = (name) => {  // once, though a page that keeps itself fresh meets it every few seconds
  const text = document.body.dataset[name];
  const said = [...document.querySelectorAll("#toasts .toast__text")].some((toast) => toast.textContent === text);
  if (!said) announce(text);
};
document.addEventListener("htmx:sendError", () => say("unreachable"));
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  say(xhr.status === 401 ? "signedOut" : xhr.status >= 500 ? "broken" : "refused");
});

/* Who signed in again in another tab has a new token; what is sent from here takes the one that counts now. */
const token = () => document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1];
document.addEventListener("submit", ({ target }) => {
  const field = target.querySelector?.("input[name=csrfmiddlewaretoken]");
  if (field && token()) field.value = token();
}, true);
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (!token()) return;
  detail.headers["X-CSRFToken"] = token();
  if ("csrfmiddlewaretoken" in detail.parameters) detail.parameters.csrfmiddlewaretoken = token();
});

/* What a page asks for by the clock waits while nobody sees it. */
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.requestConfig.headers["X-Poll"]) event.preventDefault();
});
