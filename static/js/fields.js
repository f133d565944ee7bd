// What a form field needs and htmx cannot do. Every element works without this script, only less comfortably.

const words = (element, name) => element.dataset[name] ?? "";

/** A field that follows the graph's default can be typed into at once: typing is overriding. */
class FormField extends HTMLElement {
  connectedCallback() {
    if (this.dataset.state === "default") this.enliven();
    if (this.dataset.visibleIf) this.followVisibility();
  }

  enliven() {
    const own = [...this.querySelectorAll("[data-live]")].filter((control) => control.closest("form-field") === this);
    for (const control of own) control.disabled = false;
    const override = (event) => {
      if (!own.includes(event.target)) return;
      this.own("[data-state-control]").value = "value";
      this.dataset.state = "value";
      this.removeEventListener("input", override);
      this.offerReset();
    };
    this.addEventListener("input", override);
  }

  /** Once one has typed over the default, the button that would have opened it leads back to it. */
  offerReset() {
    const button = this.own("button[data-then]");
    if (!button) return;
    button.value = button.value.replace("override:", "reset:");
    button.ariaLabel = button.ariaLabel.replace(button.textContent, button.dataset.then);
    button.textContent = button.dataset.then;
    delete button.dataset.then;
  }

  own(selector) {
    return [...this.querySelectorAll(selector)].find((part) => part.closest("form-field") === this);
  }

  /** Shown only while another field has a certain value; kept and sent all the same. */
  followVisibility() {
    const { name, values } = JSON.parse(this.dataset.visibleIf);
    const form = this.closest("form");
    const show = () => {
      const chosen = [...form.elements].filter((control) => control.name === name && control.type !== "hidden");
      const current = chosen
        .filter((control) => !["radio", "checkbox"].includes(control.type) || control.checked)
        .map((control) => control.value);
      this.hidden = chosen.length > 0 && !values.some((value) => current.includes(value) || (value === "" && !current.length));
    };
    form?.addEventListener("input", show);
    form?.addEventListener("htmx:afterSettle", show);
    show();
  }
}

const codePoints = (text) => [...text].length;

/** "12 of 200 characters" under a text. Counts code points, as JSON Schema does. */
class TextCount extends HTMLElement {
  connectedCallback() {
    this.control = document.getElementById(this.getAttribute("for"));
    this.control?.addEventListener("input", () => this.count());
    this.count();
  }

  count() {
    const text = this.control?.value ?? "";
    const length = codePoints(text);
    const limit = Number(this.dataset.max ?? Infinity);
    const parts = [limit < Infinity ? `${length} / ${limit}` : `${length}`];
    let line = `${parts[0]} ${words(this, "characters")}`;
    if (this.dataset.words) line += ` · ${(text.match(/\S+/g) ?? []).length} ${words(this, "words")}`;
    this.textContent = line;
    this.classList.toggle("over", length > limit);
  }
}

const VARIABLE = /\{\{\s*[\w.-]+\s*\}\}|\{[\w.-]+\}/g;
const TOO_LONG_TO_MARK = 200_000;

/** The big text area: {variables} marked behind the text, and a full-screen mode. */
class PromptEditor extends HTMLElement {
  connectedCallback() {
    this.area = this.querySelector("textarea");
    this.mirror = document.createElement("div");
    this.mirror.className = "prompt-mirror";
    this.mirror.setAttribute("aria-hidden", "true");
    this.area.before(this.mirror);
    this.area.addEventListener("input", () => this.schedule());
    this.area.addEventListener("scroll", () => this.follow(), { passive: true });
    this.button = this.querySelector("[data-fullscreen]");
    this.button?.removeAttribute("hidden");
    this.button?.addEventListener("click", () => this.toggle());
    this.addEventListener("keydown", (event) => this.onKey(event));
    new ResizeObserver(() => this.follow()).observe(this.area);
    this.paint();
  }

  schedule() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.paint());
  }

  paint() {
    const text = this.area.value;
    const nodes = [];
    let end = 0;
    for (const found of text.length < TOO_LONG_TO_MARK ? text.matchAll(VARIABLE) : []) {
      const mark = document.createElement("mark");
      mark.textContent = found[0];
      nodes.push(text.slice(end, found.index), mark);
      end = found.index + found[0].length;
    }
    // The mirror is needed only where there is something to mark.
    this.mirror.replaceChildren(...(nodes.length ? [...nodes, text.slice(end), "\n"] : []));
    this.follow();
  }

  follow() {
    this.mirror.style.height = `${this.area.clientHeight}px`;
    this.mirror.style.width = `${this.area.clientWidth}px`;
    this.mirror.scrollTop = this.area.scrollTop;
  }

  get open() {
    return this.hasAttribute("popover");
  }

  toggle() {
    const caret = [this.area.selectionStart, this.area.selectionEnd];
    if (this.open) {
      this.hidePopover();
      this.removeAttribute("popover");
    } else {
      this.setAttribute("popover", "manual");
      this.showPopover();
    }
    this.button.setAttribute("aria-expanded", String(this.open));
    this.button.ariaLabel = this.button.title = words(this.button, this.open ? "leave" : "enter");
    this.area.focus();
    this.area.setSelectionRange(...caret);
    this.follow();
  }

  onKey(event) {
    if (!this.open) return;
    if (event.key === "Escape") {
      event.preventDefault();
      this.toggle();
    } else if (event.key === "Tab") {
      event.preventDefault();
      (document.activeElement === this.area ? this.button : this.area).focus();
    }
  }
}

