// What a form field needs and htmx cannot do. Every element works without this script, only less comfortably.

import "./field-editors.js";

const words = (element, name) => element.dataset[name] ?? "";

/** A field that follows the graph's default can be typed into at once: typing is overriding. */
class FormField extends HTMLElement {
  connectedCallback() {
    if (this.dataset.state === "default") this.enliven();
    const wrong = this.classList.contains("setting--invalid");
    this.follow(this.dataset.visibleIf, (holds) => { this.hidden = !holds && !wrong; });
    this.follow(this.dataset.disabledWhen, (holds) => { this.querySelector(":scope > fieldset").disabled = holds; });
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

  /** Tells, now and whenever it may have changed, whether another field has one of certain values. */
  follow(condition, tell) {
    if (!condition) return;
    const { name, values, holds } = JSON.parse(condition);
    const form = this.closest("form");
    const look = () => {
      const deciding = [...form.elements].filter((control) => control.name === name && control.type !== "hidden");
      const current = deciding
        .filter((control) => !["radio", "checkbox"].includes(control.type) || control.checked)
        .map((control) => control.value);
      const met = values.some((value) => current.includes(value) || (value === "" && !current.length));
      tell(deciding.length ? met : holds);
    };
    form?.addEventListener("input", look);
    form?.addEventListener("htmx:afterSettle", look);
    if (form) look();
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

/** A folded choice among many says what is chosen, and folds again once one has chosen. */
class ChoicePicker extends HTMLElement {
  connectedCallback() {
    const fold = this.querySelector("details");
    const picked = this.querySelector("[data-picked]");
    this.addEventListener("change", (event) => {
      const chosen = event.target.closest("[data-option]");
      if (chosen) picked.textContent = event.target.value === "" ? words(picked, "none") : chosen.textContent.trim();
    });
    this.addEventListener("click", (event) => {
      if (event.detail > 0 && event.target.matches("input[type=radio]")) this.close(fold);
    });
    this.addEventListener("keydown", (event) => {
      if (fold.open && (event.key === "Escape" || (event.key === "Enter" && event.target.matches("[type=radio]")))) {
        event.preventDefault();
        this.close(fold);
      }
    });
  }

  close(fold) {
    fold.open = false;
    fold.querySelector("summary").focus();
  }
}

/** Arrow keys count a number up and down by its step, without the rounding of binary fractions. */
document.addEventListener("keydown", (event) => {
  const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  const input = event.target;
  if (!direction || event.altKey || event.ctrlKey || event.metaKey || !input.matches?.("input.input--number")) return;
  const step = Number(input.dataset.step) || 1;
  const current = Number(input.value.trim());
  if (!Number.isFinite(current) || !Number.isSafeInteger(Math.trunc(current))) return;
  const decimals = Math.max(...[String(step), input.value].map((text) => (text.split(".")[1] ?? "").length));
  const limits = [Number(input.dataset.min ?? -Infinity), Number(input.dataset.max ?? Infinity)];
  const next = Math.min(Math.max(current + direction * step, limits[0]), limits[1]);
  event.preventDefault();
  input.value = next.toFixed(decimals);
  input.dispatchEvent(new Event("input", { bubbles: true }));
});

/** What a button took away comes back with Undo: the old part of the form itself, as it was left. */
let taken = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig } = event.detail;
  const takesAway = /^(?:reset|remove|null|json|fields):/.test(requestConfig.elt.value ?? "");
  taken = takesAway && target.matches(".form-row") && target.closest("[data-undo]") ? target : null;
});
document.addEventListener("htmx:afterSettle", () => {
  const old = taken;
  taken = null;
  const row = old && [...document.querySelectorAll(".form-row")].find((one) => one.dataset.key === old.dataset.key);
  if (!row) return;
  const undo = document.createElement("button");
  undo.type = "button";
  undo.className = "link-button";
  undo.textContent = words(row.closest("[data-undo]"), "undo");
  undo.addEventListener("click", () => {
    row.replaceWith(old);
    globalThis.htmx.process(old);
    old.dispatchEvent(new Event("input", { bubbles: true }));
    old.querySelector("input:not([type=hidden]), textarea, select, button")?.focus();
  });
  row.querySelector(".setting__state")?.append(undo);
});

/** What was unfolded stays so when htmx puts the same setting in its place again. */
let unfolded = new Set();
document.addEventListener("htmx:beforeSwap", () => {
  unfolded = new Set([...document.querySelectorAll("details[data-fold][open]")].map((fold) => fold.dataset.fold));
});
document.addEventListener("htmx:afterSwap", () => {
  for (const fold of document.querySelectorAll("details[data-fold]:not([open])")) fold.open = unfolded.has(fold.dataset.fold);
});

customElements.define("form-field", FormField);
customElements.define("choice-picker", ChoicePicker);
customElements.define("text-count", TextCount);
customElements.define("range-input", RangeInput);
customElements.define("secret-input", SecretInput);
customElements.define("option-filter", OptionFilter);
