/* The chat panel: sends, listens, keeps the newest message in sight. The server makes all HTML. */
import { Live } from "./chat-live.js";
import { listen } from "./chat-stream.js";
import { Attachments } from "./chat-files.js";

const NEAR_BOTTOM = 60;
const TOOLS_KEY = "chat-hide-tools";

class ChatPanel extends HTMLElement {
  connectedCallback() {
    this.log = this.querySelector("[data-log]");
    this.turns = this.querySelector("[data-turns]");
    this.composer = this.querySelector("#composer");
    this.box = this.querySelector("[data-message-box]");
    this.files = new Attachments(this);
    this.thread = this.dataset.thread;
    this.leaving = new AbortController();
    const signal = { signal: this.leaving.signal };
    this.addEventListener("submit", (event) => this.onSubmit(event), signal);
    this.addEventListener("click", (event) => this.onClick(event), signal);
    this.addEventListener("keydown", (event) => this.onKey(event), signal);
    this.addEventListener("change", (event) => this.onChange(event), signal);
    document.addEventListener("keydown", (event) => this.onPageKey(event), signal);
    this.log.addEventListener("scroll", () => this.showDown(), { passive: true });
    this.showTools(localStorage.getItem(TOOLS_KEY) !== "yes");
    this.versionChosen();
    this.decorate(this);
    this.state = this.dataset.state;
    const asked = location.hash.startsWith("#turn-") && document.getElementById(location.hash.slice(1));
    if (asked && this.contains(asked)) asked.scrollIntoView({ block: "start" });
    else this.toBottom();
    this.attach();
    if (!this.classList.contains("chat--beside") && this.dataset.state === "idle") this.box?.focus({ preventScroll: true });
  }

  disconnectedCallback() {
    this.leaving.abort();
    this.hearing?.abort();
  }

  get state() { return this.dataset.state; }
  set state(value) {
    this.dataset.state = value;
    this.querySelector("[data-send]")?.setAttribute("aria-disabled", String(value === "waiting" || value === "sending"));
  }

  // -- where the reader is ------------------------------------------------------------------------------------------

  get atBottom() { return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_BOTTOM; }
  toBottom() { this.log.scrollTop = this.log.scrollHeight; this.showDown(); }
  showDown() { this.querySelector("[data-down]").hidden = this.atBottom; }

  /** Changes the conversation; stays at its end only if the reader was there. */
  change(work) {
    const follow = this.atBottom;
    work();
    if (follow) this.toBottom(); else this.showDown();
  }

  say(text) { this.querySelector("[data-said]").textContent = text; }

  // -- sending ------------------------------------------------------------------------------------------------------

  async onSubmit(event) {
    const form = event.target;
    const kind = form.dataset.chatForm;
    if (kind === "thread") return this.onThreadForm(event);
    if (!kind || event.submitter?.name.endsWith("#action")) return; // a structural button of a form: htmx's or the page's
    event.preventDefault();
    if (this.sending || (kind !== "answer" && this.state === "running") || !this.worthSending(kind)) return;
    this.sending = true;
    const before = this.state;
    this.state = "sending";
    form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true"));
    try {
      await this.send(form, kind, event.submitter);
    } finally {
      this.sending = false;
      if (this.state === "sending") this.state = before;
      form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-disabled"));
    }
  }

  /** Renaming and deleting lead to a page of their own; beside a form they must not leave it. */
  async onThreadForm(event) {
    if (!this.classList.contains("chat--beside")) return;
    event.preventDefault();
    const response = await this.fetch(event.target.action, { method: "POST", body: new FormData(event.target) });
    if (response) this.become(await response.text());
  }

  worthSending(kind) {
    if (kind === "send" && this.state === "waiting") return false;
    return kind !== "send" || !this.box || this.box.value.trim() !== "" || this.files.some;
  }

  async send(form, kind, submitter) {
    const data = new FormData(form, submitter?.name ? submitter : undefined);
    const version = this.querySelector("#chat-version");
    data.set("under_test", version.value);
    if (this.classList.contains("chat--beside")) data.set("beside", "1");
    if (version.value === "unsaved") this.addUnsaved(data);
    const response = await this.fetch(form.action, { method: "POST", body: data });
    if (!response) return;
    const part = document.createElement("template");
    part.innerHTML = await response.text();
    const errors = part.content.querySelector("[data-errors]");
    if (errors) {
      this.composer.querySelector("[data-errors]").replaceWith(errors);
      if (kind === "answer") this.putTurns(part.content);
      (part.content.querySelector(".notice") ?? errors.firstElementChild)?.focus();
      return;
    }
    this.composer.querySelector("[data-errors]").replaceChildren();
    if (kind === "send") this.emptyComposer();
    this.querySelector("[data-empty]")?.remove();
    this.moveTo(response);
    this.putTurns(part.content);
    this.putTogether(part.content);
    this.toBottom();
    this.say(this.dataset.wordsAnswering);
    this.attach();
    if (kind !== "send") this.box?.focus({ preventScroll: true });
  }

