/* What a person does in the panel besides sending: copy, edit, look at JSON, choose what is tested, hide tools. */
import { copyText } from "./clipboard.js";

const TOOLS_KEY = "chat-hide-tools";
const COPIED_MS = 1500;

const sourceOf = (message) => message.querySelector("[data-source]")?.content.textContent ?? "";

export class Actions {
  constructor(panel) {
    this.panel = panel;
    this.showTools(localStorage.getItem(TOOLS_KEY) !== "yes");
    this.versionChosen();
  }

  onClick(event) {
    if (event.ctrlKey || event.metaKey || event.button) return;
    const hit = (selector) => event.target.closest(selector);
    const link = hit("a[data-panel-link], a[data-new-thread]");
    if (link) {
      event.preventDefault();
      this.panel.open(link.href, link.hasAttribute("data-keep-place"));
    } else if (hit("a[data-raw]")) {
      event.preventDefault();
      this.showRaw(hit("a[data-raw]").href);
    } else if (hit("[data-stop]")) this.panel.stop();
    else if (hit("[data-down]")) this.panel.toBottom();
    else if (hit("[data-suggest]")) this.suggest(hit("[data-suggest]").dataset.suggest);
    else if (hit("[data-edit]")) openEdit(hit("[data-edit]"));
    else if (hit("[data-close-edit]")) this.closeEdit(event.target);
    else if (hit("[data-open]")) this.openDialog(hit("[data-open]").dataset.open);
    else if (hit("[data-close]")) hit("dialog").close();
    else this.onCopy(hit);
  }

  onCopy(hit) {
    if (hit("[data-copy-message]")) this.copy(sourceOf(hit(".message")), hit("[data-copy-message]"));
    else if (hit("[data-copy-turn]")) {
      const answers = [...hit(".turn").querySelectorAll(".message--ai")].map(sourceOf).filter(Boolean);
      this.copy(answers.join("\n\n"), hit("[data-copy-turn]"));
    } else if (hit(".code-copy")) this.copy(hit("pre").querySelector("code").textContent, hit(".code-copy"));
    else if (hit("[data-copy-raw]")) this.copy(this.panel.querySelector("[data-raw-text]").textContent, hit("[data-copy-raw]"));
  }

  onChange(event) {
    if (event.target.matches("[data-toggle-tools]")) {
      localStorage.setItem(TOOLS_KEY, event.target.checked ? "no" : "yes");
      this.showTools(event.target.checked);
    } else if (event.target.id === "chat-version") this.versionChosen();
  }

  showTools(shown = !this.panel.classList.contains("chat--without-tools")) {
    this.panel.classList.toggle("chat--without-tools", !shown);
    const box = this.panel.querySelector("[data-toggle-tools]");
    if (box) box.checked = shown;
  }

  versionChosen() {
    const chosen = this.panel.querySelector("#chat-version").selectedOptions[0];
    const chip = this.panel.querySelector("[data-under-test]");
    chip.textContent = chosen.dataset.label;
    chip.className = `chip chip--${chosen.dataset.kind}`;
  }

  suggest(text) {
    const { box } = this.panel;
    box.value = text;
    box.focus();
    box.setSelectionRange(text.length, text.length);
  }

  closeEdit(inside) {
    const edit = inside.closest(".rewrite");
    edit.querySelector("form").reset();
    edit.open = false;
    edit.closest(".message").querySelector("[data-edit]")?.focus();
  }

  async copy(text, button) {
    await copyText(text);
    this.panel.say(this.panel.dataset.wordsCopied);
    button.classList.add("icon-button--done");
    setTimeout(() => button.classList.remove("icon-button--done"), COPIED_MS);
  }

  openDialog(name) {
    this.panel.querySelector(".chat__menu").open = false;
    const dialog = this.panel.querySelector(`[data-dialog="${name}"]`);
    dialog.showModal();
    dialog.querySelector("input[name=title]")?.select();
  }

  async showRaw(address) {
    const response = await this.panel.sender.fetch(address);
    if (!response) return;
    this.panel.querySelector("[data-raw-text]").textContent = await response.text();
    this.openDialog("raw");
  }
}

function openEdit(button) {
  const edit = button.closest(".message").querySelector(".rewrite");
  edit.open = true;
  const box = edit.querySelector("textarea");
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
}
