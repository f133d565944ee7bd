// The edit page: keyboard save, a draft kept as one types, and nothing lost while a save is on its way.

import { keeperOf } from "./edit-draft.js";

const STEADY = "input, textarea, select";
const signature = (form) => {
  const data = new FormData(form);
  const apart = ["csrfmiddlewaretoken", "note", "live", "draft", "page", "proposal", "sentence"];
  for (const name of apart) data.delete(name);
  return JSON.stringify([...data]);
};

class EditForm extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.state = this.querySelector("[data-unsaved]");
    this.listen = new AbortController();
    const { signal } = this.listen;
    this.keeper = keeperOf(this, signal);
    this.saved = this.hasAttribute("data-dirty") || this.keeper.holds ? null : signature(this.form);
    window.addEventListener("beforeunload", (event) => this.guard(event), { signal });
    document.addEventListener("keydown", (event) => this.onKey(event), { signal });
    this.form.addEventListener("input", (event) => this.onInput(event), { signal });
    this.querySelector("[data-test-draft]")?.addEventListener("click", (event) => this.onTest(event), { signal });
    this.form.addEventListener("submit", () => this.beforeSubmit(), { signal, capture: true });
    this.addEventListener("htmx:confirm", (event) => this.inTurn(event), { signal });
    this.addEventListener("htmx:beforeRequest", (event) => this.onSend(event), { signal });
    // On the document: the event goes to what is swapped, and a save swaps what stands around this form.
    document.addEventListener("htmx:beforeSwap", (event) => {
      if (this.contains(event.detail.requestConfig.elt) && !this.keeper.isOwn(event)) this.onAnswer(event);
    }, { signal });
    this.addEventListener("htmx:afterRequest", (event) => this.onDone(event), { signal });
    this.addEventListener("htmx:sendError", (event) => {
      if (!this.keeper.isOwn(event)) this.say(this.dataset.offline);
    }, { signal });
    this.addEventListener("htmx:afterSettle", (event) => this.onSettled(event), { signal });
    // When times are told in the reader's way.
    document.addEventListener("htmx:load", (event) => event.detail.elt.contains(this) && this.show(), { signal });
    this.show();
  }

  disconnectedCallback() {
    this.listen.abort();
  }

  get unsaved() {
    return this.saved === null || this.saved !== signature(this.form);
  }

  /** Said when it changes, not at every letter. */
  show() {
    this.touched = this.touched || this.saved === null;
    const text = this.touched ? this.keeper.words || this.dataset.unsaved : "";
    if (this.state.textContent !== text) this.state.textContent = text;
    this.state.classList.toggle("edit-bar__state--kept", this.keeper.holds && !this.keeper.failed);
  }

  onSettled(event) {
    if (!this.keeper.answered(event)) this.keeper.soon(); // a button changed the form
    else if (this.keeper.nothing) this.touched = this.saved === null;
    this.show();
  }

  onInput(event) {
    if (!event.target.name && !event.target.matches("[type=range]")) return;
    if (event.target.name === "sentence") return; // to a model, and no part of the draft
    this.keeper.soon();
    event.target.closest(".form-row")?.removeAttribute("data-default");
    if (["note", "live"].includes(event.target.name)) return;
    if (!this.touched) {
      this.touched = true;
      this.show();
    }
    this.pickMine(event.target);
  }

  /** While a conflict is open, changing a setting means wanting one's own value of it. */
  pickMine(control) {
    const name = control.name.startsWith("/") ? `pick:${control.name.match(/^\/[^/#]*/)[0]}` : `pick:${control.name}`;
    const mine = [...this.form.querySelectorAll('.conflict input[value="mine"]')].find((radio) => radio.name === name);
    if (mine) mine.checked = true;
  }

  guard(event) {
    if (!this.leaving && this.unsaved && !this.keeper.keepAtOnce()) event.preventDefault();
  }

  onKey(event) {
    // Enter in a line of text would press the form's first button.
    const line = event.key === "Enter" && event.target.matches?.("input:not([type=checkbox], [type=radio], [type=search])");
    if (line && this.form.contains(event.target) && !event.isComposing) event.preventDefault();
    if (line && event.target.name === "sentence" && !event.isComposing) document.querySelector("#talk-send").click();
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    const button = this.form.querySelector("[data-save]");
    if (!button.hasAttribute("aria-disabled")) button.click(); // not requestSubmit: htmx only knows of clicked buttons
  }

  /** The chat that stands beside tests what is in the form. */
  onTest(event) {
    const box = document.querySelector(".desk__panel [data-message-box]");
    if (!box?.checkVisibility()) return;
    event.preventDefault();
    event.stopPropagation();
    const choice = document.querySelector("#chat-version");
    choice.value = "unsaved";
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    box.focus();
  }

  beforeSubmit() {
    this.keeper.wait();
    this.leaving = true;
    setTimeout(() => { this.leaving = false; }, 1000);
  }

  /** Each answer says how often the draft was kept, and the next request must say it: one after the other. */
  inTurn(event) {
    if (event.detail.verb !== "post" || this.keeper.isOwn(event) || !this.keeper.onItsWay) return;
    event.preventDefault();
    this.keeper.done().then(() => event.detail.issueRequest());
  }

  onSend(event) {
    if (this.keeper.isOwn(event) || event.detail.requestConfig.verb !== "post") return;
    this.keeper.wait();
    this.sending = true;
    this.hush();
    this.isSave = event.detail.elt === this.form;
    if (!this.isSave) return;
    this.sent = new Map([...this.form.querySelectorAll(STEADY)].filter((one) => one.id).map((one) => [one.id, one.value]));
    const button = event.detail.requestConfig.triggeringEvent?.submitter;
    if (!button?.dataset.busy) return;
    button.style.minInlineSize = `${button.offsetWidth}px`;
    button.dataset.words = button.textContent;
    button.textContent = button.dataset.busy;
    button.setAttribute("aria-disabled", "true");
    this.busy = button;
  }

  /** An answer that is not this page must not take its place: the text would be gone. */
  onAnswer(event) {
    const { xhr, serverResponse } = event.detail;
    if (xhr.status === 413) return this.say(this.dataset.tooBig);
    if ([401, 403].includes(xhr.status)) return this.say(this.dataset.signedOut);
    if (this.isSave && !serverResponse.includes('id="editor"')) {
      event.detail.shouldSwap = false;
      return this.say(xhr.status < 400 ? this.dataset.signedOut : this.dataset.offline);
    }
    if (xhr.status >= 400 && ![409, 422].includes(xhr.status)) return this.say(this.dataset.offline);
    if (this.isSave) this.keep(xhr.status);
    return undefined;
  }

  /** What was typed while the save was on its way, and secrets that were refused, go into the new form. */
  keep(status) {
    const late = [];
    for (const control of this.form.querySelectorAll(STEADY)) {
      if (!control.id || ["radio", "checkbox", "file", "hidden", "submit"].includes(control.type)) continue;
      const refused = control.type === "password" && status !== 200 && control.value;
      if (refused || (this.sent.has(control.id) && this.sent.get(control.id) !== control.value)) late.push(control);
    }
    if (!late.length) return;
    document.addEventListener("htmx:afterSettle", () => {
      for (const old of late) {
        const control = document.getElementById(old.id);
        if (!control) continue;
        control.value = old.value;
        control.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }, { once: true });
  }

  onDone(event) {
    if (this.keeper.isOwn(event) || event.detail.requestConfig.verb !== "post") return;
    this.sending = false;
    const { successful, xhr } = event.detail;
    if (!successful && xhr.status !== 413) this.keeper.soon(); // what is too much stays too much
    if (!this.busy) return;
    this.busy.textContent = this.busy.dataset.words;
    this.busy.removeAttribute("aria-disabled");
    this.busy = null;
  }

  say(text) {
    const said = this.querySelector("[data-said]");
    said.textContent = text;
    said.hidden = false;
    said.scrollIntoView({ block: "center" });
  }

  hush() {
    this.querySelector("[data-said]").hidden = true;
  }
}