  /** The edit form's values as they are in its fields now; the composer's own names cannot clash with pointers. */
  addUnsaved(data) {
    const edited = document.querySelector("form[data-settings-form]");
    if (!edited) return;
    const own = new Set(data.keys());
    for (const [name, value] of new FormData(edited)) {
      if (name !== "csrfmiddlewaretoken" && !own.has(name)) data.append(name, value);
    }
  }

  /** A fetch whose failures are told to the person: null then. 4xx pages of ours are fragments with errors. */
  async fetch(url, options = {}) {
    try {
      const response = await fetch(url, { ...options, headers: { "HX-Request": "true", ...options.headers } });
      if (response.redirected && new URL(response.url).pathname.startsWith("/sign-in")) throw new Error("signed out");
      const readable = response.ok || [409, 413, 422].includes(response.status);
      if (readable && response.headers.has("X-Chat")) return response;
      this.tell(this.dataset[[401, 403, 404].includes(response.status) ? "wordsSignedOut" : "wordsFailed"]);
    } catch {
      this.tell(this.dataset.wordsFailed);
    }
    return null;
  }

  tell(text) {
    const notice = document.createElement("div");
    notice.className = "notice notice--danger composer__errors";
    notice.setAttribute("role", "alert");
    notice.textContent = text;
    this.composer.querySelector("[data-errors]").replaceChildren(notice);
  }

  emptyComposer() {
    this.files.clear();
    if (this.box) {
      this.box.value = "";
      this.box.focus();
    } else this.composer.querySelector(".composer__input").open = false;
  }

  /** The first message makes the thread: the page takes its address, forms that follow write into it. */
  moveTo(response) {
    const address = response.headers.get("X-Chat-Thread");
    if (!address) return;
    this.composer.action = response.headers.get("X-Chat-Send");
    this.composer.elements.once.value = response.headers.get("X-Chat-Once");
    if (this.thread !== address) this.fresh = address;
    this.thread = address;
    if (!this.classList.contains("chat--beside")) history.pushState({}, "", address);
  }

  // -- turns --------------------------------------------------------------------------------------------------------

  findTurn(key) { return [...this.turns.children].find((turn) => turn.dataset.turn === key); }

  /** Puts turns made by the server in: over the same turn, over the one they replace and all after it, or at the end. */
  putTurns(root) {
    for (const turn of [...root.querySelectorAll("section[data-turn]")]) {
      const replaced = turn.dataset.replaces && this.findTurn(turn.dataset.replaces);
      const same = this.findTurn(turn.dataset.turn);
      if (replaced) while (replaced.nextElementSibling) replaced.nextElementSibling.remove();
      if (replaced) replaced.replaceWith(turn);
      else if (same) this.swapTurn(same, turn);
      else this.turns.append(turn);
      this.decorate(turn);
      wake(turn);
      this.state = turn.dataset.state;
    }
    const branch = root.querySelector("[data-branch]");
    if (branch) this.composer.elements.branch.value = branch.dataset.branch;
  }

  swapTurn(old, turn) {
    const open = [...old.querySelectorAll("[data-call] details[open]")].map((part) => part.closest("[data-call]").dataset.call);
    for (const call of turn.querySelectorAll("[data-call]")) {
      if (open.includes(call.dataset.call)) call.querySelectorAll("details").forEach((part) => { part.open = true; });
    }
    old.replaceWith(turn);
  }

  putTogether(root) {
    for (const part of root.querySelectorAll("[data-together]")) {
      const same = document.getElementById(part.id);
      if (!same) continue;
      same.replaceWith(part);
      wake(part);
    }
  }

  /** A copy button on every block of code. */
  decorate(root) {
    for (const block of root.querySelectorAll(".message__content .prose pre:not(:has(.code-copy))")) {
      const button = this.querySelector("[data-copy-code]").content.firstElementChild.cloneNode(true);
      block.append(button);
    }
  }

  // -- listening ----------------------------------------------------------------------------------------------------

