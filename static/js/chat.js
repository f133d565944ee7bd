/* The chat panel: listens to what is written, keeps the newest in sight. The server makes all HTML. */
import { Actions } from "./chat-actions.js";
import { Attachments } from "./chat-files.js";
import { Live } from "./chat-live.js";
import { Sender } from "./chat-sending.js";
import { listen } from "./chat-stream.js";
import { Turns, parsed, putTogether, wake } from "./chat-turns.js";

const NEAR_BOTTOM = 60;
const OPEN = "dialog[open], details.menu[open], [popover]:popover-open";

class ChatPanel extends HTMLElement {
  connectedCallback() {
    this.log = this.querySelector("[data-log]");
    this.composer = this.querySelector("#composer");
    this.box = this.querySelector("[data-message-box]");
    this.turns = new Turns(this);
    this.files = new Attachments(this);
    this.sender = new Sender(this);
    this.actions = new Actions(this);
    this.leaving = new AbortController();
    const signal = { signal: this.leaving.signal };
    this.addEventListener("submit", (event) => this.sender.onSubmit(event), signal);
    this.addEventListener("click", (event) => this.actions.onClick(event), signal);
    this.addEventListener("change", (event) => this.actions.onChange(event), signal);
    this.addEventListener("keydown", (event) => this.onKey(event), signal);
    document.addEventListener("keydown", (event) => this.onPageKey(event), signal);
    this.addEventListener("toggle", (event) => showNote(event.target), { ...signal, capture: true });
    this.log.addEventListener("scroll", () => this.showDown(), { passive: true });
    this.state = this.dataset.state;
    this.goToTurn();
    this.attach();
    if (!this.beside && this.state === "idle") this.box?.focus({ preventScroll: true });
  }

  disconnectedCallback() {
    this.leaving.abort();
    this.hearing?.abort();
  }

  /** Whether it stands beside an edit form, which it must never make the page lose. */
  get beside() { return this.classList.contains("chat--beside"); }

  get state() { return this.dataset.state; }
  set state(value) {
    this.dataset.state = value;
    this.querySelector("[data-send]")?.setAttribute("aria-disabled", String(value === "waiting" || value === "sending"));
  }

  tell(text) { this.sender.tell(text); }
  say(text) { this.querySelector("[data-said]").textContent = text; }

  // -- where the reader is ------------------------------------------------------------------------------------------

  get atBottom() { return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_BOTTOM; }
  toBottom() { this.log.scrollTop = this.log.scrollHeight; this.showDown(); }
  showDown() { this.querySelector("[data-down]").hidden = this.atBottom; }

  goToTurn() {
    const asked = location.hash.startsWith("#turn-") && document.getElementById(location.hash.slice(1));
    if (asked && this.contains(asked)) asked.scrollIntoView({ block: "start" });
    else this.toBottom();
  }

  /** Changes the conversation; stays at its end only if the reader was there. */
  change(work) {
    const follow = this.atBottom;
    work();
    if (follow) this.toBottom(); else this.showDown();
  }

  // -- listening ----------------------------------------------------------------------------------------------------

  /** To what is being written now: just begun, or begun before the page was opened. */
  attach({ opened, hearing = new AbortController() } = {}) {
    const turn = this.querySelector("section[data-stream]");
    if (!turn) return;
    this.state = "running";
    document.dispatchEvent(new CustomEvent("run:begins"));
    this.hearing?.abort();
    this.hearing = hearing;
    const live = new Live(turn, this.querySelector("[data-live-message]"));
    listen(turn.dataset.stream, {
      signal: this.hearing.signal,
      opened,
      onFrame: (name, frame) => this.change(() => live.apply(name, frame)),
      onLost: () => live.note(this.dataset.wordsLost),
      onGone: () => this.tell(this.dataset.wordsSignedOut),
      onEnd: () => {
        document.dispatchEvent(new CustomEvent("run:ends"));
        return this.finish(turn);
      },
    });
  }