const TOKEN = /"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Indents JSON text without reading its numbers: 9007199254740993 stays what it is. */
function indentJson(text) {
  const tokens = text.match(TOKEN) ?? [];
  let depth = 0;
  let out = "";
  tokens.forEach((token, index) => {
    const next = tokens[index + 1];
    if (token === "{" || token === "[") {
      const empty = next === "}" || next === "]";
      depth += 1;
      out += token + (empty ? "" : `\n${"  ".repeat(depth)}`);
    } else if (token === "}" || token === "]") {
      depth -= 1;
      const before = tokens[index - 1];
      out += (before === "{" || before === "[" ? "" : `\n${"  ".repeat(depth)}`) + token;
    } else if (token === ",") {
      out += `,\n${"  ".repeat(depth)}`;
    } else {
      out += token === ":" ? ": " : token;
    }
  });
  return out;
}

/** A JSON text with a Format button, and what is wrong with it as soon as one leaves it. */
class JsonEditor extends HTMLElement {
  connectedCallback() {
    this.area = this.querySelector("textarea");
    this.note = this.querySelector("[data-json-note]");
    const button = this.querySelector("[data-format]");
    button?.removeAttribute("hidden");
    button?.addEventListener("click", () => this.format());
    this.area.addEventListener("blur", () => this.check());
    this.area.addEventListener("keydown", (event) => this.indent(event));
  }

  check() {
    try {
      if (this.area.value.trim()) JSON.parse(this.area.value);
      this.note.textContent = "";
      return true;
    } catch (error) {
      this.note.textContent = `${words(this.note, "invalid")} ${error.message}`;
      return false;
    }
  }

  format() {
    if (!this.area.value.trim() || !this.check()) return;
    const text = indentJson(this.area.value);
    if (text === this.area.value) return;
    this.area.value = text;
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** Enter keeps the line's indent. Tab stays what it is everywhere else: the way out. */
  indent(event) {
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey) return;
    const { value, selectionStart: start, selectionEnd: end } = this.area;
    const line = value.slice(value.lastIndexOf("\n", start - 1) + 1, start);
    const space = line.match(/^ */)[0] + (/[{[]\s*$/.test(line) ? "  " : "");
    event.preventDefault();
    this.area.setRangeText(`\n${space}`, start, end, "end");
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** A slider beside its number: one value, two ways to set it. Only the number is sent. */
class RangeInput extends HTMLElement {
  connectedCallback() {
    const number = this.querySelector("input[type=number], input[type=text]");
    const slider = this.querySelector("input[type=range]");
    slider.hidden = false;
    const follow = () => {
      if (number.value !== "") slider.value = number.value;
    };
    slider.addEventListener("input", () => {
      number.value = slider.value;
      number.dispatchEvent(new Event("input", { bubbles: true }));
    });
    number.addEventListener("input", follow);
    follow();
  }
}

/** Typing a new secret is choosing to replace it. */
class SecretInput extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input[type=password]");
    const replace = this.querySelector("input[type=radio][value=replace]");
    input?.addEventListener("input", () => {
      if (replace && input.value) replace.checked = true;
    });
  }
}

/** Narrows a long list of checkboxes or radios as one types. */
class OptionFilter extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input[type=search]");
    const options = [...this.querySelectorAll("[data-option]")];
    const none = this.querySelector("[data-none]");
    this.querySelector("[data-filter]").hidden = false;
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      for (const option of options) {
        option.hidden = wanted !== "" && !option.textContent.toLowerCase().includes(wanted);
        shown += option.hidden ? 0 : 1;
      }
      none.hidden = shown > 0;
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  }
}

customElements.define("form-field", FormField);
customElements.define("text-count", TextCount);
customElements.define("prompt-editor", PromptEditor);
customElements.define("json-editor", JsonEditor);
customElements.define("range-input", RangeInput);
customElements.define("secret-input", SecretInput);
customElements.define("option-filter", OptionFilter);