  attach() {
    const turn = this.querySelector("section[data-stream]");
    if (!turn) return;
    this.state = "running";
    this.hearing?.abort();
    this.hearing = new AbortController();
    const live = new Live(turn, this.querySelector("[data-live-message]"));
    listen(turn.dataset.stream, {
      signal: this.hearing.signal,
      onFrame: (name, frame) => this.change(() => live.apply(name, frame)),
      onLost: () => live.note(this.dataset.wordsLost),
      onGone: () => this.tell(this.dataset.wordsSignedOut),
      onEnd: () => this.finish(turn),
    });
  }

  async finish(turn) {
    const response = await this.fetch(turn.dataset.finish);
    if (!response) {
      this.state = "idle";
      return;
    }
    const part = document.createElement("template");
    part.innerHTML = await response.text();
    const made = part.content.querySelector("section[data-turn]");
    this.change(() => {
      if (made && made.dataset.turn !== turn.dataset.turn && !this.findTurn(made.dataset.turn)) turn.replaceWith(made);
      this.putTurns(part.content);
    });
    this.state = made?.dataset.state ?? "idle";
    this.putTogether(part.content);
    this.announce(made);
    if (this.fresh) this.reload(this.fresh);
    else this.attach();
  }

  /** The panel of a thread that has just been made: its menu, dialogs and title. */
  async reload(address) {
    this.fresh = null;
    const typed = this.box?.value;
    const asked = new URL(address, location.href);
    if (this.classList.contains("chat--beside")) asked.searchParams.set("beside", "1");
    const response = await this.fetch(asked);
    if (!response) return;
    const head = document.createElement("template");
    head.innerHTML = await response.text();
    const panel = head.content.querySelector("chat-panel");
    if (!panel) return;
    const version = this.querySelector("#chat-version").value;
    this.querySelector(".chat__menu").replaceWith(panel.querySelector(".chat__menu"));
    this.querySelectorAll("dialog").forEach((dialog) => dialog.remove());
    panel.querySelectorAll("dialog").forEach((dialog) => this.append(dialog));
    wake(this.querySelector(".chat__menu"));
    this.querySelector("#chat-version").value = version;
    this.showTools(localStorage.getItem(TOOLS_KEY) !== "yes");
    if (typed !== undefined) this.box.value = typed;
  }

  announce(turn) {
    if (!turn) return;
    const asked = turn.querySelector(".asked");
    const answers = [...turn.querySelectorAll(".message--ai .prose")];
    const problem = turn.querySelector(".turn__error");
    const text = problem?.textContent ?? answers.at(-1)?.textContent ?? "";
    this.say(asked ? `${text} ${this.dataset.wordsAsks}` : text.trim());
    if (asked && document.activeElement === this.box && !this.box.value) asked.querySelector("input:not([type=hidden]), textarea, button")?.focus({ preventScroll: true });
  }

  // -- keys and clicks ----------------------------------------------------------------------------------------------

