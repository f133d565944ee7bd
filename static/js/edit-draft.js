// Keeps what is typed on the server: soon after one stops typing, every few seconds meanwhile, at once on leaving.

const PAUSE = 1200;
const LONGEST = 6000;
const AGAIN = 10000;
const KEEPALIVE = 60000; // bytes that browsers send for a page that is gone

/** A new assistant has no draft: what is typed is there until the page goes, which asks first. */
class NoKeeper {
  holds = false;
  nothing = false;
  failed = false;
  words = "";
  isOwn() { return false; }
  answered() { return false; }
  soon() {}
  wait() {}
  keepAtOnce() { return false; }
  done() { return Promise.resolve(); }
}

export const keeperOf = (editor, signal) => (
  editor.querySelector("#draft-keeper") ? new DraftKeeper(editor, signal) : new NoKeeper()
);

class DraftKeeper {
  constructor(editor, signal) {
    this.editor = editor;
    this.element = editor.querySelector("#draft-keeper");
    this.element.addEventListener("htmx:afterRequest", (event) => this.onAnswer(event), { signal });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && this.pending) this.keep();
    }, { signal });
    signal.addEventListener("abort", () => this.wait());
  }

  get part() { return this.editor.querySelector("#draft-state"); }

  /** Whether the server holds a draft, as far as this page knows. */
  get holds() { return this.part.dataset.kept === "yes"; }

  /** Whether it found nothing that differs from what is saved. */
  get nothing() { return !this.pending && this.part.dataset.kept === "nothing"; }

  get words() {
    if (this.failed) return this.editor.dataset.unkept;
    return this.holds ? this.part.querySelector("[data-words]").textContent.trim() : "";
  }

  isOwn(event) { return (event.detail.requestConfig?.elt ?? event.detail.elt) === this.element; }

  soon() {
    this.pending = true;
    this.since ??= Date.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), Math.max(0, Math.min(PAUSE, this.since + LONGEST - Date.now())));
  }

  /** Something else is sent: the server keeps what that does not save. */
  wait() {
    clearTimeout(this.timer);
    this.since = undefined;
  }

  keep() {
    this.wait();
    if (!this.editor.isConnected || this.editor.sending) return; // what is on its way is kept too
    this.pending = false;
    this.onItsWay = true;
    globalThis.htmx.trigger(this.element, "keep-draft");
  }

  /** Once what is on its way to be kept has its answer. */
  done() {
    return this.onItsWay ? new Promise((resolve) => { this.whenDone = resolve; }) : Promise.resolve();
  }

  onAnswer(event) {
    this.onItsWay = false;
    this.whenDone?.();
    this.failed = !event.detail.successful;
    if (!this.failed) return;
    this.pending = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), AGAIN);
    this.editor.show();
  }

  /** Whether this is the answer to what was sent to be kept. */
  answered(event) { return event.target.id === "draft-state" || event.target.id === "draft-moved"; }

  /** Before the page goes: whether all of it is kept, or sent to be. */
  keepAtOnce() {
    if (!this.pending && !this.onItsWay && this.holds) return true;
    const { form } = this.editor;
    const data = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    data.append("do", "keep");
    if (this.onItsWay || this.part.dataset.kept === "no" || data.toString().length > KEEPALIVE) return false;
    this.wait();
    const sent = fetch(form.action, {
      method: "POST", body: data, keepalive: true, headers: { "HX-Request": "true", "HX-Trigger": "draft-keeper" },
    });
    sent.then((response) => response.text()).then((html) => this.heard(html)).catch(() => {});
    return true;
  }

  /** The page stayed after all. */
  heard(html) {
    const part = new DOMParser().parseFromString(html, "text/html").querySelector("#draft-state");
    if (!part || !this.part) return;
    this.part.replaceWith(part);
    this.pending = false;
    this.editor.show();
  }
}