  /** Puts the server's own reading of the turn over what was streamed. */
  async finish(streamed) {
    const response = await this.sender.fetch(streamed.dataset.finish);
    if (!response) {
      this.state = "idle";
      return;
    }
    const part = parsed(await response.text());
    let turn = null;
    this.change(() => { turn = this.turns.finish(streamed, part); });
    this.state = turn?.dataset.state ?? "idle";
    if (turn) this.announce(turn);
    this.attach();
  }

  announce(turn) {
    const asked = turn.querySelector(".asked");
    const answer = [...turn.querySelectorAll(".message--ai .prose")].at(-1);
    const said = (turn.querySelector(".turn__error") ?? answer)?.textContent.trim() ?? "";
    this.say(asked ? `${said} ${this.dataset.wordsAsks}` : said);
    if (!asked || document.activeElement !== this.box || this.box.value) return;
    asked.querySelector("input:not([type=hidden]), textarea, button")?.focus({ preventScroll: true });
  }

  async stop() {
    const turn = this.querySelector("section[data-stop-url]");
    if (!turn || this.stopping) return;
    this.stopping = true;
    const token = this.composer.elements.csrfmiddlewaretoken.value;
    const response = await this.sender.fetch(turn.dataset.stopUrl, { method: "POST", headers: { "X-CSRFToken": token } });
    this.stopping = false;
    if (response) this.say(this.dataset.wordsStopped);
    this.box?.focus({ preventScroll: true });
  }

  // -- keys ---------------------------------------------------------------------------------------------------------

  onKey(event) {
    if (event.isComposing || event.keyCode === 229) return; // the key belongs to the input method
    const sends = event.key === "Enter" && !event.shiftKey && !event.altKey;
    if (!sends || !event.target.matches("[data-message-box], [data-edit-box]")) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  }

  onPageKey(event) {
    if (event.isComposing || event.defaultPrevented) return;
    if (event.key === "Escape" && event.target.closest?.(".rewrite")) this.actions.closeEdit(event.target);
    else if (event.key === "Escape" && this.state === "running" && !document.querySelector(OPEN)) {
      event.preventDefault();
      this.stop();
    } else if (event.key.toLowerCase() === "o" && event.shiftKey && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.open(this.dataset.new);
    }
  }

  // -- other threads and branches -----------------------------------------------------------------------------------

  /** Beside a form in place, so that nothing typed there is lost; else as a page. */
  async open(address, keepPlace = false) {
    if (!this.beside && !keepPlace) {
      location.assign(address);
      return;
    }
    const html = await this.sender.part(address);
    if (!html) return;
    const place = this.log.scrollTop;
    if (!this.beside) history.replaceState({}, "", address);
    const panel = this.become(html);
    if (keepPlace) panel.log.scrollTop = place;
  }

  become(html) {
    const part = parsed(html);
    const panel = part.querySelector("chat-panel");
    this.replaceWith(panel);
    putTogether(part);
    wake(panel);
    return panel;
  }

  /** After the first message: the menu, the dialogs and the place in the list of the thread that it made. */
  async becomeThread() {
    const part = parsed((await this.sender.part(this.sender.thread)) ?? "");
    const made = part.querySelector("chat-panel");
    if (!made) return;
    putTogether(part);
    this.querySelector(".chat__menu").replaceWith(made.querySelector(".chat__menu"));
    this.querySelectorAll("dialog").forEach((dialog) => dialog.remove());
    this.append(...made.querySelectorAll("dialog"));
    wake(this.querySelector(".chat__menu"));
    this.actions.showTools();
  }
}

/** The place for a note opens below an answer, often below what can be seen. */
function showNote(part) {
  if (part.open && part.matches(".rating__note")) part.scrollIntoView({ block: "nearest" });
}

customElements.define("chat-panel", ChatPanel);

addEventListener("popstate", () => {
  // Back to another thread. A link to a field changes the address too; a reload would lose what was typed beside.
  const panel = document.querySelector("chat-panel:not(.chat--beside)");
  if (panel && location.pathname !== (panel.sender.thread || panel.dataset.new)) location.reload();
});
