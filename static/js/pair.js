/* Two in one chat: sends one message to both, and puts what both write on the screen as it comes. */
import { Live } from "./chat-live.js";
import { listen } from "./chat-stream.js";
import { parsed, wake } from "./chat-turns.js";

const pair = document.querySelector("[data-pair]");
const list = pair.querySelector("[data-answers]");
const form = pair.querySelector("[data-pair-send]");
const stopping = pair.querySelector("[data-pair-stop]");
const box = pair.querySelector("[data-message-box]");
const template = pair.querySelector("[data-live-message]");

const say = (text) => { pair.querySelector("[data-said]").textContent = text; };
let stopWanted = false; // before anything runs that could be stopped
const busy = () => pair.dataset.state !== "idle";

function tell(text) {
  const notice = document.createElement("div");
  notice.className = "notice notice--danger composer__errors";
  notice.setAttribute("role", "alert");
  notice.textContent = text;
  form.querySelector("[data-errors]").replaceChildren(notice);
}

/* -- listening ------------------------------------------------------------------------------------------------------ */

function attach(turn) {
  for (const side of turn.querySelectorAll("[data-side][data-stream]")) {
    pair.dataset.state = "running";
    const live = new Live(side, template);
    listen(side.dataset.stream, {
      signal: new AbortController().signal,
      onFrame: (name, frame) => live.apply(name, frame),
      onLost: () => live.note(pair.dataset.wordsLost),
      onGone: () => live.note(pair.dataset.wordsFailed),
      onEnd: () => ended(turn, side.dataset.side),
    });
  }
}

/** Puts the server's own reading over what was streamed: of the side that ended, and the vote when both have. */
async function ended(turn, name) {
  const address = new URL(`${location.pathname}answers/${location.search}`, location.href);
  address.searchParams.set("turn", turn.dataset.pairTurn);
  const response = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (response?.ok && response.headers.has("X-Chat")) {
    const now = parsed(await response.text());
    const vote = now.querySelector("[data-vote]");
    const side = now.querySelector(`[data-side="${name}"]`);
    turn.querySelector(`[data-side="${name}"]`).replaceWith(side);
    wake(side);
    if (vote.firstElementChild) {
      turn.querySelector("[data-vote]").replaceWith(vote);
      wake(vote);
    }
  } else turn.querySelector(`[data-side="${name}"]`).removeAttribute("data-stream");
  settle();
}

function settle() {
  if (pair.querySelector("[data-side][data-stream]")) return;
  pair.dataset.state = "idle";
  say(pair.dataset.wordsAnswered);
}

/* -- sending and stopping --------------------------------------------------------------------------------------------- */

function name(field, value) {
  for (const one of [form, stopping]) {
    const known = one.elements[field] ?? one.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: field }));
    known.value = value;
  }
}

async function send() {
  if (busy() || !box.value.trim()) return;
  pair.dataset.state = "sending";
  stopWanted = false;
  const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } }).catch(() => null);
  if (!response?.headers.has("X-Chat")) {
    pair.dataset.state = "idle";
    tell(pair.dataset.wordsFailed);
    return;
  }
  const part = parsed(await response.text());
  const errors = part.querySelector("[data-errors]");
  if (errors) {
    pair.dataset.state = "idle";
    form.querySelector("[data-errors]").replaceWith(errors);
    errors.querySelector(".notice")?.focus();
    return;
  }
  form.querySelector("[data-errors]").replaceChildren();
  box.value = "";
  const turn = part.querySelector("[data-pair-turn]");
  name("left", response.headers.get("X-Pair-Left"));
  name("right", response.headers.get("X-Pair-Right"));
  form.elements.once.value = response.headers.get("X-Chat-Once");
  history.replaceState({}, "", response.headers.get("X-Pair-Address"));
  for (const link of pair.querySelectorAll("[data-thread-of]")) {
    link.href = `../${form.elements[link.dataset.threadOf].value}/`;
    link.hidden = false;
  }
  list.append(turn);
  wake(turn);
  say(pair.dataset.wordsAnswering);
  turn.scrollIntoView({ block: "end" });
  box.focus({ preventScroll: true });
  attach(turn);
  settle(); // both may have answered before the server told of the turn
  if (stopWanted && busy()) stop();
}

async function stop() {
  stopWanted = true;
  if (pair.dataset.state === "sending") return;
  const response = await fetch(stopping.action, { method: "POST", body: new FormData(stopping), headers: { "HX-Request": "true" } }).catch(() => null);
  if (response?.headers.has("X-Chat")) form.querySelector("[data-errors]").replaceChildren();
  else tell(pair.dataset.wordsNotStopped);
}

form?.addEventListener("submit", (event) => { event.preventDefault(); send(); });
stopping?.addEventListener("submit", (event) => { event.preventDefault(); stop(); });
box?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.altKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && busy() && !document.querySelector("dialog[open], details.menu[open]")) stop();
});

list.querySelectorAll("[data-pair-turn]").forEach(attach);
