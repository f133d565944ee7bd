/* Sending: messages, edits, answers. The server answers with the turn that begins, or with what is wrong. */
import { STREAM_TYPE, begun } from "./chat-stream.js";
import { parsed } from "./chat-turns.js";

export class Sender {
  constructor(panel) {
    this.panel = panel;
    this.thread = panel.dataset.thread;
    this.busy = false;
  }

  async onSubmit(event) {
    const form = event.target;
    const kind = form.dataset.chatForm;
    if (!kind || event.submitter?.name.endsWith("#action")) return; // a button inside a form: htmx's, or the page's
    if (kind === "thread" && !this.panel.beside) return; // leads to a page of its own
    event.preventDefault();
    if (this.busy || (kind !== "answer" && this.panel.state === "running") || !this.worthSending(kind)) return;
    this.busy = true;
    const before = this.panel.state;
    this.panel.state = "sending";
    form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true"));
    try {
      await (kind === "thread" ? this.sendThread(form) : this.send(form, kind, event.submitter));
    } finally {
      this.busy = false;
      form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-disabled"));
      if (this.panel.state === "sending") this.panel.state = before;
    }
  }

  worthSending(kind) {
    if (kind !== "send") return true;
    const { box, files, state } = this.panel;
    return state !== "waiting" && (!box || box.value.trim() !== "" || files.some);
  }

  /** Renaming and deleting, beside a form: nothing typed there may be lost. */
  async sendThread(form) {
    const response = await this.fetch(form.action, { method: "POST", body: new FormData(form) });
    if (!response) return;
    const text = await response.text();
    if (response.ok) {
      this.panel.become(text);
      return;
    }
    form.closest("dialog").close();
    this.tell(text);
  }

  async send(form, kind, submitter) {
    const { panel } = this;
    const hearing = new AbortController();
    const response = await this.fetch(form.action, {
      method: "POST", body: this.data(form, submitter), headers: { Accept: STREAM_TYPE }, signal: hearing.signal,
    });
    if (!response) return;
    const { html, opened } = await begun(response).catch(() => ({}));
    if (html === undefined) {
      this.tell(panel.dataset.wordsFailed);
      return;
    }
    const part = parsed(html);
    const errors = part.querySelector("[data-errors]");
    if (errors) {
      this.errors.replaceWith(errors);
      if (kind === "answer") panel.turns.put(part);
      errors.querySelector(".notice")?.focus();
      return;
    }
    this.errors.replaceChildren();
    if (kind === "send") this.emptyComposer();
    panel.querySelector("[data-empty]")?.remove();
    const fresh = this.moveTo(response);
    panel.turns.put(part);
    panel.toBottom();
    panel.say(panel.dataset.wordsAnswering);
    panel.attach({ opened, hearing });
    if (fresh) panel.becomeThread();
    panel.box?.focus({ preventScroll: true });
  }

  data(form, submitter) {
    const data = new FormData(form, submitter?.name ? submitter : undefined);
    const version = this.panel.querySelector("#chat-version").value;
    data.set("under_test", version);
    if (this.panel.beside) data.set("beside", "1");
    if (version === "unsaved") addUnsaved(data);
    return data;
  }

  /** A fetch whose failures are told to the person: null then. Refusals of ours are parts with their reasons. */
  async fetch(url, options = {}) {
    const { dataset } = this.panel;
    try {
      const response = await fetch(url, { ...options, headers: { "HX-Request": "true", ...options.headers } });
      const readable = response.ok || [409, 413, 422].includes(response.status);
      if (readable && response.headers.has("X-Chat")) return response;
      const away = response.redirected || [401, 403, 404].includes(response.status);
      this.tell(away ? dataset.wordsSignedOut : dataset.wordsFailed);
    } catch {
      this.tell(dataset.wordsFailed);
    }
    return null;
  }

  /** A part of the same page, for the panel beside a form or alone. */
  async part(address) {
    const asked = new URL(address, location.href);
    if (this.panel.beside) asked.searchParams.set("beside", "1");
    const response = await this.fetch(asked);
    return response && response.text();
  }

  get errors() { return this.panel.composer.querySelector("[data-errors]"); }

  tell(text) {
    const notice = document.createElement("div");
    notice.className = "notice notice--danger composer__errors";
    notice.setAttribute("role", "alert");
    notice.textContent = text;
    this.errors.replaceChildren(notice);
  }

  emptyComposer() {
    const { box, files, composer } = this.panel;
    files.clear();
    if (box) box.value = "";
    else composer.querySelector(".composer__input").open = false;
  }

  /** The first message makes the thread: the page takes its address, what follows is sent into it. Whether it did. */
  moveTo(response) {
    const address = response.headers.get("X-Chat-Thread");
    const { composer } = this.panel;
    composer.action = response.headers.get("X-Chat-Send");
    composer.elements.once.value = response.headers.get("X-Chat-Once");
    const fresh = this.thread !== address;
    this.thread = address;
    if (!this.panel.beside) history[fresh ? "pushState" : "replaceState"]({}, "", address);
    return fresh;
  }
}

/** The edit form's values as they are in its fields now; its names cannot clash with the composer's. */
function addUnsaved(data) {
  const edited = document.querySelector("form[data-settings-form]");
  if (!edited) return;
  const own = new Set(data.keys());
  for (const [name, value] of new FormData(edited)) {
    if (name !== "csrfmiddlewaretoken" && !own.has(name)) data.append(name, value);
  }
}
