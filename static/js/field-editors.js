// The two big text areas of a form: prompts with marked variables and a full-screen mode, and JSON.

const words = (element, name) => element.dataset[name] ?? "";

const VARIABLE = /\{\{\s*[\w.-]+\s*\}\}|\{[\w.-]+\}/g;
const TOO_LONG_TO_MARK = 200_000;

/** The big text area: {variables} marked behind the text, and a full-screen mode. */
class PromptEditor extends HTMLElement {
  connectedCallback() {
    if (this.area) return; // back in the page after Undo
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
    if (this.area) return; // back in the page after Undo
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

customElements.define("prompt-editor", PromptEditor);
customElements.define("json-editor", JsonEditor);