/** Finds a setting among many as one types. */
class FieldSearch extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    const input = this.querySelector("input");
    const status = this.querySelector("[role=status]");
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      for (const section of document.querySelectorAll("#settings .form-section")) {
        let here = 0;
        for (const row of section.querySelectorAll(":scope .form-row")) {
          const text = `${row.querySelector(".setting__label")?.textContent} ${row.querySelector(".setting__help")?.textContent ?? ""} ${row.dataset.key ?? ""}`;
          row.hidden = wanted !== "" && !text.toLowerCase().includes(wanted);
          here += row.hidden ? 0 : 1;
        }
        section.hidden = here === 0;
        if (wanted && here) section.querySelector(":scope > details")?.setAttribute("open", "");
        shown += here;
      }
      status.textContent = wanted === "" ? "" : shown ? `${shown} ${this.dataset.some}` : this.dataset.none;
      status.classList.toggle("visually-hidden", shown > 0 || wanted === "");
    });
  }
}

customElements.define("edit-form", EditForm);
customElements.define("field-search", FieldSearch);

/** A dialog that arrives open is shown as one. */
class ReviewDialog extends HTMLElement {
  connectedCallback() {
    const dialog = this.querySelector("dialog");
    if (!dialog) return;
    dialog.removeAttribute("open");
    dialog.showModal();
    dialog.querySelector("[data-close]")?.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.close();
    });
    dialog.addEventListener("close", () => this.remove());
  }
}
customElements.define("review-dialog", ReviewDialog);