  onKey(event) {
    if (event.isComposing || event.keyCode === 229) return; // the key belongs to the input method
    if (event.key === "Enter" && !event.shiftKey && !event.altKey && event.target.matches("[data-message-box], [data-edit-box]")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  }

  onPageKey(event) {
    if (event.isComposing || event.defaultPrevented) return;
    if (event.key === "Escape" && this.state === "running" && !document.querySelector("dialog[open], details.menu[open], [popover]:popover-open")) {
      event.preventDefault();
      this.stop();
    } else if (event.key === "Escape" && event.target.closest?.(".rewrite")) {
      this.closeEdit(event.target);
    } else if (event.key.toLowerCase() === "o" && event.shiftKey && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.open(this.dataset.new);
    }
  }

  onClick(event) {
    const hit = (selector) => event.target.closest(selector);
    if (event.ctrlKey || event.metaKey || event.button) return;
    const link = hit("a[data-panel-link], a[data-new-thread]");
    const raw = hit("a[data-raw]");
    if (link) { event.preventDefault(); this.open(link.href, link.hasAttribute("data-keep-place")); }
    else if (raw) { event.preventDefault(); this.showRaw(raw.href); }
    else if (hit("[data-stop]")) this.stop();
    else if (hit("[data-down]")) this.toBottom();
    else if (hit("[data-suggest]")) this.suggest(hit("[data-suggest]").dataset.suggest);
    else if (hit("[data-edit]")) this.openEdit(hit("[data-edit]"));
    else if (hit("[data-close-edit]")) this.closeEdit(event.target);
    else if (hit("[data-copy-message]")) this.copy(sourceOf(hit(".message")), hit("[data-copy-message]"));
    else if (hit("[data-copy-turn]")) this.copy([...hit(".turn").querySelectorAll(".message--ai")].map(sourceOf).filter(Boolean).join("\n\n"), hit("[data-copy-turn]"));
    else if (hit(".code-copy")) this.copy(hit("pre").querySelector("code").textContent, hit(".code-copy"));
    else if (hit("[data-copy-raw]")) this.copy(this.querySelector("[data-raw-text]").textContent, hit("[data-copy-raw]"));
    else if (hit("[data-open]")) this.openDialog(hit("[data-open]").dataset.open);
    else if (hit("[data-close]")) hit("dialog").close();
  }

  onChange(event) {
    if (event.target.matches("[data-toggle-tools]")) {
      localStorage.setItem(TOOLS_KEY, event.target.checked ? "no" : "yes");
      this.showTools(event.target.checked);
    } else if (event.target.id === "chat-version") this.versionChosen();
  }

  showTools(shown) {
    this.classList.toggle("chat--without-tools", !shown);
    const box = this.querySelector("[data-toggle-tools]");
    if (box) box.checked = shown;
  }

  versionChosen() {
    const chosen = this.querySelector("#chat-version").selectedOptions[0];
    const chip = this.querySelector("[data-under-test]");
    chip.textContent = chosen.dataset.label;
    chip.className = `chip chip--${chosen.dataset.kind}`;
  }

  async stop() {
    const turn = this.querySelector("section[data-stop-url]");
    if (!turn || this.stopping) return;
    this.stopping = true;
    const token = this.composer.elements.csrfmiddlewaretoken.value;
    await this.fetch(turn.dataset.stopUrl, { method: "POST", headers: { "X-CSRFToken": token } });
    this.stopping = false;
    this.say(this.dataset.wordsStopped);
    this.box?.focus({ preventScroll: true });
  }

  suggest(text) {
    this.box.value = text;
    this.box.focus();
    this.box.setSelectionRange(text.length, text.length);
  }

  openEdit(button) {
    const edit = button.closest(".message").querySelector(".rewrite");
    edit.open = true;
    const box = edit.querySelector("textarea");
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  }

  closeEdit(inside) {
    const edit = inside.closest(".rewrite");
    edit.querySelector("form").reset();
    edit.open = false;
    edit.closest(".message").querySelector("[data-edit]")?.focus();
  }

  async copy(text, button) {
    await navigator.clipboard.writeText(text);
    this.say(this.dataset.wordsCopied);
    button.classList.add("icon-button--done");
    setTimeout(() => button.classList.remove("icon-button--done"), 1500);
  }

  openDialog(name) {
    this.querySelector(".chat__menu").open = false;
    const dialog = this.querySelector(`[data-dialog="${name}"]`);
    dialog.showModal();
    dialog.querySelector("input[name=title]")?.select();
  }

  async showRaw(address) {
    const response = await this.fetch(address);
    if (!response) return;
    this.querySelector("[data-raw-text]").textContent = await response.text();
    this.openDialog("raw");
  }

  /** Another thread or branch: beside a form in place, so that nothing typed there is lost, else as a page. */
  async open(address, keepPlace = false) {
    if (!this.classList.contains("chat--beside") && !keepPlace) {
      location.assign(address);
      return;
    }
    const asked = new URL(address, location.href);
    if (this.classList.contains("chat--beside")) asked.searchParams.set("beside", "1");
    const response = await this.fetch(asked);
    if (!response) return;
    const place = this.log.scrollTop;
    if (!this.classList.contains("chat--beside")) history.replaceState({}, "", address);
    const panel = this.become(await response.text());
    if (keepPlace) panel.log.scrollTop = place;
  }

  become(html) {
    const part = document.createElement("template");
    part.innerHTML = html;
    const panel = part.content.querySelector("chat-panel");
    this.replaceWith(panel);
    wake(panel);
    return panel;
  }
}

/** HTML that did not come through htmx is told to it, and to the page's other scripts, as if it had. */
function wake(part) {
  globalThis.htmx?.process(part);
  part.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: part } }));
}

const sourceOf = (message) => message.querySelector("[data-source]")?.content.textContent ?? "";

customElements.define("chat-panel", ChatPanel);
addEventListener("popstate", () => {
  // Beside an edit form a link to a field changes the address too, and a reload would lose what was typed.
  if (document.querySelector("chat-panel:not(.chat--beside)")) location.reload();
});
